import { describe, expect, it } from 'vitest'
import { defineMetrics } from '../../../server/definition.ts'
import { withoutHolidays } from '../../../server/metrics/comparison/compared-side.ts'
import { splitInput } from '../../../server/metrics/comparison/split-input.ts'
import { computeMetrics } from '../../../server/metrics/compute.ts'
import { type ServiceSums, sumsOf, totalOf } from '../../../server/metrics/explain/sums.ts'
import type { MetricsInput } from '../../../server/metrics/input.ts'
import { observeRows } from '../../../server/metrics/observe-rows.ts'
import { windowOf } from '../../../server/metrics/windows.ts'
import { at, change, day, deployment, failure, hour, question, seeded, serviceFacts } from '../rows.ts'

const monday = at('2026-01-05')

/** Two services that share a repository; rows of every kind that is left out. */
function input(rest: Partial<MetricsInput> = {}): MetricsInput {
  const one = { deployment: { source: 'api', id: 'd1' } }
  return question({
    scope: 'org',
    from: '2026-01-05',
    to: '2026-01-19',
    services: [serviceFacts('2025-12-01', '2026-03-01'), serviceFacts('2025-12-01', '2026-03-01', { service: 'till' })],
    changes: [
      change('a', monday + hour, 99, { ...one, stages: { coding: 40, deploy: 10 }, mergedAt: monday + hour - 9_000 }),
      change('b', monday + hour, 9, { ...one, stages: { deploy: 5 } }),
      change('c', monday + day, 0, { service: 'till', repository: 'till', deployment: { source: 'api', id: 'd2' } }),
      change('a', monday + 2 * day, 200_000, { service: 'till' }),
      change('skewed', monday + hour, -5, one),
      change('promoted', monday + hour, 5, { ...one, exclusion: 'promotion' }),
      change('later', monday + 8 * day, 999, { deployment: { source: 'api', id: 'd3' } }),
    ],
    deployments: [
      deployment('d1', monday + hour, { failure: failure(monday, monday + hour) }),
      deployment('d2', monday + day, { service: 'till' }),
      deployment('d3', monday + 8 * day),
      deployment('again', monday + day, { kind: 'redeploy', counted: false }),
    ],
    ...rest,
  })
}

/** As a comparison of these days would have them. */
function sumsIn(given: MetricsInput, { from, to }: { from: string; to: string }): ServiceSums[] {
  const { timeZone, definition } = given
  return sumsOf(observeRows(given), withoutHolidays(windowOf({ from, to, timeZone }), definition), given)
}

const week = { from: '2026-01-05', to: '2026-01-12' }

describe('the sums of a window', () => {
  it('are of the rows that the metrics include, by service', () => {
    expect(sumsIn(input(), week)).toEqual([
      {
        service: 'shop',
        n: 2,
        logSum: Math.log(100) + Math.log(10),
        seconds: 108,
        stages: { coding: { sum: 40, n: 1 }, deploy: { sum: 15, n: 2 } },
        waitLogSum: Math.log(10),
        carrying: 1,
        judged: 1,
        failed: 1,
      },
      { service: 'till', n: 1, logSum: 0, seconds: 0, stages: {}, waitLogSum: 0, carrying: 1, judged: 1, failed: 0 },
    ])
  })

  it('leave holiday weeks out, as the comparison does', () => {
    const holidays = ['2026-01-05', '2026-01-06', '2026-01-07', '2026-01-08', '2026-01-09']
    const definition = defineMetrics({ holidays })
    const sums = sumsIn(input({ definition }), { from: '2026-01-05', to: '2026-01-19' })
    expect(sums).toMatchObject([{ service: 'shop', n: 1, seconds: 999, judged: 1 }])
  })

  it('are the same of equal rows in any order', () => {
    const random = seeded(3)
    const changes = Array.from({ length: 300 }, (_, i) => change(`c${i}`, monday + i * hour, 100_000 * random()))
    const given = input({ changes })
    expect(sumsIn(input({ changes: [...changes].reverse() }), week)).toEqual(sumsIn(given, week))
  })

  it('hold as many observations as the metrics and their comparison say', () => {
    const random = seeded(4)
    const weeks = Array.from({ length: 20 }, (_, i) => monday + i * 7 * day)
    const given = input({
      to: '2026-05-25',
      asOf: at('2026-08-01'),
      services: [serviceFacts('2025-06-01', '2026-08-01')],
      changes: weeks.flatMap((start, i) => Array.from({ length: 4 }, (_, k) => change(`w${i}-${k}`, start + k * day, 90_000 * random()))),
      deployments: weeks.map((start, i) => deployment(`w${i}`, start, { failure: i % 3 === 0 ? failure(start, start + hour) : null })),
    })
    const { input: asked, earlier } = splitInput(given, '2026-03-16')
    const { change_lead_time: lead, change_fail_rate: fails } = computeMetrics(asked, earlier).metrics
    const [before, after] = [sumsIn(earlier as MetricsInput, lead.comparison as NonNullable<typeof lead.comparison>), sumsIn(asked, asked)]
    expect(totalOf(before)).toMatchObject({ n: lead.comparison?.n, judged: fails.comparison?.n, failed: fails.comparison?.count })
    expect(totalOf(after)).toMatchObject({ n: lead.n, judged: fails.n, failed: fails.count })
  })
})
