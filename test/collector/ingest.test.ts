import { describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { rebuild } from '../../server/collector/rebuild.ts'
import { setVerdict } from '../../server/collector/set-verdict.ts'
import type { Config } from '../../server/config.ts'
import type { Fact } from '../../server/facts.ts'
import { readChanges, readWaiting } from '../../server/store/changes.ts'
import { readDeployment, readDeployments } from '../../server/store/deployments.ts'
import { readIncidents } from '../../server/store/incidents.ts'
import { readMetricsInput } from '../../server/store/metrics-input.ts'
import type { Store } from '../../server/store/open.ts'
import { readRevision } from '../../server/store/revision.ts'
import { resolveScope } from '../../server/store/scope.ts'
import { readServices } from '../../server/store/services.ts'
import { readCursor, readSource } from '../../server/store/sources.ts'
import { readVerdicts } from '../../server/store/verdicts.ts'
import { storeKinds } from '../support/places.ts'
import { configOf, testStore } from '../support/stores.ts'
import { change, commit, day, deployment, derivedOf, incident, now, shaOf, start, withdrawal } from './facts-fixture.ts'

const config = configOf()
const shop = [{ service: 'shop', from: null, to: null }]
const everything = { services: shop, environment: 'production', from: 0, to: now }

function push(store: Store, facts: Fact[], more: { config?: Config; now?: number } = {}) {
  return ingest(store, facts, { now, config, authority: 'push', ...more })
}

function collect(store: Store, facts: Fact[], cursor: { expected: string | null; next: string }, more: { config?: Config } = {}) {
  return ingest(store, facts, { now, config, authority: 'collector', cursor: { sourceId: 'shop', ...cursor }, ...more })
}

async function kindsOf(store: Store) {
  const rows = await readDeployments(store.db, everything)
  return Object.fromEntries(rows.map((row) => [row.id, row.kind]))
}

async function carriedBy(store: Store, id: string) {
  const rows = await readChanges(store.db, everything)
  return rows.filter((row) => row.deployment?.id === id).map((row) => row.key)
}

describe.each(storeKinds)('ingest on %s', (kind) => {
  const open = testStore(kind)

  test('derives with the facts, in the same transaction', async () => {
    const store = open()
    const facts = [commit(0), commit(1), commit(2), commit(3), deployment('d1', 0, 1), deployment('d2', 2, 2)]
    expect(await push(store, facts)).toEqual({ accepted: 6, unchanged: 0 })
    expect(await kindsOf(store)).toEqual({ d1: 'baseline', d2: 'code' })
    expect(await carriedBy(store, 'd2')).toEqual(expect.arrayContaining([shaOf(1), shaOf(2)]))
    const d2 = await readDeployment(store.db, { source: 'api', id: 'd2' })
    expect(d2).toMatchObject({ service: 'shop', repository: 'shop', changes: 2, counted: true, previous: { id: 'd1' } })
  })

  test('a repetition changes nothing, not even the revision', async () => {
    const store = open()
    const facts = [commit(0), commit(1), deployment('d1', 1, 1), incident('i1', 2, { service: 'shop' })]
    await push(store, facts)
    const before = await readRevision(store.db)
    expect(await push(store, facts, { now: now + day })).toEqual({ accepted: 0, unchanged: 4 })
    expect(await readRevision(store.db)).toEqual(before)
  })

  test('a deployment whose commit comes later is derived again', async () => {
    const store = open()
    await push(store, [commit(0), deployment('d1', 0, 1), deployment('d2', 2, 2)])
    expect(await readDeployment(store.db, { source: 'api', id: 'd2' })).toMatchObject({ commitUnknown: true, changes: 0 })
    await push(store, [commit(1), commit(2)])
    expect(await readDeployment(store.db, { source: 'api', id: 'd2' })).toMatchObject({ commitUnknown: false, changes: 2 })
  })

  test('the greater updatedAt wins whatever comes first', async () => {
    const store = open()
    const newer = deployment('d1', 0, 1, { updatedAt: start + 2, version: 'new' })
    const older = deployment('d1', 0, 1, { updatedAt: start + 1, version: 'old' })
    expect(await push(store, [newer, older])).toEqual({ accepted: 1, unchanged: 1 })
    expect(await readDeployment(store.db, { source: 'api', id: 'd1' })).toMatchObject({ version: 'new' })
  })

  test('a deployment that changes its service leaves the old one', async () => {
    const store = open()
    await push(store, [deployment('d1', null, 1, { updatedAt: 1 }), deployment('d2', null, 2)])
    await push(store, [deployment('d1', null, 1, { updatedAt: 2, service: 'till' })])
    expect(await kindsOf(store)).toEqual({ d2: 'code' })
    expect((await readServices(store.db)).map(({ id }) => id)).toEqual(['shop', 'till'])
  })

  test('what is withdrawn is gone until a newer version comes', async () => {
    const store = open()
    await push(store, [deployment('d1', null, 1), deployment('d2', null, 2, { updatedAt: 10 })])
    expect(await push(store, [withdrawal('deployment', 'd2')])).toEqual({ accepted: 1, unchanged: 0 })
    expect(Object.keys(await kindsOf(store))).toEqual(['d1'])
    expect(await push(store, [deployment('d2', null, 2, { updatedAt: 10 })])).toEqual({ accepted: 0, unchanged: 0, withdrawn: 1 })
    expect(Object.keys(await kindsOf(store))).toEqual(['d1'])
    expect(await push(store, [deployment('d2', null, 2, { updatedAt: 11 })])).toEqual({ accepted: 1, unchanged: 0 })
    expect(Object.keys(await kindsOf(store)).sort()).toEqual(['d1', 'd2'])
  })

  test('a withdrawal that comes before its fact is remembered', async () => {
    const store = open()
    await push(store, [withdrawal('deployment', 'd2'), withdrawal('commit', shaOf(1))])
    await push(store, [commit(0), commit(1), deployment('d1', 0, 1), deployment('d2', 1, 2)])
    expect(Object.keys(await kindsOf(store))).toEqual(['d1'])
    await push(store, [deployment('d3', 1, 3)])
    expect(await readDeployment(store.db, { source: 'api', id: 'd3' })).toMatchObject({ commitUnknown: true })
  })

  test('a withdrawn commit no longer carries anything', async () => {
    const store = open()
    await push(store, [commit(0), commit(1), deployment('d1', 0, 1), deployment('d2', 1, 2)])
    await push(store, [withdrawal('commit', shaOf(1))])
    expect(await readDeployment(store.db, { source: 'api', id: 'd2' })).toMatchObject({ commitUnknown: true, changes: 0 })
  })

  test('a collector reinstates what it withdrew, as its batch says', async () => {
    const store = open()
    const moved = (n: number) => deployment('v1', n, 2, { source: 'shop', reported: 'tag' })
    const withdrawn = withdrawal('deployment', 'v1', { source: 'shop' })
    await collect(store, [commit(0), commit(1), commit(2), deployment('v0', 0, 1, { source: 'shop' }), moved(2)], {
      expected: null,
      next: '1',
    })
    await collect(store, [withdrawn, moved(1)], { expected: '1', next: '2' })
    expect(await readDeployment(store.db, { source: 'shop', id: 'v1' })).toMatchObject({ commit: shaOf(1), changes: 1 })
    await collect(store, [moved(1), withdrawn], { expected: '2', next: '3' })
    expect(await readDeployment(store.db, { source: 'shop', id: 'v1' })).toBeNull()
  })

  test('facts and cursor are saved together or not at all', async () => {
    const store = open()
    await collect(store, [commit(0)], { expected: null, next: 'one' })
    expect(await readCursor(store.db, 'shop')).toBe('one')
    await expect(collect(store, [deployment('d1', 0, 1)], { expected: null, next: 'two' })).rejects.toMatchObject({ code: 'conflict' })
    expect(await readCursor(store.db, 'shop')).toBe('one')
    expect(await kindsOf(store)).toEqual({})
  })

  test('commits of a batch that failed are not remembered in memory', async () => {
    const store = open()
    await push(store, [commit(0), commit(1), deployment('d1', 0, 1)])
    const tooLong = { ...deployment('d9', 2, 3), finishedAt: 1e30 } as Fact
    await expect(push(store, [commit(2), tooLong])).rejects.toThrow()
    await push(store, [deployment('d2', 2, 2)])
    expect(await readDeployment(store.db, { source: 'api', id: 'd2' })).toMatchObject({ commitUnknown: true })
  })

  test('an unknown service is refused where services are configured, and the message names the known ones', async () => {
    const store = open()
    const configured = configOf({ services: [{ id: 'shop', sources: [], teams: [], was: ['store'] }] })
    const refused = push(store, [deployment('d1', null, 1), deployment('d2', null, 2, { service: 'shup' })], { config: configured })
    await expect(refused).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/items\[1\]\.service.*shup.*Known services: shop/),
    })
    expect(await kindsOf(store)).toEqual({})
    await push(store, [deployment('d1', null, 1, { service: 'store' })], { config: configured })
    expect(await kindsOf(store)).toEqual({ d1: 'code' })
  })

  test('facts of a source go to the service that lists it', async () => {
    const store = open()
    const configured = configOf({
      sources: [{ id: 'shop', type: 'git', options: {}, schedule: '0 * * * *' }],
      services: [{ id: 'checkout', sources: ['shop'], teams: [], was: [] }],
    })
    await collect(
      store,
      [deployment('v1', null, 1, { source: 'shop', service: 'checkout' })],
      { expected: null, next: '1' },
      { config: configured },
    )
    expect(await readServices(store.db)).toMatchObject([{ id: 'checkout', sources: ['shop'] }])
  })

  test('an incident that came before the deployment it names is attributed once that comes', async () => {
    const store = open()
    await push(store, [commit(0), commit(1), deployment('d1', 0, 1)])
    await push(store, [incident('i1', 3, { commit: shaOf(2) }), incident('i2', 3, { deployment: 'd2' }), incident('i3', 3)])
    const unassigned = { services: [], from: 0, to: now, unassigned: true }
    expect((await readIncidents(store.db, unassigned)).map(({ id, reason }) => [id, reason])).toEqual(
      expect.arrayContaining([
        ['i1', 'culprit_unknown'],
        ['i2', 'culprit_unknown'],
        ['i3', 'no_service'],
      ]),
    )
    await push(store, [deployment('d2', 2, 2)])
    await push(store, [commit(2)])
    const rows = await readIncidents(store.db, { ...everything })
    expect(rows.map(({ id, service, attribution, deployment: culprit }) => [id, service, attribution, culprit?.id])).toEqual(
      expect.arrayContaining([
        ['i1', 'shop', 'named', 'd2'],
        ['i2', 'shop', 'named', 'd2'],
      ]),
    )
    expect((await readIncidents(store.db, unassigned)).map(({ id }) => id)).toEqual(['i3'])
    expect(await readDeployment(store.db, { source: 'api', id: 'd2' })).toMatchObject({
      failure: { rule: 'explicit', confidence: 'confirmed' },
    })
  })

  test('an incident that names a commit which a deployment merely carries is attributed to that deployment', async () => {
    const store = open()
    await push(store, [commit(0), deployment('d1', 0, 1), deployment('d2', 2, 2), incident('i1', 3, { commit: shaOf(1) })])
    await push(store, [commit(1), commit(2)])
    expect(await readDeployment(store.db, { source: 'api', id: 'd2' })).toMatchObject({ failure: { rule: 'explicit' } })
  })

  test('a withdrawn incident takes its failure with it', async () => {
    const store = open()
    await push(store, [deployment('d1', null, 1), deployment('d2', null, 2), incident('i1', 2.1, { service: 'shop' })])
    expect(await readDeployment(store.db, { source: 'api', id: 'd2' })).toMatchObject({ failure: { rule: 'incident' } })
    await push(store, [withdrawal('incident', 'i1', { source: 'pager' })])
    expect(await readDeployment(store.db, { source: 'api', id: 'd2' })).toMatchObject({ failure: null })
    expect(await readIncidents(store.db, everything)).toEqual([])
  })

  test('pull requests and the head tell what waits', async () => {
    const store = open()
    const head: Fact = { kind: 'head', source: 'api', repository: 'shop', branch: 'main', sha: shaOf(3) }
    await push(store, [
      commit(0),
      commit(1),
      commit(2),
      commit(3),
      deployment('d1', 0, 1),
      deployment('d2', 1, 2),
      change('7', [2], 0.2),
      head,
    ])
    expect((await readWaiting(store.db, shop)).map(({ key }) => key).sort()).toEqual(['api/7', shaOf(3)].sort())
    await push(store, [deployment('d3', 3, 3)])
    expect(await readWaiting(store.db, shop)).toEqual([])
    expect((await carriedBy(store, 'd3')).sort()).toEqual(['api/7', shaOf(3)].sort())
  })

  test('verdicts: the newest word stands, and the history stays', async () => {
    const store = open()
    const ref = { source: 'api', id: 'd2' }
    await push(store, [deployment('d1', null, 1), deployment('d2', null, 2)])
    await setVerdict(store, { now, config }, { ref, input: { verdict: 'failed', by: 'ada', note: 'no checkout' } })
    expect(await readDeployment(store.db, ref)).toMatchObject({ failure: { rule: 'person' }, verdict: { verdict: 'failed', by: 'ada' } })
    await setVerdict(store, { now: now + 1, config }, { ref, input: { verdict: 'withdrawn', by: 'bob' } })
    expect(await readDeployment(store.db, ref)).toMatchObject({ failure: null, verdict: null })
    expect((await readVerdicts(store.db, ref)).map(({ verdict, by }) => [verdict, by])).toEqual([
      ['withdrawn', 'bob'],
      ['failed', 'ada'],
    ])
    const unknown = setVerdict(store, { now, config }, { ref: { source: 'api', id: 'x' }, input: { verdict: 'failed', by: 'ada' } })
    await expect(unknown).rejects.toMatchObject({ code: 'not_found' })
    const early = setVerdict(store, { now, config }, { ref, input: { verdict: 'not_failed', by: 'ada', recoveredAt: now } })
    await expect(early).rejects.toMatchObject({ code: 'invalid' })
  })

  test('a rebuild ends with what was derived as the facts came', async () => {
    const store = open()
    for (let n = 0; n < 12; n++) await push(store, [commit(n)])
    await push(store, [change('1', [1, 2], 0.3), change('2', [4], 0.5)])
    for (const [at, n] of [0, 3, 5, 3, 8].entries()) await push(store, [deployment(`d${at}`, n, at + 1)])
    await push(store, [
      incident('i1', 3.1, { service: 'shop' }),
      incident('i2', 4, { deployment: 'd4' }),
      incident('i3', 4),
      withdrawal('deployment', 'd1'),
    ])
    await setVerdict(store, { now, config }, { ref: { source: 'api', id: 'd2' }, input: { verdict: 'failed', by: 'ada' } })
    const before = await derivedOf(store)
    expect(await rebuild(store, { now, config })).toEqual({ services: 1 })
    expect(await derivedOf(store)).toEqual(before)
  })

  test('coverage of pushed facts begins with the first and ends with the last write', async () => {
    const store = open()
    await push(store, [deployment('d1', null, 1, { startedAt: start + day - 60_000 }), deployment('d2', null, 9)])
    expect(await readServices(store.db)).toMatchObject([
      {
        id: 'shop',
        sources: ['api'],
        repositories: ['shop'],
        coveredFrom: start + day - 60_000,
        coveredTo: now,
        lastDeployment: { id: 'd2' },
      },
    ])
    expect(await readSource(store.db, 'api')).toMatchObject({ pushed: true, lastSuccessAt: now })
  })

  test('metrics are computed from the window alone', async () => {
    const store = open()
    await push(store, [
      commit(0),
      commit(1),
      commit(2),
      deployment('d1', 0, 1),
      deployment('d2', 1, 2),
      deployment('d3', 2, 20),
      incident('i1', 3),
    ])
    const resolved = await resolveScope(store.db, config, 'org')
    const question = { from: '2026-01-06', to: '2026-01-12', bucket: 'week' as const, environment: 'production' }
    const input = await readMetricsInput(store.db, config, resolved, question)
    expect(input.deployments.map(({ id }) => id).sort()).toEqual(['d1', 'd2'])
    expect(input.changes.map(({ key }) => key).sort()).toEqual([shaOf(0), shaOf(1)].sort())
    expect(input).toMatchObject({ scope: 'org', asOf: now, incidents: [{ id: 'i1', service: null }] })
  })
})
