import { describe, expect, it } from 'vitest'
import { logTicks, niceTicks } from '../../../web/charts/ticks.ts'

describe('ticks of an axis', () => {
  it.each([
    ['deployment_frequency', 101.4, [0, 50, 100, 150]],
    ['deployment_frequency', 0, [0, 1, 2, 3, 4]],
    ['change_fail_rate', 0.18, [0, 0.05, 0.1, 0.15, 0.2]],
    ['change_lead_time', 5 * 86_400, [0, 2, 4, 6].map((days) => days * 86_400)],
    ['change_lead_time', 0, [0, 900, 1800, 2700, 3600]],
  ] as const)('of %s up to %d', (metric, highest, ticks) => {
    expect(niceTicks(metric, highest).map((tick) => Math.round(tick * 1e6) / 1e6)).toEqual(ticks)
  })

  it('are durations that people know on a logarithmic axis', () => {
    expect(logTicks(50, 100_000)).toEqual([60, 600, 3600, 21_600, 86_400])
  })
})
