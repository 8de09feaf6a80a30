import { describe, expect, test } from 'vitest'
import { applyConfig } from '../../server/collector/apply-config.ts'
import { ingest } from '../../server/collector/ingest.ts'
import type { Config, ServiceConfig } from '../../server/config.ts'
import type { Fact } from '../../server/facts.ts'
import { readDeployments } from '../../server/store/deployments.ts'
import { readIncidents } from '../../server/store/incidents.ts'
import type { Store } from '../../server/store/open.ts'
import { readRevision } from '../../server/store/revision.ts'
import { readServices } from '../../server/store/services.ts'
import { storeKinds } from '../support/places.ts'
import { configOf, emptyStore, testStore } from '../support/stores.ts'
import { commit, deployment, derivedOf, incident, now, shaOf, withdrawal } from './facts-fixture.ts'

function service(id: string, more: Partial<ServiceConfig> = {}): ServiceConfig {
  return { id, sources: [], teams: [], was: [], ...more }
}

const pushed: Fact[] = [
  commit(0),
  commit(1),
  commit(2),
  deployment('d1', 0, 1),
  deployment('d2', 2, 2),
  incident('i1', 2.1, { service: 'shop' }),
]

async function push(store: Store, facts: Fact[], config: Config) {
  await ingest(store, facts, { now, config, authority: 'push' })
}

describe.each(storeKinds)('facts move with the configuration on %s', (kind) => {
  const open = testStore(kind)

  test('a rename ends as if the service had always had the new name', async () => {
    const store = open()
    const renamed = configOf({ services: [service('checkout', { was: ['shop'] })] })
    await push(store, pushed, renamed)
    const expected = await derivedOf(store)
    await emptyStore(store)
    await push(store, pushed, configOf())
    await applyConfig(store, { now, config: renamed })
    expect(await derivedOf(store)).toEqual(expected)
  })

  test('facts that came before the rename move, and so do their repository and incidents', async () => {
    const store = open()
    await push(store, pushed, configOf())
    const renamed = configOf({ services: [service('checkout', { was: ['shop'] })] })
    expect(await applyConfig(store, { now, config: renamed })).toEqual({ moved: 2 })
    expect(await readServices(store.db)).toMatchObject([{ id: 'checkout', repositories: ['checkout'] }])
    const asked = { services: [{ service: 'checkout', from: null, to: null }], environment: 'production', from: 0, to: now }
    const rows = await readDeployments(store.db, asked)
    expect(rows.map(({ id, service: name, changes, failure }) => [id, name, changes, failure?.rule])).toEqual([
      ['d2', 'checkout', 2, 'incident'],
      ['d1', 'checkout', 0, undefined],
    ])
    expect(await readIncidents(store.db, asked)).toMatchObject([{ id: 'i1', service: 'checkout' }])
    const { revision } = await readRevision(store.db)
    expect(await applyConfig(store, { now, config: renamed })).toEqual({ moved: 0 })
    expect((await readRevision(store.db)).revision).toBe(revision)
    await push(store, [commit(3), deployment('d3', 3, 3), withdrawal('deployment', 'd1')], renamed)
    expect((await readDeployments(store.db, asked)).map(({ id }) => id)).toEqual(['d3', 'd2'])
  })

  test('facts of a source move to the service that lists it now, and back', async () => {
    const store = open()
    const sources = [{ id: 'git1', type: 'git', options: {}, schedule: '0 * * * *' }]
    const plain = configOf({ sources })
    const collected = [
      commit(0, { repository: 'git1', source: 'git1' }),
      deployment('v1', 0, 1, { source: 'git1', service: 'git1', repository: 'git1' }),
    ]
    await ingest(store, collected, { now, config: plain, authority: 'collector', cursor: { sourceId: 'git1', expected: null, next: '1' } })
    const mapped = configOf({ sources, services: [service('checkout', { sources: ['git1'] })] })
    expect(await applyConfig(store, { now, config: mapped })).toEqual({ moved: 1 })
    expect((await readServices(store.db)).map(({ id, repositories }) => [id, repositories])).toEqual([['checkout', ['git1']]])
    expect(await applyConfig(store, { now, config: plain })).toEqual({ moved: 1 })
    expect((await readServices(store.db)).map(({ id }) => id)).toEqual(['git1'])
  })

  test('an authority that is named, changed or taken back derives its service anew', async () => {
    const store = open()
    const facts = [
      ...pushed,
      deployment('a1', null, 1.01, { source: 'argo', version: '1' }),
      deployment('a2', null, 2.01, { source: 'argo', environment: 'prod' }),
      deployment('t1', 0, 1, { service: 'till' }),
    ]
    const plain = configOf({ services: [service('shop'), service('till')] })
    const ruled = (authority: ServiceConfig['authority']) => configOf({ services: [service('shop', { authority }), service('till')] })
    await push(store, facts, plain)
    const before = await derivedOf(store)
    const asked = { services: [{ service: 'shop', from: null, to: null }], environment: 'production', from: 0, to: now }
    const told = async () => {
      const rows = await readDeployments(store.db, asked)
      return rows.map(({ id, counted, commit, witness }) => [id, counted, commit, witness?.of?.id ?? witness]).sort()
    }
    const { revision } = await readRevision(store.db)
    await applyConfig(store, { now, config: ruled('argo') })
    expect((await readRevision(store.db)).revision).toBe(revision + 1)
    expect(await told()).toEqual([
      ['a1', true, shaOf(0), null],
      ['a2', true, shaOf(2), null],
      ['d1', false, shaOf(0), 'a1'],
      ['d2', false, shaOf(2), 'a2'],
    ])
    expect(await readIncidents(store.db, asked)).toMatchObject([{ id: 'i1', deployment: { source: 'argo', id: 'a2' } }])
    expect(await readServices(store.db)).toMatchObject([{ id: 'shop', lastDeployment: { id: 'a2' } }, { id: 'till' }])
    const anew = await derivedOf(store)
    await applyConfig(store, { now, config: ruled('argo') })
    expect((await readRevision(store.db)).revision).toBe(revision + 1)
    await applyConfig(store, { now, config: ruled({ production: 'api' }) })
    expect((await told()).map(([id, counted]) => [id, counted])).toEqual([
      ['a1', false],
      ['a2', false],
      ['d1', true],
      ['d2', true],
    ])
    await applyConfig(store, { now, config: plain })
    expect(await derivedOf(store)).toEqual(before)
    await emptyStore(store)
    await push(store, facts, ruled('argo'))
    expect(await derivedOf(store)).toEqual(anew)
  })

  test('a service that takes over another joins its commits', async () => {
    const store = open()
    await push(
      store,
      [...pushed, commit(0, { repository: 'till' }), commit(5, { repository: 'till' }), deployment('t1', 0, 1, { service: 'till' })],
      configOf(),
    )
    const joined = configOf({ services: [service('shop', { was: ['till'] })] })
    expect(await applyConfig(store, { now, config: joined })).toEqual({ moved: 1 })
    expect((await readServices(store.db)).map(({ id }) => id)).toEqual(['shop'])
    const asked = { services: [{ service: 'shop', from: null, to: null }], environment: 'production', from: 0, to: now }
    expect((await readDeployments(store.db, asked)).map(({ id }) => id).sort()).toEqual(['d1', 'd2', 't1'])
  })
})
