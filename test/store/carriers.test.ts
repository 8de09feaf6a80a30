import { describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { changeContext, explainChanges, leadSeconds } from '../../server/metrics/evidence.ts'
import { type CarrierQuestion, readDeliveries, readFailedDeployments, readLongestChanges } from '../../server/store/carriers.ts'
import { readMetricsInput } from '../../server/store/metrics-input.ts'
import { resolveScope } from '../../server/store/scope.ts'
import { commit, day, deployment, incident, now, start } from '../collector/facts-fixture.ts'
import { storeKinds } from '../support/places.ts'
import { configOf, testStore } from '../support/stores.ts'

const config = configOf()
/** Two services of one repository that deliver the same commits, one after the other. */
const given = [
  ...Array.from({ length: 200 }, (_, n) => commit(n)),
  ...Array.from({ length: 18 }, (_, n) => deployment(`api-${n}`, n * 10 + 5, n + 1, { service: 'api', repository: 'shop' })),
  ...Array.from({ length: 9 }, (_, n) => deployment(`web-${n}`, n * 20 + 8, n * 2 + 1.4, { service: 'web', repository: 'shop' })),
  incident('down', 9.6, { service: 'web', deployment: 'web-4', resolvedAt: Date.UTC(2026, 0, 16) }),
]
const window = { from: '2026-01-08', to: '2026-01-20' }

describe.each(storeKinds)('the rows that carry a window, on %s', (kind) => {
  const open = testStore(kind)

  async function asked(scope: string) {
    const { db } = open()
    const resolved = await resolveScope(db, config, scope)
    const input = await readMetricsInput(db, config, resolved, { ...window, bucket: 'week', environment: 'production' })
    const [from, to] = [Date.parse(window.from), Date.parse(window.to)]
    const question: CarrierQuestion = {
      services: resolved.services,
      environment: 'production',
      from,
      to,
      without: [],
      rollUp: changeContext(input).rollUp,
      since: from,
      deliveredBefore: input.deliveredBefore ?? new Set(),
    }
    const explained = explainChanges(input.changes, changeContext(input))
    return { db, question, included: input.changes.filter((_, i) => explained[i]?.included) }
  }

  test.each(['org', 'service:api', 'service:web'])('of %s are those that the metric includes', async (scope) => {
    await ingest(open(), given, { now, config, authority: 'push' })
    const { db, question, included } = await asked(scope)
    expect(included.length).toBeGreaterThan(10)
    const all = await readLongestChanges(db, question, 1000)
    const named = (row: { service: string; key: string }) => `${row.service} ${row.key}`
    expect(all.map(named).sort()).toEqual(included.map(named).sort())
    expect(all.map(({ seconds }) => seconds)).toEqual(included.map(leadSeconds).sort((a, b) => b - a))
    expect(await readLongestChanges(db, question, 3)).toEqual(all.slice(0, 3))
    expect(all[0]?.title).toMatch(/^Change \d+$/)

    const deliveries = await readDeliveries(db, question, 1, 1000)
    expect(deliveries.reduce((sum, { n }) => sum + n, 0)).toBe(included.length)
    for (const { deployment: of, n, logSum, waitLogSum } of deliveries) {
      const own = included.filter((row) => row.deployment?.id === of.id)
      expect(n).toBe(own.length)
      expect(logSum).toBeCloseTo(
        own.reduce((sum, row) => sum + Math.log1p(leadSeconds(row)), 0),
        9,
      )
      expect(waitLogSum).toBeCloseTo(
        own.reduce((sum, row) => sum + Math.log1p(((row.deployedAt as number) - row.mergedAt) / 1000), 0),
        9,
      )
    }
    const large = await readDeliveries(db, question, 10, 2)
    expect(large.every(({ n }) => n >= 10)).toBe(true)
    expect(large.length).toBeLessThanOrEqual(2)
  })

  test('leave out the times that do not count', async () => {
    await ingest(open(), given, { now, config, authority: 'push' })
    const { db, question, included } = await asked('service:api')
    const without = [{ from: start + 5 * day, to: start + 9 * day }]
    const kept = await readLongestChanges(db, { ...question, without }, 1000)
    const counted = included.filter((row) => !without.some(({ from, to }) => (row.deployedAt ?? 0) >= from && (row.deployedAt ?? 0) < to))
    expect(kept).toHaveLength(counted.length)
    expect(kept.length).toBeLessThan(included.length)
  })

  test('hold failed deployments, newest first', async () => {
    await ingest(open(), given, { now, config, authority: 'push' })
    const { db, question } = await asked('org')
    expect((await readFailedDeployments(db, question, 5)).map(({ id }) => id)).toEqual(['web-4'])
    expect(
      await readFailedDeployments(db, { ...question, services: question.services.filter(({ service }) => service === 'api') }, 5),
    ).toEqual([])
  })
})
