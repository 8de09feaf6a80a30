import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { rebuild } from '../../server/collector/rebuild.ts'
import type { Fact } from '../../server/facts.ts'
import { rows } from '../../server/store/database.ts'
import { openStore, type Store, type StoreLocation } from '../../server/store/open.ts'
import { openPlaces, type Places } from '../support/places.ts'
import { configOf } from '../support/stores.ts'
import { change, commit, deployment, derivedOf, incident, now } from './facts-fixture.ts'

const config = configOf({
  services: ['shop0', 'shop1', 'shop2', 'till'].map((id, n) => ({ id, sources: [], teams: [{ team: `t${n % 2}`, from: null }], was: [] })),
  teams: [
    { id: 't0', title: 'T0' },
    { id: 't1', title: 'T1', parent: 't0' },
  ],
})

describe('threads of a rebuild', () => {
  let places: Places
  let place: StoreLocation
  let store: Store

  beforeAll(async () => {
    places = await openPlaces('postgres')
    place = await places.next()
    store = await openStore(place)
    const facts: Fact[] = []
    for (let n = 0; n < 40; n++) {
      const service = `shop${n % 3}`
      facts.push(change(`c${n}`, [], n / 4, { service }))
      facts.push(deployment(`d${n}`, null, n / 4 + 0.1, { service, version: `${n}`, changes: [`c${n}`] }))
      if (n % 5 === 0) facts.push(incident(`i${n}`, n / 4 + 0.2, { service }))
      facts.push(commit(n, { repository: 'till' }), deployment(`t${n}`, n, n / 4 + 0.3, { service: 'till' }))
    }
    await ingest(store, facts, { now, config, authority: 'push' })
  })
  afterAll(async () => {
    await store.close()
    await places.end()
  })

  async function stored(): Promise<unknown> {
    const tallies = await rows(
      store.db,
      sql`select scope, tier, unit, period, encode(main, 'hex') as main, encode(moments, 'hex') as moments, encode(timeline, 'hex') as timeline
        from tallies where length(moments) > 1 order by 1, 2, 3, 4`,
    )
    return { derived: await derivedOf(store), tallies }
  }

  test('what they derive is what was derived as the facts came', async () => {
    const before = await stored()
    expect(await rebuild(store, { now, config }, place)).toEqual({ services: 4 })
    expect(await stored()).toEqual(before)
  })

  test('a fault of theirs is a fault of the rebuild', async () => {
    const nowhere = { ...place, databaseUrl: `${place.databaseUrl}-gone` }
    await expect(rebuild(store, { now, config }, nowhere)).rejects.toThrow('the database does not exist')
    await rebuild(store, { now, config })
  })
})
