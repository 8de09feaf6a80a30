import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { rebuild } from '../../server/collector/rebuild.ts'
import type { Fact } from '../../server/facts.ts'
import { openStore, type Store } from '../../server/store/open.ts'
import { openPlaces, type Places } from '../support/places.ts'
import { configOf } from '../support/stores.ts'
import { change, commit, deployment, derivedOf, incident, now, shaOf } from './facts-fixture.ts'

const config = configOf()

describe('several processes write to one PostgreSQL', () => {
  let places: Places
  let stores: Store[]

  beforeAll(async () => {
    places = await openPlaces('postgres')
    const place = await places.next()
    // Each has its own connections and memory, and they all find the database empty at once.
    stores = await Promise.all([1, 2, 3].map(() => openStore(place)))
  })
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await places.end()
  })

  test('what is derived is what a rebuild of all their facts derives', async () => {
    const groups: Fact[][] = [[], [], []]
    for (let n = 0; n < 30; n++) groups[n % 3]?.push(commit(n), commit(n, { repository: 'till' }))
    for (let n = 0; n < 30; n += 2) {
      groups[(n + 1) % 3]?.push(deployment(`d${n}`, n, n / 10 + 1), deployment(`t${n}`, n, n / 10 + 1, { service: 'till' }))
      groups[(n + 2) % 3]?.push(
        incident(`i${n}`, n / 10 + 1.05, { services: ['till', 'shop'], ...(n % 4 ? { deployment: `d${n}` } : { commit: shaOf(n) }) }),
      )
      groups[n % 3]?.push(change(`p${n}`, [n], n / 10))
    }
    await Promise.all(
      stores.map(async (store, index) => {
        const facts = groups[index] ?? []
        for (let at = 0; at < facts.length; at += 4) {
          await ingest(store, facts.slice(at, at + 4), { now, config, authority: 'push' })
        }
      }),
    )
    const [store] = stores as [Store]
    const incremental = await derivedOf(store)
    await rebuild(store, { now, config })
    expect(await derivedOf(store)).toEqual(incremental)
  })

  test('only one of them collects a source at a time', async () => {
    const [first, second] = stores as [Store, Store]
    const inside = await first.withSourceLock('shop', async () => [
      await second.withSourceLock('shop', async () => 'both'),
      await first.withSourceLock('shop', async () => 'twice'),
      await second.withSourceLock('till', async () => 'another source'),
    ])
    expect(inside).toEqual([null, null, 'another source'])
    expect(await second.withSourceLock('shop', async () => 'afterwards')).toBe('afterwards')
  })

  test('of two runs that expect the same cursor one is told of the conflict', async () => {
    const runs = stores.map((store) => {
      const cursor = { sourceId: 'git1', expected: null, next: 'one' }
      return ingest(store, [commit(99)], { now, config, authority: 'collector', cursor })
    })
    const results = await Promise.allSettled(runs)
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
  })
})
