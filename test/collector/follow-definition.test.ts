import { describe, expect, test } from 'vitest'
import { followDefinition } from '../../server/collector/follow-definition.ts'
import { ingest } from '../../server/collector/ingest.ts'
import { defineMetrics } from '../../server/definition.ts'
import { readRevision } from '../../server/store/revision.ts'
import { storeKinds } from '../support/places.ts'
import { configOf, testStore } from '../support/stores.ts'
import { commit, deployment, derivedOf, incident, now } from './facts-fixture.ts'

const standard = configOf({})
const strict = configOf({ definition: defineMetrics({ failureWindow: '1h' }) })
const facts = [commit(0), commit(1), deployment('d1', 0, 1), incident('i1', 1.5, { service: 'shop' })]

describe.each(storeKinds)('rules in force on %s', (kind) => {
  const open = testStore(kind)

  test('a parameter that changed holds for what is stored too, and the time of the data stays', async () => {
    const store = open()
    await followDefinition(store, standard)
    await ingest(store, facts, { now, config: standard, authority: 'push' })
    const before = await derivedOf(store)
    const { asOf } = await readRevision(store.db)
    expect(await followDefinition(store, standard)).toBe(false)
    expect(await followDefinition(store, strict)).toBe(true)
    expect(await derivedOf(store)).not.toEqual(before)
    expect(await followDefinition(store, strict)).toBe(false)
    expect((await readRevision(store.db)).asOf).toBe(asOf)
    expect(await followDefinition(store, standard)).toBe(true)
    expect(await derivedOf(store)).toEqual(before)
  })

  test('a store without facts has nothing to derive', async () => {
    expect(await followDefinition(open(), strict)).toBe(false)
  })
})
