import { describe, expect, it } from 'vitest'
import { metricsTable } from '../../server/cli/metrics-table.ts'
import { paintFor } from '../../server/cli/paint.ts'
import { type BesideId, besideIds, type MetricId, type MetricsAnswer, metricIds, type Point } from '../../server/metrics/answer.ts'

const none = { value: null, n: 0, interval: null }
const plain = paintFor(false, { noColor: false, dumb: false })

const answer: MetricsAnswer = {
  scope: 'service:checkout',
  from: '2026-01-01',
  to: '2026-04-01',
  timeZone: 'UTC',
  bucket: 'week',
  environment: 'production',
  asOf: '2026-04-01T00:00:00.000Z',
  definition: 'dora@1',
  coverage: { days: 90, of: 90 },
  metrics: {
    deployment_frequency: {
      value: 1.5555555555555556,
      unit: 'per_week',
      n: 20,
      interval: [0.95, 2.4],
      reason: null,
      medianDaysBetween: 3.5,
      excluded: {},
    },
    change_lead_time: {
      value: 93_600,
      unit: 'seconds',
      n: 140,
      clusters: 1,
      clusterUnit: 'deployment',
      interval: null,
      quantiles: { p50: 93_600, p75: 201_000, p90: 412_000, p95: 520_000 },
      basis: { first_commit: 140, opened: 0, merge: 0 },
      stages: {},
      excluded: { baseline: 0, same_change: 2, promotion: 0, clock_skew: 0 },
      waiting: { count: 1, oldestSeconds: 7200 },
      reason: null,
    },
    failed_deployment_recovery_time: { ...none, unit: 'seconds', open: 0, reason: 'no_failed_deployments' },
    change_fail_rate: {
      value: 0.05,
      unit: 'ratio',
      n: 20,
      count: 1,
      pending: 2,
      provisional: 1,
      signals: ['revert'],
      interval: [0.009, 0.236],
      failuresPerWeek: 0.1,
      reason: null,
    },
    deployment_rework_rate: { ...none, unit: 'ratio', count: 0, signals: [], reason: 'no_signal' },
    batch_size: { value: 5, unit: 'changes', n: 20, p90: 14, bands: [], interval: [4, 7], reason: null },
    incident_time_to_restore: { value: 5400, unit: 'seconds', n: 7, open: 1, interval: [2640, 9060], reason: null },
  },
  series: [],
}

describe('the metrics table', () => {
  it('gives each metric its unit, interval, observations or reason in words, in columns', () => {
    expect(metricsTable(answer, { paint: plain, series: false }).split('\n')).toEqual([
      'service:checkout  2026-01-01 to 2026-04-01 (to is not included), UTC, production',
      '90 of 90 days covered, data as of 2026-04-01T00:00:00Z, definition dora@1',
      '',
      '                                                        95 % interval         from',
      'Throughput',
      '  Deployment frequency      1.56 per week               0.95 to 2.4 per week  20 deployments, 3.5 days apart (median)',
      '  Change lead time, median  1.1 days                    too few               140 changes in 1 deployment',
      '    p75, p90, p95           2.3 days, 4.8 days, 6 days',
      '  Recovery time, median     -                                                 no failed deployments',
      'Instability',
      '  Change fail rate          5 %                         0.9 to 24 %           1 of 20 deployments, 2 pending, 1 provisional, signals: revert',
      '  Deployment rework rate    -                                                 no source could show a failure',
      'Beside them',
      '  Batch size, median        5 changes                   4 to 7 changes        20 deployments, p90 14',
      '  Incident time to restore  1 h 30 min                  44 min to 2 h 31 min  7 incidents, 1 still open',
      '  Waiting changes           1 change                                          the oldest for 2 h',
    ])
  })

  it('tells waiting changes as unknown where nothing is covered', () => {
    const { change_lead_time: lead } = answer.metrics
    const nothing = { ...lead, value: null, waiting: { count: 0, oldestSeconds: null }, reason: 'not_covered' as const }
    const uncovered = { ...answer, coverage: { days: 0, of: 90 }, metrics: { ...answer.metrics, change_lead_time: nothing } }
    expect(metricsTable(uncovered, { paint: plain, series: false })).toMatch(/^ {2}Waiting changes +- +no data covers these days$/m)
  })

  it('names what is pooled', () => {
    const pooled = { ...answer, scope: 'org', pooled: { services: 3, largest: 'shop', largestShare: 0.5 } }
    expect(metricsTable(pooled, { paint: plain, series: false })).toContain('3 services pooled; shop has 50 % of the deployments')
  })

  it('lists the buckets when asked, those cut or unsettled marked', () => {
    const point: Point = { ...none, reason: 'no_deployments' }
    const metrics = Object.fromEntries([...metricIds, ...besideIds].map((id) => [id, point])) as Record<MetricId | BesideId, Point>
    const full = {
      ...metrics,
      deployment_frequency: { value: 3, n: 3, interval: null, reason: null },
      change_fail_rate: { value: 0, n: 3, count: 0, interval: null, reason: null },
    }
    const series = [
      { start: '2026-03-23', end: '2026-03-30', partial: false, provisional: false, metrics: full },
      { start: '2026-03-30', end: '2026-04-06', partial: true, provisional: true, metrics },
    ]
    const lines = metricsTable({ ...answer, series }, { paint: plain, series: true })
      .split('\n')
      .slice(-3)
    expect(lines).toEqual([
      '  week        deployments  per week  lead time  fail rate  recovery',
      '  2026-03-23            3         3          -        0 %         -',
      '  2026-03-30            0         -          -          -         -  partial, provisional',
    ])
  })
})

describe('colour', () => {
  const colours = (terminal: boolean, env: { noColor: boolean; dumb: boolean }) =>
    metricsTable(answer, { paint: paintFor(terminal, env), series: false }).includes('\u001b[')

  it.each([
    ['a terminal', true, { noColor: false, dumb: false }, true],
    ['a pipe', false, { noColor: false, dumb: false }, false],
    ['NO_COLOR', true, { noColor: true, dumb: false }, false],
    ['a dumb terminal', true, { noColor: false, dumb: true }, false],
  ])('in %s', (_name, terminal, env, coloured) => {
    expect(colours(terminal, env)).toBe(coloured)
  })

  it('changes nothing but the colour', () => {
    const painted = metricsTable(answer, { paint: paintFor(true, { noColor: false, dumb: false }), series: false })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of a terminal begin with one.
    expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(metricsTable(answer, { paint: plain, series: false }))
  })

  it('compares each metric with the window before, in words', () => {
    const before = { from: '2025-10-01', to: '2026-01-01', current: { from: '2026-01-01', to: '2026-04-01' }, p: 0.001, needs: null }
    const { deployment_frequency: frequency, change_fail_rate: fails, change_lead_time: lead } = answer.metrics
    const compared: MetricsAnswer['metrics'] = {
      ...answer.metrics,
      deployment_frequency: {
        ...frequency,
        comparison: {
          ...before,
          value: 1.2,
          n: 15,
          factor: 1.3,
          interval: [0.9, 1.8],
          verdict: 'no clear change',
          reason: null,
          text: 'no clear change',
        },
      },
      change_lead_time: {
        ...lead,
        comparison: {
          ...before,
          value: null,
          n: 0,
          factor: null,
          interval: null,
          verdict: 'not enough data',
          reason: 'too_few',
          text: 'not enough data: 3 of 5 deployments',
        },
      },
      change_fail_rate: {
        ...fails,
        comparison: {
          ...before,
          value: 0.2,
          n: 20,
          points: -15,
          interval: [-24, -5.5],
          verdict: 'clear',
          reason: null,
          text: 'clear: 15 points lower than the 3 months before',
        },
      },
    }
    const text = metricsTable({ ...answer, metrics: compared }, { paint: plain, series: false })
    expect(text).toContain('\nCompared with 2025-10-01 to 2026-01-01\n')
    expect(text).toMatch(/Deployment frequency +1\.2 per week +0\.9 to 1\.8 times +no clear change\n/)
    expect(text).toMatch(/Change lead time, median +- +not enough data: 3 of 5 deployments\n/)
    expect(text).toMatch(/Change fail rate +20 % +-24 to -5\.5 points +clear: 15 points lower than the 3 months before$/)
    expect(metricsTable(answer, { paint: plain, series: false })).not.toContain('Compared')
  })
})
