import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { rebuild } from '../../server/collector/rebuild.ts'
import type { Fact } from '../../server/facts.ts'
import { configOf, emptyStore, testStore } from '../support/stores.ts'
import { artifact, change, commit, deployment, derivedOf, digestOf, incident, now, shaOf, start, withdrawal } from './facts-fixture.ts'

const open = testStore('pglite')
const config = configOf()

/** A small history in which every rule has something to say, with versions that compete and withdrawals with a time. */
const facts: Fact[] = [
  ...[0, 1, 2, 3, 4, 6, 7].map((n) => commit(n)),
  commit(5, { message: undefined, author: undefined }),
  commit(5),
  commit(8, { message: `Revert "Change 6"\n\nThis reverts commit ${(commit(6) as { sha: string }).sha}.` }),
  deployment('d1', 0, 1),
  deployment('d2', 2, 2, { updatedAt: start + 1, status: 'failed' }),
  deployment('d2', 2, 2, { updatedAt: start + 2 }),
  deployment('d3', 4, 3, { status: 'running' }),
  deployment('d3', 4, 3),
  deployment('d4', 2, 3.5),
  deployment('d5', 6, 4),
  deployment('d6', 8, 4.5),
  deployment('d7', 7, 5, { updatedAt: start }),
  deployment('d7', 7, 5, { updatedAt: start + 9, version: 'again' }),
  deployment('s1', 1, 2, { service: 'till', repository: 'shop', environment: 'staging' }),
  deployment('t1', 1, 2, { service: 'till', repository: 'shop' }),
  deployment('t2', 5, 6, { service: 'till', repository: 'shop', updatedAt: 1 }),
  deployment('t2', 5, 6, { service: 'shop', repository: 'shop', updatedAt: 2 }),
  withdrawal('deployment', 'd7', { updatedAt: start + 5 }),
  withdrawal('deployment', 'd5', { updatedAt: start }),
  change('1', [1], 0.15),
  change('2', [3, 4], 0.5, { title: 'Zebra' }),
  change('2', [3, 4], 0.5, { title: 'Aardvark' }),
  withdrawal('change', '1', { updatedAt: start }),
  incident('i1', 3.1, { service: 'shop' }),
  incident('i1', 3.1, { service: 'shop', resolvedAt: start + 4 * 86_400_000 }),
  incident('i2', 5, { deployment: 'd6' }),
  incident('i3', 5, { commit: (commit(3) as { sha: string }).sha }),
  incident('i4', 5, { services: ['shop', 'till'] }),
  incident('i5', 5),
  incident('i6', 5, { version: 'again' }),
  withdrawal('incident', 'i5', { source: 'pager', updatedAt: now }),
  deployment('n1', null, 6.5, { digest: digestOf(3) }),
  deployment('n2', null, 7, { digest: digestOf(4), version: 'own' }),
  deployment('n3', null, 7.5, { digest: digestOf(5), repository: 'shop', updatedAt: 1 }),
  deployment('n3', null, 7.5, { digest: digestOf(6), updatedAt: 2 }),
  deployment('n4', 2, 8, { digest: digestOf(6) }),
  deployment('n5', null, 8.5, { digest: digestOf(8) }),
  artifact(3, { version: 'three' }),
  artifact(3, { source: 'api', commit: undefined, version: 'lesser', updatedAt: now }),
  artifact(4, { commit: shaOf(2), updatedAt: 1 }),
  artifact(4, { version: 'other', repository: 'till', updatedAt: 2 }),
  artifact(5),
  artifact(6, { repository: 'shop' }),
  artifact(8),
  incident('i7', 6.6, { version: 'three' }),
  withdrawal('artifact', digestOf(8), { source: 'registry', updatedAt: now }),
  withdrawal('commit', (commit(7) as { sha: string }).sha, { updatedAt: start }),
]

/** All facts in some order, some of them again, cut into batches. */
const arrivals = fc
  .tuple(
    fc.shuffledSubarray(facts, { minLength: facts.length }),
    fc.array(fc.constantFrom(...facts), { maxLength: 12 }),
    fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }),
  )
  .map(([order, again, sizes]) => {
    const all = [...order, ...again]
    const batches: Fact[][] = []
    for (let at = 0, turn = 0; at < all.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1
      batches.push(all.slice(at, at + size))
      at += size
    }
    return batches
  })

test('any order of arrival, any repetition and any batches end in the same rows', async () => {
  const store = open()
  await ingest(store, facts, { now, config, authority: 'push' })
  const expected = await derivedOf(store)
  await rebuild(store, { now, config })
  expect(await derivedOf(store)).toEqual(expected)
  await fc.assert(
    fc.asyncProperty(arrivals, async (batches) => {
      await emptyStore(store)
      for (const batch of batches) await ingest(store, batch, { now, config, authority: 'push' })
      expect(await derivedOf(store)).toEqual(expected)
    }),
    { numRuns: 25, endOnFailure: true },
  )
})
