import { describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import type { MeasuredChange } from '../../server/linked.ts'
import { changeContext, explainChanges, leadSeconds } from '../../server/metrics/evidence.ts'
import { type Findings, findingsOf, joinFindings, noFindings } from '../../server/metrics/explain/findings.ts'
import { dayNumber } from '../../server/metrics/windows.ts'
import { readCarriers, readLongChanges } from '../../server/store/carriers.ts'
import { readMetricsInput } from '../../server/store/metrics-input.ts'
import { readObserved } from '../../server/store/observed.ts'
import { resolveScope } from '../../server/store/scope.ts'
import type { Store } from '../../server/store/store.ts'
import { commit, day, deployment, incident, now } from '../collector/facts-fixture.ts'
import { storeKinds } from '../support/places.ts'
import { configOf, testStore } from '../support/stores.ts'

const config = configOf()
/** `api` and `web` deliver the same commits, one after the other; `own` has a repository of its own, and a staging environment. */
const given = [
  ...Array.from({ length: 200 }, (_, n) => commit(n)),
  ...Array.from({ length: 18 }, (_, n) => deployment(`api-${n}`, n * 10 + 5, n + 1, { service: 'api', repository: 'shop' })),
  ...Array.from({ length: 9 }, (_, n) => deployment(`web-${n}`, n * 20 + 8, n * 2 + 1.4, { service: 'web', repository: 'shop' })),
  incident('down', 9.6, { service: 'web', deployment: 'web-4', resolvedAt: Date.UTC(2026, 0, 16) }),
  ...Array.from({ length: 80 }, (_, n) => commit(n, { repository: 'own' })),
  ...Array.from({ length: 16 }, (_, n) => deployment(`own-${n}`, n * 5, n + 1.2, { service: 'own', repository: 'own' })),
  incident('broken', 8.3, { service: 'own', deployment: 'own-7', resolvedAt: Date.UTC(2026, 0, 16) }),
  ...Array.from({ length: 8 }, (_, n) =>
    deployment(`own-stage-${n}`, n * 10, 2 * n + 1, { service: 'own', repository: 'own', environment: 'stage-eu' }),
  ),
]
const window = { from: '2026-01-08', to: '2026-01-20' }

async function found({ db }: Store, scope: string, environment: string, days: { from: string; to: string }[] = [window]) {
  const resolved = await resolveScope(db, config, scope)
  const input = await readMetricsInput(db, config, resolved, { ...window, bucket: 'week', environment })
  const explained = explainChanges(input.changes, changeContext(input))
  const windows = days.map(({ from, to }) => ({ from: dayNumber(from), to: dayNumber(to) }))
  let findings: Findings = noFindings
  for await (const part of readObserved(db, config, resolved, { environment, ...window })) {
    findings = joinFindings(findings, findingsOf(part, windows, input))
  }
  return { findings, included: input.changes.filter((_, i) => explained[i]?.included) }
}

function waitOf({ deployedAt, mergedAt }: MeasuredChange): number {
  return ((deployedAt as number) - mergedAt) / 1000
}

const named = (row: { service: string; key: string }) => `${row.service} ${row.key}`

describe.each(storeKinds)('the rows that carry a window, on %s', (kind) => {
  const open = testStore(kind)

  test.each([
    ['org', 'production'],
    ['service:api', 'production'],
    ['service:own', 'production'],
    ['service:own', 'staging'],
    ['service:own', 'stage-eu'],
    ['org', 'stage-eu'],
  ])('of %s in %s are those that the metric includes', async (scope, environment) => {
    await ingest(open(), given, { now, config, authority: 'push' })
    const { db } = open()
    const { findings, included } = await found(open(), scope, environment)
    expect(included.length).toBeGreaterThan(10)
    expect(findings.sums.reduce((sum, { n }) => sum + n, 0)).toBe(included.length)
    const longest = await readLongChanges(db, findings.longest)
    const leads = included.map(leadSeconds).sort((a, b) => b - a)
    expect(longest.map(({ seconds }) => seconds).sort((a, b) => b - a)).toEqual(leads.slice(0, longest.length))
    expect(longest).toHaveLength(5)
    expect(new Set(longest.map(named)).size).toBe(5)
    expect(included.map(named)).toEqual(expect.arrayContaining(longest.map(named)))
    expect(longest[0]?.title).toMatch(/^Change \d+$/)

    const deployments = await readCarriers(db, findings.deliveries)
    expect(deployments.length).toBeGreaterThan(3)
    for (const [i, { n, logSum, waitLogSum, waited }] of findings.deliveries.entries()) {
      const own = included.filter((row) => row.deployment?.id === deployments[i]?.id)
      expect(n).toBe(own.length)
      expect(n).toBeGreaterThanOrEqual(5)
      const sum = (of: (row: MeasuredChange) => number) => own.reduce((total, row) => total + of(row), 0)
      expect(logSum).toBeCloseTo(
        sum((row) => Math.log1p(leadSeconds(row))),
        9,
      )
      expect(waitLogSum).toBeCloseTo(
        sum((row) => Math.log1p(waitOf(row))),
        9,
      )
      expect(waited / 1000).toBeCloseTo(sum(waitOf), 6)
      expect(waited).toBeLessThanOrEqual(findings.deliveries[i - 1]?.waited ?? Number.POSITIVE_INFINITY)
    }
  })

  test('leave out the times that do not count', async () => {
    await ingest(open(), given, { now, config, authority: 'push' })
    const parts = [
      { from: '2026-01-08', to: '2026-01-10' },
      { from: '2026-01-14', to: '2026-01-20' },
    ]
    const { findings, included } = await found(open(), 'org', 'production', parts)
    const spans = parts.map(({ from, to }) => [Date.parse(from), Date.parse(to)] as const)
    const counted = included.filter(({ deployedAt }) => spans.some(([from, to]) => (deployedAt ?? 0) >= from && (deployedAt ?? 0) < to))
    expect(findings.sums.reduce((sum, { n }) => sum + n, 0)).toBe(counted.length)
    expect(counted.length).toBeLessThan(included.length)
    expect(findings.longest.every(({ at }) => spans.some(([from, to]) => at >= from && at < to))).toBe(true)
  })

  test('hold the failed deployments of each service', async () => {
    await ingest(open(), given, { now, config, authority: 'push' })
    const { findings } = await found(open(), 'org', 'production')
    const read = await readCarriers(open().db, [...findings.failures.values()].flat())
    expect(read.map((row) => row?.id).sort()).toEqual(['own-7', 'web-4'])
    expect(await readCarriers(open().db, [{ service: 'own', place: { source: 'api', id: 'gone' }, at: now - day }])).toEqual([undefined])
  })
})
