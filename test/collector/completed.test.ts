import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyConfig } from '../../server/collector/apply-config.ts'
import { ingest } from '../../server/collector/ingest.ts'
import { exportAll, importAll } from '../../server/collector/transfer.ts'
import type { Config } from '../../server/config.ts'
import type { Artifact, Fact } from '../../server/facts.ts'
import { readDeployment } from '../../server/store/deployments.ts'
import { readFactPages } from '../../server/store/facts.ts'
import type { Store } from '../../server/store/open.ts'
import { configOf, emptyStore, testStore } from '../support/stores.ts'
import { artifact, change, commit, day, deployment, derivedOf, digestOf, incident, now, shaOf, withdrawal } from './facts-fixture.ts'

const config = configOf()
const image = (id: string, n: number, onDay: number, more = {}) => deployment(id, null, onDay, { digest: digestOf(n), ...more })
const history = [...[0, 1, 2, 3].map((n) => commit(n)), deployment('d0', 0, 1)]

async function take(store: Store, facts: Fact[], authority: 'push' | 'collector' = 'push') {
  return ingest(store, facts, { now, config, authority })
}

async function live(store: Store, id = 'd1') {
  const row = await readDeployment(store.db, { source: 'api', id })
  return row && { commit: row.commit, version: row.version, repository: row.repository, kind: row.kind, changes: row.changes }
}

async function factRows(store: Store): Promise<unknown[]> {
  const found: unknown[] = []
  for (const kind of ['deployment', 'artifact'] as const) for await (const page of readFactPages(store.db, kind)) found.push(...page)
  return found.map((row) => ({ ...(row as object), serviceId: null, repositoryId: null }))
}

async function textOf(store: Store): Promise<string> {
  let text = ''
  for await (const part of exportAll(store)) text += part
  return text
}

const carrying = { commit: shaOf(3), version: 'v3', repository: 'shop', kind: 'code', changes: 3 }
const bare = { commit: null, version: null, repository: 'shop', kind: 'code', changes: 0 }

describe.each(['pglite', 'postgres'] as const)('on %s', (kind) => {
  const open = testStore(kind)

  test.each([
    ['first', [[artifact(3, { version: 'v3' })], [image('d1', 3, 2)]]],
    ['later', [[image('d1', 3, 2)], [artifact(3, { version: 'v3' })]]],
    ['together', [[image('d1', 3, 2), artifact(3, { version: 'v3' })]]],
    ['before the commits', [[image('d1', 3, 2)], [artifact(3, { version: 'v3' })], history]],
  ])('a deployment that names only a digest carries what its artifact was built from: %s', async (_, batches) => {
    const store = open()
    if (!batches.includes(history)) await take(store, history)
    for (const batch of batches) await take(store, batch as Fact[])
    expect(await live(store)).toEqual(carrying)
    const { changes } = (await derivedOf(store)) as { changes: { id: string; deployed_at: number; started_at: number }[] }
    const leads = changes.flatMap(({ id, deployed_at, started_at }) => (id === 'd1' ? deployed_at - started_at : [])).sort((a, b) => b - a)
    expect(leads).toEqual([1.9, 1.8, 1.7].map((days) => days * day + 60_000))
  })

  test('an image alone is no deployment, and makes no service', async () => {
    const store = open()
    expect(await take(store, [artifact(3)])).toEqual({ accepted: 1, unchanged: 0 })
    expect(await take(store, [artifact(3)])).toEqual({ accepted: 0, unchanged: 1 })
    expect(await textOf(store)).not.toContain('{"service":')
  })

  test('what the deployment says itself stays; without a digest or with a commit it takes nothing', async () => {
    const store = open()
    await take(store, history)
    await take(store, [artifact(3, { version: 'v3', repository: 'elsewhere' })])
    await take(store, [
      image('own', 3, 2, { version: 'mine', repository: 'shop' }),
      image('pinned', 3, 3, { commit: shaOf(1) }),
      deployment('plain', null, 4),
    ])
    expect(await live(store, 'own')).toMatchObject({ commit: shaOf(3), version: 'mine', repository: 'shop', changes: 3 })
    expect(await live(store, 'pinned')).toMatchObject({ commit: shaOf(1), version: null })
    expect(await live(store, 'plain')).toMatchObject(bare)
  })

  test('the repository of the artifact is that of a deployment which names none, until it is gone', async () => {
    const store = open()
    const elsewhere = [0, 1, 2].map((n) => commit(n, { repository: 'acme/web' }))
    await take(store, elsewhere)
    await take(store, [image('d0', 0, 1), image('d1', 2, 2)])
    await take(store, [artifact(0, { repository: 'acme/web' }), artifact(2, { repository: 'acme/web' })])
    expect(await live(store)).toMatchObject({ commit: shaOf(2), repository: 'acme/web', changes: 2 })
    await take(store, [withdrawal('artifact', digestOf(2), { source: 'registry' })])
    expect(await live(store)).toEqual(bare)
  })

  test('a label that changes moves the deployment; one that is withdrawn leaves it as it was sent', async () => {
    const store = open()
    await take(store, history)
    await take(store, [image('d1', 3, 2)])
    await take(store, [artifact(3, { version: 'v3', updatedAt: 1 })])
    await take(store, [artifact(3, { commit: shaOf(1), updatedAt: 2 })])
    expect(await live(store)).toMatchObject({ commit: shaOf(1), version: null, changes: 1 })
    await take(store, [artifact(3, { version: 'late', updatedAt: 1 })])
    expect(await live(store)).toMatchObject({ commit: shaOf(1), version: null })
    await take(store, [withdrawal('artifact', digestOf(3), { source: 'registry' })])
    expect(await live(store)).toEqual(bare)
    await take(store, [artifact(3, { version: 'v3', updatedAt: 3 })])
    expect(await live(store)).toEqual(carrying)
  })

  test('a repeat of the deployment changes nothing, and a newer version of it is completed again', async () => {
    const store = open()
    await take(store, [...history, artifact(3, { version: 'v3' }), artifact(2)])
    await take(store, [image('d1', 3, 2, { updatedAt: 1 })])
    expect(await take(store, [image('d1', 3, 2, { updatedAt: 1 })])).toEqual({ accepted: 0, unchanged: 1 })
    expect(await live(store)).toEqual(carrying)
    await take(store, [image('d1', 2, 2, { updatedAt: 2 })])
    expect(await live(store)).toMatchObject({ commit: shaOf(2), version: null, changes: 2 })
    await take(store, [image('d1', 3, 2, { updatedAt: 1 })])
    expect(await live(store)).toMatchObject({ commit: shaOf(2) })
  })

  test('of several that tie the digest the one with a commit holds, then the newer', async () => {
    const store = open()
    await take(store, [...history, image('d1', 3, 2)])
    await take(store, [artifact(3, { updatedAt: 5 })])
    await take(store, [{ ...artifact(3, { source: 'mirror', updatedAt: 9, version: 'bare' }), commit: undefined } as Fact])
    expect(await live(store)).toMatchObject({ commit: shaOf(3), version: null })
    await take(store, [artifact(3, { source: 'api', updatedAt: 7, commit: shaOf(2) })])
    expect(await live(store)).toMatchObject({ commit: shaOf(2) })
    await take(store, [withdrawal('artifact', digestOf(3), { source: 'api' })])
    expect(await live(store)).toMatchObject({ commit: shaOf(3) })
  })

  test('an incident that names the commit finds its culprit when the artifact comes', async () => {
    const store = open()
    await take(store, [...history, image('d1', 3, 2), incident('i1', 5, { service: 'shop', commit: shaOf(3) })])
    expect((await readDeployment(store.db, { source: 'api', id: 'd1' }))?.failure).toBeNull()
    await take(store, [artifact(3)])
    expect((await readDeployment(store.db, { source: 'api', id: 'd1' }))?.failure?.rule).toBe('explicit')
  })

  test('changes that name their merge commits are carried without a commit graph', async () => {
    const store = open()
    await take(store, [image('d0', 0, 1, { changes: [] }), change('1', [], 1.2, { mergeCommit: shaOf(3) }), image('d1', 3, 2)])
    await take(store, [artifact(0), artifact(3)])
    expect(await live(store)).toMatchObject({ commit: shaOf(3) })
  })

  test('an export holds the ties and what was sent, and an import derives the same', async () => {
    const store = open()
    await take(store, [...history, image('d1', 3, 2), artifact(3, { version: 'v3' })])
    const text = await textOf(store)
    await emptyStore(store)
    await importAll(store, text.trimEnd().split('\n'), { now, config })
    expect(await live(store)).toEqual(carrying)
    await take(store, [withdrawal('artifact', digestOf(3), { source: 'registry' })])
    expect(await live(store)).toEqual(bare)
  })

  test('an export made before there were artifacts can be imported', async () => {
    const store = open()
    await take(store, [...history, deployment('d1', 3, 2)])
    const text = (await textOf(store)).replaceAll(',"sent":null', '')
    await emptyStore(store)
    await importAll(store, text.trimEnd().split('\n'), { now, config })
    expect(await live(store)).toMatchObject({ commit: shaOf(3), changes: 3 })
  })

  test('a service that is renamed takes its completed deployments along', async () => {
    const store = open()
    await take(store, [...history, image('d1', 3, 2), artifact(3, { version: 'v3' })])
    const renamed = configOf({
      services: [{ id: 'store', title: 'Store', was: ['shop'], sources: [], teams: [] }] as unknown as Config['services'],
    })
    await applyConfig(store, { now, config: renamed })
    expect(await live(store)).toMatchObject({ commit: shaOf(3), changes: 3, repository: 'store' })
    await ingest(store, [withdrawal('artifact', digestOf(3), { source: 'registry' })], { now, config: renamed, authority: 'push' })
    expect(await live(store)).toMatchObject({ commit: null, repository: 'store' })
  })

  test('writers at the same moment miss nothing of each other', async () => {
    const store = open()
    await take(store, history)
    for (let n = 10; n < 16; n++) {
      const pair = [[image(`d${n}`, n, n)], [artifact(n, { commit: shaOf(3) })]]
      await Promise.all((n % 2 === 0 ? pair : pair.reverse()).map((facts) => take(store, facts)))
      expect(await live(store, `d${n}`)).toMatchObject({ commit: shaOf(3) })
    }
  })
})

describe('whatever the order', () => {
  const open = testStore('pglite')
  const facts: Fact[] = [
    image('a', 1, 2, { updatedAt: 1 }),
    image('a', 2, 2, { updatedAt: 2, version: 'mine' }),
    image('b', 1, 3, { repository: 'shop' }),
    image('b', 1, 3, { status: 'failed', repository: 'shop' }),
    image('c', 3, 4),
    withdrawal('deployment', 'c', { updatedAt: now }),
    artifact(1, { updatedAt: 1, repository: 'x' }),
    artifact(1, { updatedAt: 2, version: 'v1' }),
    artifact(1, { source: 'mirror', updatedAt: 2, commit: shaOf(2) }),
    artifact(2, { repository: 'y' } satisfies Partial<Artifact>),
    artifact(3),
    withdrawal('artifact', digestOf(1), { source: 'mirror', updatedAt: 2 }),
  ]

  test('the same facts stand, completed alike', async () => {
    const store = open()
    await take(store, facts)
    const expected = await factRows(store)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(facts, { minLength: facts.length }), fc.integer({ min: 1, max: 5 }), async (order, size) => {
        await emptyStore(store)
        for (let at = 0; at < order.length; at += size) await take(store, order.slice(at, at + size))
        expect(await factRows(store)).toEqual(expected)
      }),
      { numRuns: 20, endOnFailure: true },
    )
  })
})
