import { describe, expect, it } from 'vitest'
import { defineMetrics } from '../../server/definition.ts'
import type { LinkedDeployment } from '../../server/linked.ts'
import type { DeploymentReason } from '../../server/metrics/answer.ts'
import {
  changeContext,
  type DeploymentMetric,
  explainChange,
  explainChanges,
  explainDeployment,
  explainIncidents,
  isProvisional,
} from '../../server/metrics/evidence.ts'
import { at, change, day, deployment, failure, hour, incident } from './rows.ts'

const asOf = at('2026-03-01')
const old = at('2026-01-10')
const context = { asOf, definition: defineMetrics() }
const failed = failure(old, old + hour)
const named = failure(old, old + hour, 'explicit')
const verdict = { verdict: 'failed', by: 'Ada', at: old, note: null, recoveredAt: null } as const
const rework = { rule: 'revert', culprit: null } as const

function kind(name: 'redeploy' | 'config' | 'empty', rest: Partial<LinkedDeployment> = {}): Partial<LinkedDeployment> {
  return { kind: name, counted: false, changes: 0, ...rest }
}

/** `in`: included. `counts`: included and in the numerator. Else the reason. In the order frequency, fail rate, recovery, rework, batch. */
type Verdicts = [
  'in' | DeploymentReason,
  'in' | 'counts' | DeploymentReason,
  'in' | DeploymentReason,
  'in' | 'counts' | DeploymentReason,
  'in' | DeploymentReason,
]

const metrics: DeploymentMetric[] = [
  'deployment_frequency',
  'change_fail_rate',
  'failed_deployment_recovery_time',
  'deployment_rework_rate',
  'batch_size',
]

function all<T>(reason: T): [T, T, T, T, T] {
  return [reason, reason, reason, reason, reason]
}

describe('explainDeployment', () => {
  it.each<[string, Partial<LinkedDeployment>, Verdicts]>([
    ['a healthy one', {}, ['in', 'in', 'not_failed', 'in', 'in']],
    ['a failed one', { failure: failed }, ['in', 'counts', 'in', 'in', 'in']],
    ['a remedy', { rework }, ['in', 'in', 'not_failed', 'counts', 'in']],
    ['a baseline', { kind: 'baseline', changes: 0 }, ['in', 'in', 'not_failed', 'in', 'carries_nothing']],
    ['a redeploy', kind('redeploy'), all('redeploy')],
    ['a config deployment', kind('config'), all('config')],
    ['an empty one', kind('empty'), all('empty')],
    ['a redeploy failed by time', kind('redeploy', { failure: failed }), all('redeploy')],
    ['a redeploy named as failed', kind('redeploy', { failure: named }), ['redeploy', 'counts', 'in', 'redeploy', 'redeploy']],
    [
      'a config a person failed',
      kind('config', { failure: { ...failed, rule: 'person' }, verdict }),
      ['config', 'counts', 'in', 'config', 'config'],
    ],
    [
      'an aborted attempt',
      { status: 'failed', kind: 'aborted', counted: false, failure: named },
      ['aborted', 'counts', 'in', 'aborted', 'aborted'],
    ],
    ['another failed attempt', { status: 'failed', kind: null, counted: false }, all('failed_attempt')],
    ['a running one', { status: 'running', kind: null, counted: false, finishedAt: null }, all('running')],
    ['a cancelled one', { status: 'cancelled', kind: null, counted: false }, all('cancelled')],
    ['one of an unmapped environment', { tier: null }, all('environment_unmapped')],
    ['a witness', { kind: null, counted: false, witness: { of: null } }, all('witness')],
    ['a pending one', { finishedAt: asOf - 23 * hour }, ['in', 'pending', 'pending', 'in', 'in']],
    ['a pending failed one', { finishedAt: asOf - 23 * hour, failure: failed }, ['in', 'pending', 'pending', 'in', 'in']],
    [
      'a young one judged failed',
      { finishedAt: asOf - hour, failure: { ...failed, rule: 'person' }, verdict },
      ['in', 'counts', 'in', 'in', 'in'],
    ],
    [
      'a young one judged healthy',
      { finishedAt: asOf - hour, verdict: { ...verdict, verdict: 'not_failed' } },
      ['in', 'in', 'not_failed', 'in', 'in'],
    ],
    ['one as old as the failure window', { finishedAt: asOf - 24 * hour }, ['in', 'in', 'not_failed', 'in', 'in']],
  ])('of %s', (_, rest, expected) => {
    const row = deployment('a', old, rest)
    const seen = metrics.map((metric) => {
      const { included, counts, reason } = explainDeployment(row, metric, context)
      expect(included).toBe(reason === null)
      const rate = metric === 'change_fail_rate' || metric === 'deployment_rework_rate'
      expect(counts).toBe(included && (rate ? counts : true))
      return reason ?? (rate && counts ? 'counts' : 'in')
    })
    expect(seen).toEqual(expected)
  })

  it('takes the failure window of the definition', () => {
    const row = deployment('a', asOf - 2 * day)
    const definition = defineMetrics({ failureWindow: '14d' })
    expect(explainDeployment(row, 'change_fail_rate', { asOf, definition }).reason).toBe('pending')
    expect(isProvisional(deployment('b', asOf - 13 * day), { asOf, definition })).toBe(true)
  })
})

describe('isProvisional', () => {
  it.each<[string, Partial<LinkedDeployment>, boolean]>([
    ['under 72 hours', { finishedAt: asOf - 71 * hour }, true],
    ['72 hours', { finishedAt: asOf - 72 * hour }, false],
    ['pending', { finishedAt: asOf - hour }, true],
    ['settled by a person', { finishedAt: asOf - hour, verdict: { ...verdict, verdict: 'not_failed' } }, false],
    ['a young redeploy', kind('redeploy', { finishedAt: asOf - hour }), false],
  ])('%s', (_, rest, expected) => {
    expect(isProvisional(deployment('a', old, rest), context)).toBe(expected)
  })
})

const ofTier = { ofTier: true }

describe('explainChange', () => {
  it('counts a change of a tier once, at the first of its environments, and of one environment in that one', () => {
    const second = change('a', old, 60, { environment: 'eu', firstInTier: false })
    expect(explainChange(second, ofTier).reason).toBe('already_delivered')
    expect(explainChange(second, { ofTier: false }).reason).toBeNull()
  })

  it('excludes by the row, and a negative lead time as clock skew', () => {
    expect(explainChange(change('a', old, 60), ofTier)).toEqual({ included: true, counts: true, reason: null })
    expect(explainChange(change('a', old, 0), ofTier).included).toBe(true)
    expect(explainChange(change('a', old, -1), ofTier).reason).toBe('clock_skew')
    for (const exclusion of ['baseline', 'same_change', 'promotion', 'clock_skew'] as const) {
      expect(explainChange(change('a', old, 60, { exclusion }), ofTier)).toEqual({ included: false, counts: false, reason: exclusion })
    }
  })
})

const rollUp = { rollUp: true, ofTier: true }

describe('changeContext', () => {
  it('tells roll-ups by the scope and tiers by the environment', () => {
    expect(changeContext({ scope: 'service:a', environment: 'production' })).toMatchObject({ rollUp: false, ofTier: true })
    expect(changeContext({ scope: 'team:a', environment: 'prod-eu' })).toMatchObject({ rollUp: true, ofTier: false })
    expect(changeContext({ scope: 'org', environment: 'staging' })).toMatchObject({ rollUp: true, ofTier: true })
  })
})

describe('explainChanges', () => {
  const first = change('a', old, 60, { service: 'web', deployment: { source: 'api', id: 'web-1' } })
  const second = change('a', old + hour, 3660, { service: 'worker', deployment: { source: 'api', id: 'worker-1' } })
  const foreign = change('a', old, 60, { service: 'web', repository: 'other' })

  it('counts a change of a roll-up once, at the first deployment of the scope, in any order', () => {
    expect(explainChanges([first, second, foreign], rollUp).map(({ reason }) => reason)).toEqual([null, 'already_delivered', null])
    expect(explainChanges([second, first], rollUp).map(({ reason }) => reason)).toEqual(['already_delivered', null])
    expect(explainChanges([first, second], { rollUp: false, ofTier: true }).map(({ reason }) => reason)).toEqual([null, null])
  })

  it('decides a tie by service and deployment', () => {
    const tied = { ...second, deployedAt: old }
    expect(explainChanges([tied, first], rollUp).map(({ included }) => included)).toEqual([false, true])
  })

  it('does not let history of one service hide the delivery by another', () => {
    const history = { ...first, exclusion: 'baseline' as const }
    expect(explainChanges([history, second], rollUp).map(({ reason }) => reason)).toEqual(['baseline', null])
  })

  it('leaves out what the scope delivered before the window', () => {
    const deliveredBefore = new Set(['shop\na'])
    expect(explainChanges([first, foreign], { ...rollUp, deliveredBefore }).map(({ reason }) => reason)).toEqual([
      'already_delivered',
      null,
    ])
  })
})

describe('explainIncidents', () => {
  it('counts one of several services once and one of none never', () => {
    const rows = [
      incident('i', old, null, { service: 'web' }),
      incident('i', old, null, { service: 'api' }),
      incident('j', old, null, { service: null }),
    ]
    expect(explainIncidents(rows).map(({ reason }) => reason)).toEqual(['same_incident', null, 'no_service'])
  })
})
