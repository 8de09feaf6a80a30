import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deploymentKinds, type LinkedChange, type LinkedDeployment, type LinkedIncident } from '../../server/linked.ts'
import { computeMetrics } from '../../server/metrics/compute.ts'
import { changeContext, deploymentMetrics, explainChanges, explainDeployment, explainIncidents } from '../../server/metrics/evidence.ts'
import type { MetricsInput } from '../../server/metrics/input.ts'
import { addDays } from '../../server/metrics/windows.ts'
import { at, change, deployment, failure, incident, question, serviceFacts } from './rows.ts'

const instant = fc.integer({ min: at('2026-01-01'), max: at('2026-02-01') - 1 })
const service = fc.constantFrom('a', 'b')

const deployments = fc
  .array(
    fc.record({
      finishedAt: instant,
      service,
      kind: fc.constantFrom(...deploymentKinds, null),
      commit: fc.constantFrom('c1', 'c2', 'c3', null),
      changes: fc.integer({ min: 0, max: 120 }),
      failed: fc.constantFrom(null, 'revert', 'explicit'),
      recovery: fc.option(fc.integer({ min: 0, max: 500_000 })),
      judged: fc.constantFrom(null, 'failed', 'not_failed'),
      reworked: fc.boolean(),
      tier: fc.constantFrom('production', 'production', 'production', null),
    }),
    { maxLength: 40 },
  )
  .map((rows) =>
    rows.map((row, i): LinkedDeployment => {
      const failed = row.judged === 'not_failed' ? null : row.judged === 'failed' ? 'explicit' : row.failed
      const recovered = row.recovery === null ? null : row.finishedAt + row.recovery * 1000
      return deployment(`d${i}`, row.finishedAt, {
        service: row.service,
        kind: row.kind,
        status: row.kind === null || row.kind === 'aborted' ? 'failed' : 'succeeded',
        counted: ['baseline', 'code', 'rollback', 'reland', 'backport'].includes(row.kind ?? ''),
        commit: row.commit,
        changes: row.changes,
        failure: failed === null ? null : failure(row.finishedAt, recovered, failed as 'revert'),
        verdict:
          row.judged === null ? null : { verdict: row.judged as 'failed', by: 'Ada', at: row.finishedAt, note: null, recoveredAt: null },
        rework: row.reworked ? { rule: 'fix', culprit: null } : null,
        tier: row.tier as 'production',
      })
    }),
  )

const changes = fc
  .array(
    fc.record({
      key: fc.integer({ min: 0, max: 30 }),
      service,
      deployedAt: instant,
      seconds: fc.integer({ min: -100, max: 900_000 }),
      deployment: fc.integer({ min: 0, max: 40 }),
      firstInTier: fc.constantFrom(true, true, false),
      exclusion: fc.constantFrom(null, null, null, 'baseline', 'same_change', 'promotion', 'clock_skew'),
    }),
    { maxLength: 60 },
  )
  .map((rows) =>
    rows.map(
      ({ key, seconds, deployedAt, ...row }, i): LinkedChange =>
        change(`c${key}`, deployedAt, seconds, {
          service: row.service,
          firstInTier: row.firstInTier,
          exclusion: row.exclusion as null,
          // Two rows of one change never name the same deployment.
          deployment: { source: 'api', id: row.deployment === 40 ? `lost${i}` : `d${row.deployment}-${i}` },
        }),
    ),
  )

const incidents = fc
  .array(
    fc.record({
      id: fc.integer({ min: 0, max: 9 }),
      service: fc.constantFrom('a', 'b', null),
      openedAt: instant,
      seconds: fc.option(fc.nat(90_000)),
    }),
    {
      maxLength: 15,
    },
  )
  .map((rows) => {
    const seen = new Set<string>()
    return rows.flatMap(({ id, service: owner, openedAt, seconds }): LinkedIncident[] => {
      if (seen.has(`${id} ${owner}`)) return []
      seen.add(`${id} ${owner}`)
      return [incident(`i${id}`, openedAt, seconds === null ? null : openedAt + seconds * 1000, { service: owner })]
    })
  })

const asked = fc
  .record({
    deployments,
    changes,
    incidents,
    scope: fc.constantFrom('org', 'service:a'),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
  })
  .map(
    ({ zone, ...rows }): MetricsInput =>
      question({
        ...rows,
        timeZone: zone,
        asOf: at('2026-01-30T09:00:00Z'),
        services: ['a', 'b'].map((each) => serviceFacts('2025-12-01', '2026-01-30T09:00:00Z', { service: each })),
      }),
  )

describe('metrics of random rows', () => {
  it('are the same in whatever order the rows come', () => {
    fc.assert(
      fc.property(asked, fc.infiniteStream(fc.nat()), (input, numbers) => {
        const shuffle = <T>(rows: T[]) =>
          rows
            .map((row) => ({ row, rank: numbers.next().value ?? 0 }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ row }) => row)
        const other = computeMetrics({
          ...input,
          deployments: shuffle(input.deployments),
          changes: shuffle(input.changes),
          incidents: shuffle(input.incidents),
          services: [...input.services].reverse(),
        })
        expect(other).toEqual(computeMetrics(input))
      }),
    )
  })

  it('add up from the rows that the evidence includes', () => {
    fc.assert(
      fc.property(asked, (input) => {
        // Rows of the whole window in UTC: those that the zone cuts off are not asked for.
        const { metrics } = computeMetrics({ ...input, timeZone: 'UTC' })
        for (const id of deploymentMetrics) {
          const explained = input.deployments.map((row) => explainDeployment(row, id, input))
          expect(explained.filter(({ included }) => included)).toHaveLength(metrics[id].n)
          expect(explained.every(({ included, reason }) => included === (reason === null))).toBe(true)
          const answer = metrics[id]
          if ('count' in answer) expect(explained.filter(({ counts }) => counts)).toHaveLength(answer.count)
        }
        const seen = input.deployments.map((row) => explainDeployment(row, 'deployment_frequency', input).reason)
        for (const [reason, n] of Object.entries(metrics.deployment_frequency.excluded))
          expect(seen.filter((each) => each === reason)).toHaveLength(n)
        const pending = input.deployments.filter((row) => explainDeployment(row, 'change_fail_rate', input).reason === 'pending')
        expect(metrics.change_fail_rate.pending).toBe(pending.length)

        const delivered = explainChanges(input.changes, changeContext(input))
        expect(delivered.filter(({ included }) => included)).toHaveLength(metrics.change_lead_time.n)
        for (const [reason, n] of Object.entries(metrics.change_lead_time.excluded)) {
          expect(delivered.filter((each) => each.reason === reason)).toHaveLength(n)
        }
        expect(explainIncidents(input.incidents).filter(({ included }) => included)).toHaveLength(metrics.incident_time_to_restore.n)
      }),
    )
  })

  it('add up over the buckets of the window, and over the days asked one by one', () => {
    fc.assert(
      fc.property(asked, fc.constantFrom('day', 'week', 'month', 'quarter'), (input, bucket) => {
        const { metrics, series } = computeMetrics({ ...input, bucket: bucket as 'day' })
        for (const id of Object.keys(metrics) as (keyof typeof metrics)[]) {
          expect(series.reduce((sum, entry) => sum + entry.metrics[id].n, 0)).toBe(metrics[id].n)
        }
        const failed = series.reduce((sum, entry) => sum + (entry.metrics.change_fail_rate.count ?? 0), 0)
        expect(failed).toBe(metrics.change_fail_rate.count)
      }),
      { numRuns: 50 },
    )
    fc.assert(
      fc.property(asked, (input) => {
        const service = { ...input, scope: 'service:a' }
        const days = Array.from({ length: 31 }, (_, i) => addDays('2026-01-01', i))
        const answers = days.map((from) => computeMetrics({ ...service, from, to: addDays(from, 1) }).metrics)
        const { metrics } = computeMetrics(service)
        for (const id of [...deploymentMetrics, 'change_lead_time'] as const) {
          expect(answers.reduce((sum, answer) => sum + answer[id].n, 0)).toBe(metrics[id].n)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('have a value or a reason, never both, and the value within its interval', () => {
    fc.assert(
      fc.property(asked, (input) => {
        const { metrics, series } = computeMetrics(input)
        const answers = [...Object.values(metrics), ...series.flatMap((entry) => Object.values(entry.metrics))]
        for (const { value, reason, interval } of answers) {
          expect(value === null).toBe(reason !== null)
          if (interval === null || value === null) continue
          expect(interval[0]).toBeLessThanOrEqual(value + 1e-9)
          expect(interval[1] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(value - 1e-9)
        }
      }),
    )
  })
})
