import { describe, expect, it } from 'vitest'
import { defineMetrics } from '../../server/definition.ts'
import type { Bucket } from '../../server/metrics/answer.ts'
import { computeMetrics } from '../../server/metrics/compute.ts'
import { at, change, day, deployment, failure, hour, incident, question, serviceFacts } from './rows.ts'

/** One deployment at noon of each day of January 2026 that is named. */
function onDays(...days: number[]) {
  return days.map((each) => deployment(`d${each}`, at('2026-01-01') + (each - 1) * day + 12 * hour))
}

describe('the answer', () => {
  it('says what was asked, when the data is from and what is covered', () => {
    expect(computeMetrics(question())).toMatchObject({
      scope: 'service:shop',
      from: '2026-01-01',
      to: '2026-02-01',
      timeZone: 'UTC',
      bucket: 'week',
      environment: 'production',
      asOf: '2026-03-01T00:00:00Z',
      definition: 'dora@1',
      coverage: { days: 31, of: 31 },
    })
    expect(computeMetrics(question())).not.toHaveProperty('pooled')
  })

  it('of nothing known has a reason for each metric', () => {
    const { metrics, asOf } = computeMetrics(question({ asOf: null, services: [] }))
    expect(asOf).toBeNull()
    const reasons = Object.fromEntries(
      Object.entries(metrics).map(([id, { value, n, interval, reason }]) => [id, [value, n, interval, reason]]),
    )
    expect(reasons).toEqual({
      deployment_frequency: [null, 0, null, 'not_covered'],
      change_lead_time: [null, 0, null, 'not_covered'],
      failed_deployment_recovery_time: [null, 0, null, 'not_covered'],
      change_fail_rate: [null, 0, null, 'not_covered'],
      deployment_rework_rate: [null, 0, null, 'not_covered'],
      batch_size: [null, 0, null, 'not_covered'],
      incident_time_to_restore: [null, 0, null, 'no_incidents'],
    })
  })

  it('of a covered window without a deployment is zero only where zero is observed', () => {
    const { metrics } = computeMetrics(question())
    expect(metrics.deployment_frequency).toMatchObject({ value: 0, n: 0, reason: null, medianDaysBetween: null })
    expect(metrics.change_lead_time).toMatchObject({
      value: null,
      reason: 'no_changes',
      quantiles: null,
      waiting: { count: 0, oldestSeconds: null },
    })
    expect(metrics.failed_deployment_recovery_time).toMatchObject({ value: null, reason: 'no_failed_deployments', open: 0 })
    expect(metrics.change_fail_rate).toMatchObject({ value: null, reason: 'no_deployments', failuresPerWeek: 0 })
    expect(metrics.deployment_rework_rate).toMatchObject({ value: null, reason: 'no_deployments' })
    expect(metrics.batch_size).toMatchObject({ value: null, reason: 'no_deployments', p90: null })
  })

  it('leaves rows outside the window out', () => {
    const outside = [deployment('before', at('2026-01-01') - 1), deployment('after', at('2026-02-01')), deployment('in', at('2026-01-01'))]
    const { metrics } = computeMetrics(
      question({
        deployments: outside,
        changes: [change('a', at('2026-02-01'), 60), change('b', at('2026-01-31'), 60)],
        incidents: [incident('i', at('2025-12-31'), null)],
      }),
    )
    expect([metrics.deployment_frequency.n, metrics.change_lead_time.n, metrics.incident_time_to_restore.n]).toEqual([1, 1, 0])
  })
})

describe('deployment frequency', () => {
  it('is n over the weeks of covered days, with its exact interval', () => {
    const twenty = Array.from({ length: 20 }, (_, i) => deployment(`d${i}`, at('2026-01-01') + i * 4.5 * day))
    const { metrics, coverage } = computeMetrics(
      question({ to: '2026-04-01', asOf: at('2026-05-01'), services: [serviceFacts('2025-12-01', '2026-05-01')], deployments: twenty }),
    )
    expect(coverage).toEqual({ days: 90, of: 90 })
    expect(metrics.deployment_frequency).toMatchObject({
      value: 1.5555555555555556,
      unit: 'per_week',
      n: 20,
      reason: null,
      medianDaysBetween: 4.5,
    })
    expect(metrics.deployment_frequency.interval?.[0]).toBeCloseTo(0.95, 2)
    expect(metrics.deployment_frequency.interval?.[1]).toBeCloseTo(2.4, 2)
  })

  it('counts the kinds that put other code live and says what it left out', () => {
    const finished = at('2026-01-10')
    const { metrics } = computeMetrics(
      question({
        deployments: [
          ...(['baseline', 'code', 'rollback', 'reland', 'backport'] as const).map((kind, i) =>
            deployment(kind, finished + i * day, { kind }),
          ),
          ...(['redeploy', 'redeploy', 'config', 'empty', 'aborted'] as const).map((kind, i) =>
            deployment(`${kind}${i}`, finished, { kind, counted: false }),
          ),
          deployment('running', null, { startedAt: finished, status: 'running', kind: null, counted: false }),
          deployment('lost', finished, { status: 'failed', kind: null, counted: false }),
        ],
      }),
    )
    expect(metrics.deployment_frequency).toMatchObject({
      n: 5,
      medianDaysBetween: 1,
      excluded: { redeploy: 2, config: 1, empty: 1, aborted: 1, running: 1, failed_attempt: 1 },
    })
  })

  it('counts today by its elapsed part', () => {
    const services = [serviceFacts('2025-12-01', '2026-01-10T12:00:00Z')]
    const { metrics, coverage } = computeMetrics(question({ services, asOf: at('2026-01-10T12:00:00Z'), deployments: onDays(2, 5, 9) }))
    expect(coverage).toEqual({ days: 9.5, of: 31 })
    expect(metrics.deployment_frequency.value).toBe(3 / (9.5 / 7))
  })

  it.each([
    ['under seven covered days', '2026-01-26', 'too_short'],
    ['coverage that begins later', '2026-02-10', 'not_covered'],
  ])('is null with %s, whatever was seen', (_, from, reason) => {
    const { metrics } = computeMetrics(question({ services: [serviceFacts(from, '2026-03-01')], deployments: onDays(27) }))
    expect(metrics.deployment_frequency).toMatchObject({ value: null, n: 1, interval: null, reason })
    expect(metrics.change_fail_rate.failuresPerWeek).toBeNull()
  })

  it('takes the least number of days from the definition', () => {
    const { metrics } = computeMetrics(
      question({ to: '2026-01-04', definition: defineMetrics({ minimumCoveredDays: 1 }), deployments: onDays(1, 2, 3) }),
    )
    expect(metrics.deployment_frequency.value).toBe(7)
  })

  it('is less certain where weeks differ by more than chance', () => {
    const even = onDays(5, 6, 12, 13, 19, 20, 26, 27)
    const uneven = onDays(5, 6, 7, 8, 9, 10, 11, 11.5)
    const [a, b] = [even, uneven].map((deployments) => computeMetrics(question({ deployments })).metrics.deployment_frequency)
    expect(a?.value).toBe(b?.value)
    expect(b?.interval?.[1]).toBeGreaterThan(1.5 * (a?.interval?.[1] as number))
  })

  it('covers a day of daylight saving as one day', () => {
    const services = [serviceFacts('2026-01-01', '2026-12-01')]
    for (const [from, to] of [
      ['2026-03-23', '2026-03-30'],
      ['2026-10-19', '2026-10-26'],
    ] as const) {
      const { coverage } = computeMetrics(question({ from, to, services, timeZone: 'Europe/Berlin', asOf: at('2026-12-01') }))
      expect(coverage).toEqual({ days: 7, of: 7 })
    }
  })
})

describe('change lead time', () => {
  it('is the median over the changes with its quantiles, basis, stages and what it left out', () => {
    const live = at('2026-01-10')
    const changes = [
      change('a', live, 3600, { stages: { coding: 100, review: 10 } }),
      change('b', live, 7200, { stages: { coding: 300 }, basis: 'opened' }),
      change('c', live + day, 1800, { basis: 'merge' }),
      change('d', live, 60, { exclusion: 'baseline' }),
      change('e', live, 60, { exclusion: 'same_change' }),
      change('f', live, 60, { exclusion: 'promotion' }),
      change('g', live, -60),
    ]
    const { change_lead_time: lead } = computeMetrics(question({ changes, waiting: [at('2026-02-27'), at('2026-02-20')] })).metrics
    expect(lead).toEqual({
      value: 3600,
      unit: 'seconds',
      n: 3,
      clusters: 2,
      clusterUnit: 'deployment',
      deployments: 2,
      interval: null,
      quantiles: { p50: 3600, p75: 5400, p90: 6480, p95: 6840 },
      basis: { first_commit: 1, opened: 1, merge: 1 },
      stages: { coding: { value: 200, n: 2 }, review: { value: 10, n: 1 } },
      excluded: { baseline: 1, same_change: 1, promotion: 1, clock_skew: 1 },
      waiting: { count: 2, oldestSeconds: 9 * 86_400 },
      reason: null,
    })
  })

  it('rests on deployments under eight weeks and on ISO weeks of the zone from there on', () => {
    // Sunday 23:30 UTC is Monday in Berlin: another week.
    const lives = ['2026-01-11T22:30:00Z', '2026-01-11T23:30:00Z', '2026-01-12T10:00:00Z'].map(at)
    const changes = lives.map((live, i) => change(`c${i}`, live, 60))
    const asked = { changes, timeZone: 'Europe/Berlin', services: [serviceFacts('2025-12-01', '2026-06-01')], asOf: at('2026-06-01') }
    const short = computeMetrics(question({ ...asked, to: '2026-02-25' })).metrics.change_lead_time
    const long = computeMetrics(question({ ...asked, to: '2026-02-26' })).metrics.change_lead_time
    expect([short.clusterUnit, short.clusters, short.deployments]).toEqual(['deployment', 3, 3])
    expect([long.clusterUnit, long.clusters, long.deployments]).toEqual(['week', 2, 3])
  })

  it('has an exact interval where each deployment carries one change', () => {
    const changes = Array.from({ length: 10 }, (_, i) => change(`c${i}`, at('2026-01-05') + i * day, 100 * (i + 1)))
    expect(computeMetrics(question({ changes })).metrics.change_lead_time).toMatchObject({ value: 550, interval: [200, 900] })
  })
})

describe('change fail rate', () => {
  it('judges what is old enough and counts the rest as pending', () => {
    const asOf = at('2026-01-20')
    const deployments = [
      ...Array.from({ length: 8 }, (_, i) => deployment(`ok${i}`, at('2026-01-05') + i * day)),
      deployment('bad1', at('2026-01-06'), { failure: failure(at('2026-01-06'), at('2026-01-07')) }),
      deployment('bad2', at('2026-01-18'), { failure: failure(at('2026-01-18'), null) }),
      deployment('young1', asOf - hour),
      deployment('young2', asOf - 2 * hour, { failure: failure(asOf, null) }),
    ]
    const { metrics, series } = computeMetrics(question({ asOf, services: [serviceFacts('2025-12-01', '2026-01-20')], deployments }))
    expect(metrics.change_fail_rate).toMatchObject({
      value: 0.2,
      n: 10,
      count: 2,
      pending: 2,
      provisional: 1,
      signals: ['explicit', 'revert'],
      reason: null,
    })
    expect(metrics.change_fail_rate.interval?.[0]).toBeCloseTo(0.0567, 4)
    expect(metrics.change_fail_rate.interval?.[1]).toBeCloseTo(0.5098, 4)
    expect(metrics.change_fail_rate.failuresPerWeek).toBe(2 / (19 / 7))
    expect(series.filter(({ provisional }) => provisional).map(({ start }) => start)).toEqual(['2026-01-12', '2026-01-19'])
  })

  it('is null while all are pending, and without any signal', () => {
    const asOf = at('2026-01-20')
    const deployments = Array.from({ length: 5 }, (_, i) => deployment(`d${i}`, asOf - (i + 1) * hour))
    const pending = computeMetrics(question({ asOf, deployments }))
    expect(pending.metrics.change_fail_rate).toMatchObject({
      value: null,
      n: 0,
      count: 0,
      pending: 5,
      interval: null,
      reason: 'all_pending',
    })
    const blind = computeMetrics(
      question({ deployments: onDays(5), services: [serviceFacts('2025-12-01', '2026-03-01', { signals: [] })] }),
    )
    expect(blind.metrics.change_fail_rate).toMatchObject({
      value: null,
      n: 1,
      signals: [],
      interval: null,
      reason: 'no_signal',
      failuresPerWeek: null,
    })
    expect(blind.metrics.deployment_rework_rate).toMatchObject({ value: null, n: 1, signals: [], interval: null, reason: 'no_signal' })
  })

  it('lists the signals of all services, strongest first', () => {
    const services = [
      serviceFacts('2025-12-01', '2026-03-01', { service: 'a', signals: ['incident', 'revert'] }),
      serviceFacts('2025-12-01', '2026-03-01', { service: 'b', signals: ['revert', 'explicit'] }),
    ]
    expect(computeMetrics(question({ scope: 'org', services })).metrics.change_fail_rate.signals).toEqual([
      'explicit',
      'revert',
      'incident',
    ])
  })
})

describe('rework rate, recovery, restore and batch size', () => {
  it('rework is remedies over counted deployments, pending ones too', () => {
    const deployments = [...onDays(5, 6, 7), deployment('fix', at('2026-01-08'), { rework: { rule: 'revert', culprit: null } })]
    expect(computeMetrics(question({ deployments, asOf: at('2026-01-08T01:00:00Z') })).metrics.deployment_rework_rate).toMatchObject({
      value: 0.25,
      n: 4,
      count: 1,
    })
  })

  it('recovery is the median over the failed, open ones censored at asOf', () => {
    const began = at('2026-01-06')
    const failed = [300, 900, 600].map((seconds, i) => deployment(`f${i}`, began, { failure: failure(began, began + seconds * 1000) }))
    const healthy = deployment('ok', began)
    const { metrics } = computeMetrics(question({ deployments: [...failed, healthy] }))
    expect(metrics.failed_deployment_recovery_time).toEqual({ value: 600, unit: 'seconds', n: 3, open: 0, interval: null, reason: null })
    const open = ['x', 'y', 'z', 'w'].map((id) => deployment(id, began, { failure: failure(began, null) }))
    expect(computeMetrics(question({ deployments: [...failed, ...open] })).metrics.failed_deployment_recovery_time).toMatchObject({
      value: null,
      n: 7,
      open: 4,
      reason: 'not_reached',
    })
  })

  it('restore takes all incidents by the day opened, to mitigated or resolved, whichever came first', () => {
    const opened = at('2026-01-06')
    const incidents = [
      incident('a', opened, opened + 520_167_000),
      incident('b', opened, opened + 900_000_000, { mitigatedAt: opened + 120_000_000, deployment: { source: 'api', id: 'x' } }),
      incident('c', opened, null, { service: null }),
    ]
    expect(computeMetrics(question({ incidents })).metrics.incident_time_to_restore).toMatchObject({
      value: 320_083.5,
      n: 2,
      open: 0,
      reason: null,
    })
  })

  it('batch size is over the deployments that carry a change', () => {
    const sizes = [0, 1, 1, 2, 10, 11, 50, 51, 100, 101]
    const deployments = sizes.map((changes, i) => deployment(`d${i}`, at('2026-01-05') + i * day, { changes }))
    expect(computeMetrics(question({ deployments })).metrics.batch_size).toEqual({
      value: 11,
      unit: 'changes',
      n: 9,
      p90: 100.2,
      interval: [1, 100],
      bands: [
        { label: '1', n: 2 },
        { label: '2-10', n: 2 },
        { label: '11-50', n: 2 },
        { label: '51-100', n: 2 },
        { label: 'over 100', n: 1 },
      ],
      reason: null,
    })
    const empty = computeMetrics(question({ deployments: [deployment('baseline', at('2026-01-05'), { kind: 'baseline', changes: 0 })] }))
    expect(empty.metrics.batch_size).toMatchObject({ value: null, n: 0, reason: 'no_changes' })
  })
})

describe('the series', () => {
  it('has every bucket, whole and in order, and marks what the window cuts', () => {
    const { series } = computeMetrics(
      question({
        from: '2024-01-02',
        to: '2024-01-23',
        services: [serviceFacts('2023-12-01', '2026-03-01')],
        deployments: [
          deployment('1', at('2024-01-02T12:00:00Z')),
          deployment('2', at('2024-01-03')),
          ...['18', '20', '21'].map((each) => deployment(each, at(`2024-01-${each}T18:00:00Z`))),
          deployment('late', at('2024-01-21T23:30:00Z')),
        ],
      }),
    )
    const shown = series.map(({ start, end, partial, metrics }) => [
      start,
      end,
      partial,
      metrics.deployment_frequency.n,
      metrics.deployment_frequency.value,
    ])
    expect(shown).toEqual([
      ['2024-01-01', '2024-01-08', true, 2, 2],
      ['2024-01-08', '2024-01-15', false, 0, 0],
      ['2024-01-15', '2024-01-22', false, 4, 4],
      ['2024-01-22', '2024-01-29', true, 0, 0],
    ])
  })

  it('marks what the present cuts and does not call the future zero', () => {
    const { series } = computeMetrics(
      question({
        asOf: at('2026-01-14T12:00:00Z'),
        services: [serviceFacts('2025-12-01', '2026-01-14T12:00:00Z')],
        deployments: onDays(13),
      }),
    )
    const shown = series.map(({ start, partial, metrics: { deployment_frequency: f } }) => [start, partial, f.value, f.reason])
    expect(shown).toEqual([
      ['2025-12-29', true, 0, null],
      ['2026-01-05', false, 0, null],
      ['2026-01-12', true, 1, null],
      ['2026-01-19', true, null, 'not_covered'],
      ['2026-01-26', true, null, 'not_covered'],
    ])
  })

  it('has no zero where coverage begins: too short in that week, not covered before', () => {
    const { series } = computeMetrics(question({ services: [serviceFacts('2026-01-14', '2026-03-01')] }))
    expect(series.map(({ metrics: { deployment_frequency: f } }) => f.reason ?? f.value)).toEqual([
      'not_covered',
      'not_covered',
      'too_short',
      0,
      0,
    ])
  })

  it.each<[Bucket, number, number]>([
    ['day', 31, 7],
    ['week', 5, 1],
    ['month', 1, 7 / 31],
    ['quarter', 1, 7 / 31],
  ])('by %s gives a rate a week', (bucket, length, value) => {
    const { series } = computeMetrics(question({ bucket, deployments: onDays(14) }))
    expect(series).toHaveLength(length)
    expect(Math.max(...series.map(({ metrics }) => metrics.deployment_frequency.value ?? 0))).toBe(value)
  })

  it('computes each metric from the rows of the bucket alone', () => {
    const monday = at('2026-01-05')
    const bad = deployment('bad', monday, { failure: failure(monday, at('2026-01-20')), changes: 2 })
    const { series } = computeMetrics(
      question({
        deployments: [bad, deployment('ok', monday + day)],
        changes: [change('a', monday, 100), change('b', monday, 300)],
        incidents: [incident('i', monday, monday + hour)],
      }),
    )
    expect(series[1]?.metrics).toEqual({
      deployment_frequency: { value: 2, n: 2, interval: expect.any(Array), reason: null },
      change_lead_time: { value: 200, n: 2, interval: null, reason: null, p90: 280 },
      failed_deployment_recovery_time: { value: 15 * 86_400, n: 1, interval: null, reason: null },
      change_fail_rate: { value: 0.5, n: 2, count: 1, interval: expect.any(Array), reason: null },
      deployment_rework_rate: { value: 0, n: 2, count: 0, interval: expect.any(Array), reason: null },
      batch_size: { value: 1.5, n: 2, interval: null, reason: null },
      incident_time_to_restore: { value: 3600, n: 1, interval: null, reason: null },
    })
    expect(series[2]?.metrics.change_lead_time).toEqual({ value: null, n: 0, interval: null, reason: 'no_changes', p90: null })
  })

  it('puts a deployment into the day of the reporting zone', () => {
    const deployments = [deployment('late', at('2026-01-10T23:30:00Z'))]
    const { series } = computeMetrics(question({ bucket: 'day', timeZone: 'Europe/Berlin', deployments }))
    expect(series.filter(({ metrics }) => metrics.deployment_frequency.n > 0).map(({ start }) => start)).toEqual(['2026-01-11'])
  })
})

describe('a roll-up', () => {
  const services = ['a', 'b', 'silent', 'unknown'].map((service) =>
    serviceFacts(service === 'unknown' ? null : '2025-12-01', service === 'unknown' ? null : '2026-03-01', { service }),
  )

  it('pools observations and says how many services and whose', () => {
    const deployments = [
      ...Array.from({ length: 2 }, (_, i) => deployment(`a${i}`, at('2026-01-06') + i * day, { service: 'a' })),
      ...Array.from({ length: 7 }, (_, i) =>
        deployment(`b${i}`, at('2026-01-06') + i * day, { service: 'b', rework: i === 0 ? { rule: 'fix', culprit: null } : null }),
      ),
    ]
    const answer = computeMetrics(question({ scope: 'team:payments', services, deployments }))
    expect(answer.pooled).toEqual({ services: 3, largestShare: 7 / 9, largest: 'b' })
    expect(answer.metrics.deployment_frequency.value).toBe(9 / (31 / 7))
    expect(answer.metrics.deployment_frequency.perService).toBe(9 / (31 / 7) / 3)
    expect(answer.metrics.deployment_rework_rate.value).toBe(1 / 9)
  })

  it('covers the union of its services', () => {
    const ranges = [
      serviceFacts('2026-01-01', '2026-01-10', { service: 'a' }),
      serviceFacts('2026-01-05', '2026-01-15', { service: 'b' }),
      serviceFacts('2026-01-20', '2026-03-01', { service: 'c' }),
    ]
    expect(computeMetrics(question({ scope: 'org', services: ranges })).coverage).toEqual({ days: 26, of: 31 })
  })

  it('counts a change once and clusters by release', () => {
    const live = at('2026-01-10')
    const release = { repository: 'mono', commit: 'c1' }
    const deployments = [
      deployment('a1', live, { service: 'a', ...release }),
      deployment('b1', live + hour, { service: 'b', ...release }),
      deployment('b2', live + hour + 1, { service: 'b', ...release }),
    ]
    const changes = [
      change('x', live, 100, { service: 'a', repository: 'mono', deployment: { source: 'api', id: 'a1' } }),
      change('x', live + hour, 3700, { service: 'b', repository: 'mono', deployment: { source: 'api', id: 'b1' } }),
      change('y', live + hour, 3900, { service: 'b', repository: 'mono', deployment: { source: 'api', id: 'b1' } }),
      change('z', live + hour + 1, 4000, { service: 'b', repository: 'mono', deployment: { source: 'api', id: 'b2' } }),
    ]
    expect(computeMetrics(question({ scope: 'org', services, deployments, changes })).metrics.change_lead_time).toMatchObject({
      value: 3900,
      n: 3,
      clusters: 2,
      clusterUnit: 'release',
      deployments: 2,
    })
  })
})
