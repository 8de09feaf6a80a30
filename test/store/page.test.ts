import { describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import type { Fact } from '../../server/facts.ts'
import { readChanges, readWaiting } from '../../server/store/changes.ts'
import { readDeployments } from '../../server/store/deployments.ts'
import { readChangesPage } from '../../server/store/evidence/changes-page.ts'
import { readDeploymentsPage } from '../../server/store/evidence/deployments-page.ts'
import { readIncidentsPage } from '../../server/store/evidence/incidents-page.ts'
import { type Page, type Paging, sorts } from '../../server/store/evidence/order.ts'
import { placeOf } from '../../server/store/evidence/place.ts'
import { readWaitingPage } from '../../server/store/evidence/waiting-page.ts'
import { isStanding } from '../../server/store/facts.ts'
import { readIncidents } from '../../server/store/incidents.ts'
import { readServices, readStoredServices } from '../../server/store/services.ts'
import { noteSuccess } from '../../server/store/sources.ts'
import { change, commit, day, deployment, incident, now, shaOf, start, withdrawal } from '../collector/facts-fixture.ts'
import { storeKinds } from '../support/places.ts'
import { configOf, testStore } from '../support/stores.ts'

const config = configOf()
const services = ['shop', 'till'].map((service) => ({ service, from: null, to: null }))
const noneApart = { services: new Set<number>(), passing: [] }
const frequency = { tier: 'production', metric: 'deployment_frequency', asOf: now, definition: config.definition } as const
const everything = { services, environment: 'production', from: 0, to: now }

/** Follows a question's pages of that size to the end. */
async function paged<T>(
  limit: number,
  ask: (paging: Paging) => Promise<Page<T>>,
  between?: (pages: number) => Promise<void>,
): Promise<T[]> {
  const all: T[] = []
  let pages = 0
  let after: string | undefined
  do {
    const page: Page<T> = await ask({ sort: 'newest', limit, ...(after === undefined ? {} : { after }) })
    expect(page.rows.length).toBeLessThanOrEqual(limit)
    all.push(...page.rows)
    after = page.next ?? undefined
    await between?.(++pages)
  } while (after !== undefined)
  return all
}

describe.each(storeKinds)('questions to %s', (kind) => {
  const open = testStore(kind)

  async function push(facts: Fact[]) {
    await ingest(open(), facts, { now, config, authority: 'push' })
  }

  test('pages hold every row once, in one order, ties included', async () => {
    const { db } = open()
    const facts: Fact[] = []
    for (let n = 0; n < 14; n++) facts.push(commit(n), commit(n, { repository: 'till' }))
    for (const n of [0, 3, 6, 9]) facts.push(deployment(`d${n}`, n, Math.floor(n / 6) + 1), deployment(`t${n}`, n, 2, { service: 'till' }))
    for (let n = 0; n < 7; n++) facts.push(incident(`i${n}`, 3, { services: ['shop', 'till'] }))
    facts.push({ kind: 'head', source: 'api', repository: 'shop', branch: 'main', sha: shaOf(13) })
    await push(facts)

    const deployments = await readDeployments(db, everything)
    expect(deployments).toHaveLength(8)
    expect(deployments.map(({ finishedAt }) => finishedAt ?? 0)).toEqual(
      deployments.map(({ finishedAt }) => finishedAt ?? 0).sort((a, b) => b - a),
    )
    const changes = await readChanges(db, everything)
    expect(changes).toHaveLength(20)
    const incidents = await readIncidents(db, everything)
    expect(incidents).toHaveLength(14)
    const waiting = await readWaiting(db, services)
    expect(waiting.map(({ key }) => key)).toEqual([10, 11, 12, 13].map(shaOf))
    for (const scope of ['org', 'team:all']) {
      const place = placeOf({ scope, services }, await readStoredServices(db), everything)
      for (const size of [1, 3, 100]) {
        expect(await paged(size, (paging) => readDeploymentsPage(db, place, { ...paging, ...frequency }))).toEqual(deployments)
        expect(await paged(size, (paging) => readChangesPage(db, place, { ...paging, tier: 'production' }, noneApart))).toEqual(changes)
        expect(await paged(size, (paging) => readIncidentsPage(db, place, { ...paging, unassigned: false, same: [] }))).toEqual(incidents)
        expect(await paged(size, (paging) => readWaitingPage(db, place, { ...paging, sort: 'oldest' }))).toEqual(waiting)
        expect(await paged(size, (paging) => readWaitingPage(db, place, paging))).toEqual(waiting.toReversed())
      }
    }
  })

  test('what is written while somebody turns the pages neither hides nor repeats a row', async () => {
    const { db } = open()
    await push([
      ...Array.from({ length: 12 }, (_, n) => commit(n)),
      ...[0, 2, 4, 6, 8, 10].map((n) => deployment(`d${n}`, n, n / 2 + 1)),
      ...[0, 1, 2, 3].map((n) => incident(`i${n}`, n + 1, { service: 'shop' })),
    ])
    const [deployments, changes, incidents] = [
      await readDeployments(db, everything),
      await readChanges(db, everything),
      await readIncidents(db, everything),
    ]
    const place = placeOf({ scope: 'org', services }, await readStoredServices(db), everything)
    let written = 0
    const between = async (pages: number) => {
      if (pages > 2) return
      written++
      // Later than all, earlier than all, and as old as one that is there.
      const facts = [40, 0.5, 3].flatMap((onDay) => [
        deployment(`new-${written}-${onDay}`, null, onDay, { service: 'till' }),
        incident(`new-${written}-${onDay}`, onDay, { service: 'till' }),
      ])
      await push(facts)
    }
    const first = <T extends { id: string }>(rows: T[]) => rows.filter(({ id }) => !id.startsWith('new-'))
    for (const sort of sorts) {
      const turn = <T>(ask: (paging: Paging) => Promise<Page<T>>) => paged(2, (paging) => ask({ ...paging, sort }), between)
      const ids = (rows: { id: string }[]) => rows.map(({ id }) => id).sort()
      const seen = await turn((paging) => readDeploymentsPage(db, place, { ...paging, ...frequency }))
      expect(ids(first(seen))).toEqual(ids(deployments))
      expect(new Set(ids(seen)).size).toBe(seen.length)
      const seenIncidents = await turn((paging) => readIncidentsPage(db, place, { ...paging, unassigned: true, same: [] }))
      expect(ids(first(seenIncidents))).toEqual(ids(incidents))
      const keys = (rows: { key: string }[]) => rows.map(({ key }) => key).sort()
      const seenChanges = await turn((paging) => readChangesPage(db, place, { ...paging, tier: 'production' }, noneApart))
      expect(keys(seenChanges)).toEqual(keys(changes))
    }
  })

  test('a cursor that is not ours, or of another order, is refused', async () => {
    const { db } = open()
    await push([deployment('d1', null, 1), deployment('d2', null, 2)])
    const place = placeOf({ scope: 'org', services }, await readStoredServices(db), everything)
    const oldest = await readDeploymentsPage(db, place, { ...frequency, sort: 'oldest', limit: 1 })
    const encoded = ['[1]', '{"a":1}', '["deployments newest",0,1.5,2]', '["deployments newest",0,1]', '["deployments newest",0,1,"2"]']
    for (const after of ['x', ...encoded.map((text) => Buffer.from(text).toString('base64url')), oldest.next as string]) {
      await expect(readDeploymentsPage(db, place, { ...frequency, sort: 'newest', limit: 1, after })).rejects.toMatchObject({
        code: 'invalid',
      })
    }
  })

  test('a window holds what finished from its start and before its end, within the time of ownership', async () => {
    const { db } = open()
    await push([1, 2, 3, 4].map((onDay) => deployment(`d${onDay}`, null, onDay)))
    const within = { ...everything, from: start + 2 * day, to: start + 4 * day }
    expect((await readDeployments(db, within)).map(({ id }) => id)).toEqual(['d3', 'd2'])
    const owned = { ...everything, services: [{ service: 'shop', from: start + 2 * day, to: start + 3 * day }] }
    expect((await readDeployments(db, owned)).map(({ id }) => id)).toEqual(['d2'])
  })

  test('a tier stands for all its environments, another name for one', async () => {
    const { db } = open()
    await push([
      deployment('d1', null, 1),
      deployment('d2', null, 2, { environment: 'prod-eu' }),
      deployment('d3', null, 3, { environment: 'staging' }),
      deployment('d4', null, 4, { environment: 'moon' }),
    ])
    const idsIn = async (environment: string) => (await readDeployments(db, { ...everything, environment })).map(({ id }) => id)
    expect(await idsIn('production')).toEqual(['d2', 'd1'])
    expect(await idsIn('prod-eu')).toEqual(['d2'])
    expect(await idsIn('staging')).toEqual(['d3'])
    expect(await idsIn('moon')).toEqual(['d4'])
  })

  test('a change of several production environments is first in one of them', async () => {
    const { db } = open()
    const europe = { environment: 'prod-eu' }
    await push([
      commit(0),
      commit(1),
      deployment('d0', 0, 1),
      deployment('e0', 0, 1, europe),
      deployment('e1', 1, 2, europe),
      deployment('d1', 1, 3),
    ])
    const rows = await readChanges(db, everything)
    const delivered = rows.filter(({ key }) => key === shaOf(1)).map(({ deployment: by, firstInTier }) => [by?.id, firstInTier])
    expect(delivered).toEqual([
      ['d1', false],
      ['e1', true],
    ])
  })

  test('a change comes back as it was derived', async () => {
    const { db } = open()
    const hour = 3_600_000
    const opened = { openedAt: start + hour, firstReviewAt: start + 3 * hour, approvedAt: start + 4 * hour, url: 'https://example.com/7' }
    await push([
      commit(0),
      commit(1),
      commit(2),
      deployment('d0', 0, 0),
      change('7', [1, 2], 1, { ...opened, title: 'Quote " and ÄÖ€ 😀' }),
      deployment('d1', 2, 2),
    ])
    const rows = await readChanges(db, everything)
    expect(rows.find(({ key }) => key === 'api/7')).toMatchObject({
      service: 'shop',
      repository: 'shop',
      title: 'Quote " and ÄÖ€ 😀',
      url: 'https://example.com/7',
      deployment: { source: 'api', id: 'd1' },
      deployedAt: start + 2 * day,
      mergedAt: start + day,
      commits: 2,
      exclusion: null,
      firstInTier: true,
      stages: { pickup: 2 * 3600, review: 3600, merge: 20 * 3600, deploy: 24 * 3600 },
    })
  })

  test('whether a fact stands', async () => {
    const { db } = open()
    await push([commit(0), commit(1, { id: 'own-id' }), deployment('d1', null, 1), withdrawal('deployment', 'd2')])
    const stands = (of: 'commit' | 'deployment', id: string) => isStanding(db, { kind: of, source: 'api', id })
    expect(await stands('deployment', 'd1')).toBe(true)
    expect(await stands('deployment', 'd2')).toBe(false)
    expect(await stands('commit', shaOf(0))).toBe(true)
    expect(await stands('commit', 'own-id')).toBe(true)
    expect(await stands('commit', shaOf(2))).toBe(false)
  })

  test('coverage of collected facts ends with the last success, and rests on what deploys', async () => {
    const store = open()
    const facts = [deployment('v1', null, 3, { source: 'git1' })]
    await ingest(store, facts, { now, config, authority: 'collector', cursor: { sourceId: 'git1', expected: null, next: '1' } })
    expect(await readServices(store.db)).toMatchObject([{ coveredFrom: start + 3 * day, coveredTo: null }])
    await noteSuccess(store.db, 'git1', now + day)
    await push([incident('i1', 1, { service: 'shop' })])
    expect(await readServices(store.db)).toMatchObject([
      { sources: ['git1', 'pager'], coveredFrom: start + 3 * day, coveredTo: now + day, asOf: now + day },
    ])
  })
})
