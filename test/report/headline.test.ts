import { describe, expect, it } from 'vitest'
import type { MetricsAnswer } from '../../server/metrics/answer.ts'
import { headline } from '../../server/report/headline.ts'

interface Given {
  scope?: string
  n?: number
  excluded?: object
  coverage?: { days: number; of: number }
  lead?: { value: number | null; n: number; basis: Record<'first_commit' | 'opened' | 'merge', number> }
  fail?: { value: number | null; n: number; count: number; pending?: number; reason?: string }
  open?: number
}

function answer({
  scope = 'service:shop',
  n = 7,
  excluded = {},
  coverage = { days: 7, of: 7 },
  lead,
  fail,
  open = 0,
}: Given): MetricsAnswer {
  return {
    scope,
    environment: 'production',
    coverage,
    metrics: {
      deployment_frequency: { n, excluded },
      change_lead_time: lead ?? { value: null, n: 0, basis: {} },
      change_fail_rate: { pending: 0, reason: null, ...(fail ?? { value: null, n: 0, count: 0 }) },
      failed_deployment_recovery_time: { open },
    },
  } as unknown as MetricsAnswer
}

const lead = { value: 207_360, n: 43, basis: { first_commit: 40, opened: 3, merge: 0 } }

describe('headline', () => {
  it.each<[string, Given, string]>([
    [
      'everything',
      { lead, fail: { value: 2 / 7, n: 7, count: 2 }, open: 1 },
      'shop was deployed to production 7 times in 7 days: half of the 43 changes were live within 2.4 days of their start, and 2 of 7 judged deployments failed (1 has not recovered).',
    ],
    [
      'a team',
      { scope: 'team:payments', lead, fail: { value: 0, n: 7, count: 0 } },
      'The services of payments were deployed to production 7 times in 7 days: half of the 43 changes were live within 2.4 days of their start, and none of 7 judged deployments failed.',
    ],
    ['everybody, with counts alone', { scope: 'org', n: 1240 }, 'All services together were deployed to production 1,240 times in 7 days.'],
    [
      'starts known from the merge alone',
      { n: 1, lead: { value: 3600, n: 1, basis: { first_commit: 0, opened: 0, merge: 1 } } },
      'shop was deployed to production once in 7 days: its one change was live 1 h after its merge.',
    ],
    [
      'a part of the days',
      { n: 2, coverage: { days: 3.25, of: 7 } },
      'shop was deployed to production twice in the 3.3 of 7 days that data covers.',
    ],
    ['no deployment', { n: 0 }, 'shop was not deployed to production in 7 days.'],
    ['only redeploys', { n: 0, excluded: { redeploy: 3 } }, 'shop had no deployment to production in 7 days that counts.'],
    ['no coverage', { n: 0, coverage: { days: 0, of: 7 } }, 'Nothing is known of shop in these days: no data covers them.'],
    [
      'no signal',
      { n: 3, fail: { value: null, n: 0, count: 0, reason: 'no_signal' } },
      'shop was deployed to production 3 times in 7 days: whether any failed is not known.',
    ],
    [
      'deployments too young',
      { n: 3, fail: { value: null, n: 0, count: 0, pending: 3, reason: 'all_pending' } },
      'shop was deployed to production 3 times in 7 days: all are too young to judge.',
    ],
    [
      'the one that failed and is open',
      { n: 1, fail: { value: 1, n: 1, count: 1 }, open: 1 },
      'shop was deployed to production once in 7 days: the judged deployment failed (it has not recovered).',
    ],
  ])('tells %s', (_, given, expected) => {
    expect(headline(answer(given))).toBe(expected)
  })

  it('takes the name that people use', () => {
    expect(headline(answer({ scope: 'team:payments' }), 'Payments')).toBe(
      'The services of Payments were deployed to production 7 times in 7 days.',
    )
  })
})
