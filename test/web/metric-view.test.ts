import { describe, expect, it } from 'vitest'
import type { Comparison, MetricsAnswer } from '../../web/api.ts'
import {
  beforeText,
  bucketLabel,
  bucketName,
  intervalText,
  shortIntervalText,
  sparklineLabel,
  weeklyAbsence,
} from '../../web/metric-view.ts'

describe('intervals', () => {
  it.each([
    ['change_fail_rate', [0.009, 0.236], '0.9–24%'],
    ['deployment_frequency', [0.95, 2.4], '0.95–2.4 per week'],
    ['deployment_frequency', [0, 0.25], '0–1.09 per month'],
    ['deployment_frequency', [0.18, 0.6], '0.18–0.6 per week'],
    ['change_lead_time', [80_000, 110_000], '0.93–1.3 days'],
    ['change_lead_time', [30, 110_000], '30 s – 1.3 days'],
    ['batch_size', [1, 3], '1–3 changes'],
    ['failed_deployment_recovery_time', [3600, null], 'from 1 h, no upper limit yet'],
  ] as const)('of %s %j reads %s', (metric, interval, text) => {
    expect(intervalText(metric, [interval[0], interval[1]])).toBe(text)
  })

  it('says the unit once where the value has it', () => {
    expect(shortIntervalText('deployment_frequency', 1.5, [0.95, 2.4])).toBe('0.95–2.4')
    expect(shortIntervalText('change_lead_time', 93_600, [80_000, 110_000])).toBe('0.93–1.3')
    expect(shortIntervalText('change_fail_rate', 0.05, null)).toBeNull()
  })
})

describe('the window before', () => {
  const comparison = { from: '2026-06-08', to: '2026-08-31', value: 200_000 } as Comparison
  it.each([
    ['change_lead_time', { factor: 0.97, interval: [0.833, 1.086] }, '2.3 days; this is 0.83 to 1.1 times that (95% interval)'],
    ['change_lead_time', { factor: 2, interval: [0.9, null] }, '2.3 days; this is 0.9 or more times that (95% interval)'],
    ['change_lead_time', { value: null, interval: null }, 'no value'],
    ['change_fail_rate', { value: 0.06, points: 1, interval: [-1.83, 2.15] }, '6%; this is -1.8 to 2.2 points more (95% interval)'],
  ] as const)('of %s %j', (metric, given, text) => {
    const told = { ...comparison, ...given } as unknown as Comparison
    expect(beforeText(metric, told)).toBe(`Before, 8 Jun – 30 Aug 2026: ${text}`)
  })
})

describe('buckets', () => {
  it('are named by what they are', () => {
    const week = { start: '2026-10-12', end: '2026-10-19' }
    expect(bucketName(week, 'week')).toBe('2026-W42, 12 Oct – 18 Oct 2026')
    expect(bucketName({ start: '2026-10-01', end: '2026-11-01' }, 'month')).toBe('Oct 2026')
    expect(bucketLabel('2026-10-01', 'quarter')).toBe('Q4 2026')
    expect(bucketLabel('2026-10-01', 'day')).toBe('1 Oct')
  })
})

describe('what a sparkline says', () => {
  it('names range, latest value and gaps', () => {
    expect(sparklineLabel('change_fail_rate', [0.1, null, 0.05])).toBe('3 weeks, 5% to 10%, latest 5%, 1 without data')
  })

  it('never takes no data for zero', () => {
    expect(sparklineLabel('change_fail_rate', [null, null])).toBe('No data in 2 weeks')
  })
})

describe('why there are no failures by the week', () => {
  const metrics = (signals: string[], reason: string | null) =>
    ({ change_fail_rate: { signals }, deployment_frequency: { reason } }) as MetricsAnswer['metrics']

  it.each([
    [['revert'], 'too_short', /^Under 7 days/],
    [['revert'], 'not_covered', /^Nothing was collected/],
    [[], 'not_covered', /^Nothing was collected/],
    [[], null, /^No source says when a deployment fails/],
  ] as const)('with the signals %j and %s', (signals, reason, words) => {
    expect(weeklyAbsence(metrics([...signals], reason))).toMatch(words)
  })
})
