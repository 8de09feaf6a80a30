import { describe, expect, it } from 'vitest'
import type { LinkedDeployment } from '../../server/linked.ts'
import type { MetricsAnswer } from '../../server/metrics/answer.ts'
import { questionsOf, type WeekFacts } from '../../server/report/questions.ts'
import { failureLine, reportContent } from './snapshot-fixture.ts'

const answer = {
  scope: 'team:payments',
  coverage: { days: 7, of: 7 },
  metrics: {
    deployment_frequency: { n: 5, value: 5 },
    change_lead_time: { n: 6, value: 3600, basis: { first_commit: 6, opened: 0, merge: 0 }, stages: { pickup: { value: 7200, n: 6 } } },
    failed_deployment_recovery_time: { value: null },
    change_fail_rate: { value: 0, reason: null, signals: ['rollback', 'revert', 'hotfix'] },
    deployment_rework_rate: { value: 0 },
    batch_size: { value: 2 },
  },
} as unknown as MetricsAnswer

const quietHealth = { ...reportContent().health, sources: [], unassigned: [] }

function facts(given: Partial<WeekFacts> = {}): WeekFacts {
  const nothing = { deployments: [], failures: [], slowest: [], waiting: { count: 0, oldest: [] }, idle: [] }
  return { title: 'Payments', answer, health: quietHealth, ...nothing, ...given }
}

function deployment(service: string, given: Partial<LinkedDeployment>): LinkedDeployment {
  return { service, id: 'd', source: 'api', version: '1.0', counted: true, changes: 1, status: 'succeeded', ...given } as LinkedDeployment
}

describe('questionsOf', () => {
  it.each<[string, Partial<WeekFacts>, string]>([
    [
      'an open failure',
      { failures: [failureLine({ recoveredAt: null })] },
      'shop 1.7.0 failed and has no recorded recovery: is it still degraded, or is the remedy not recorded?',
    ],
    [
      'a failure that was noticed late',
      { failures: [failureLine({ noticedSeconds: 3000 })] },
      'The failure of shop 1.7.0 went 50 min unnoticed of 1 h in all: what would have shown it sooner?',
    ],
    [
      'a service that failed twice',
      { failures: [failureLine(), failureLine({ key: 'api/d8' })] },
      '2 of the 2 failures were in shop: do they have a cause in common?',
    ],
    [
      'a failure told by time alone',
      { failures: [failureLine({ confidence: 'possible', rule: 'incident' })] },
      'That shop 1.7.0 failed is only told by time (incident followed): was it the cause? Confirm or dispute it.',
    ],
    [
      'a slow change',
      { slowest: reportContent().slowest },
      '“Add vouchers” (shop) took 6.5 days, 4.1 days of it waiting for a first review: what held it there?',
    ],
    [
      'a change that waits',
      { waiting: reportContent().waiting },
      '“Split shipments” (shop), the oldest of 4 that wait, has been merged for 13 days and is not live: what does it wait for?',
    ],
    [
      'a large batch',
      { deployments: [deployment('shop', { changes: 24 })] },
      'shop 1.0 carried 24 changes at once, where the median was 2: could they have gone out in smaller parts?',
    ],
    [
      'attempts that failed',
      { deployments: [deployment('shop', { status: 'failed' }), deployment('shop', { status: 'failed' }), deployment('shop', {})] },
      '2 of 3 attempts to deploy shop failed before they were live: what stopped them?',
    ],
    [
      'an incident without a service',
      { health: { ...quietHealth, unassigned: [{ name: 'Edge slow', url: null }] } },
      '“Edge slow” names no service, so no metric counts it: where did it happen?',
    ],
    [
      'services that stood still',
      { idle: ['ledger'] },
      'ledger had no deployment that counts: was nothing ready, or did something hold it back?',
    ],
  ])('asks about %s', (_, given, expected) => {
    expect(questionsOf(facts(given))).toContain(expected)
  })

  it('asks three to five', () => {
    const failures = [
      failureLine({ recoveredAt: null }),
      failureLine({ key: 'b', noticedSeconds: 3000, confidence: 'possible', rule: 'incident' }),
    ]
    const busy = facts({ failures, slowest: reportContent().slowest, waiting: reportContent().waiting, idle: ['ledger'] })
    expect(questionsOf(busy)).toHaveLength(5)
    expect(questionsOf(facts())).toHaveLength(3)
  })

  it('asks after the source of a week without data', () => {
    const unknown = { ...answer, coverage: { days: 0, of: 7 } }
    expect(questionsOf(facts({ answer: unknown }))).toEqual([
      'No data covers Payments in this week: is there a source that should have reported it, and does it still deliver?',
    ])
  })
})
