import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { rebuild } from '../../server/collector/rebuild.ts'
import { setVerdict } from '../../server/collector/set-verdict.ts'
import type { Config, ServiceConfig } from '../../server/config.ts'
import type { Change, Deployment, Fact, Incident } from '../../server/facts.ts'
import { rows } from '../../server/store/database.ts'
import type { Store } from '../../server/store/open.ts'
import { configOf, emptyStore, testStore } from '../support/stores.ts'
import { artifact, change, day, deployment, derivedOf, digestOf, incident, now, shaOf, start, withdrawal } from './facts-fixture.ts'

const counts = vi.hoisted(() => ({ partly: 0, whole: 0 }))

// Limits so small that a short history goes beyond each of them.
vi.mock(import('../../server/collector/derive-tail.ts'), async (original) => {
  const module = await original()
  return {
    ...module,
    async deriveTails(tx, tails, context) {
      const done = await module.deriveTails(tx, tails, context, { most: 9, earlier: 2, alike: 5 })
      counts.partly += done.size
      counts.whole += tails.length - done.size
      return done
    },
  }
})

const plain = configOf()
const service = (id: string, authority?: ServiceConfig['authority']): ServiceConfig => ({
  id,
  sources: [],
  teams: [],
  was: [],
  ...(authority === undefined ? {} : { authority }),
})
// The sources of which facts come are named so that either may be the witness.
const authorities: Config[] = [
  configOf({ services: [service('shop', 'api'), service('till')] }),
  configOf({ services: [service('shop', { staging: 'cd', eu: 'api' }), service('till', 'cd')] }),
]
const environments = ['production', 'production', 'production', 'eu', 'staging']
const versions = ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'hotfix-1']

type Step = { facts: Fact[] } | { verdict: 'failed' | 'not_failed'; of: string }

const hours = fc.integer({ min: 0, max: 47 }).map((half) => half / 48)
const idOf = (prefix: string, count: number) => fc.integer({ min: 1, max: count }).map((n) => `${prefix}${n}`)
const changeId = fc.oneof(idOf('c', 14), idOf('shop#', 6))

/** A deployment about on the day; a later version of the fact may move it a little. */
function deployed(onDay: number): fc.Arbitrary<Fact> {
  return fc
    .record({
      id: idOf('d', 22),
      service: fc.constantFrom('shop', 'shop', 'shop', 'till'),
      environment: fc.constantFrom(...environments),
      version: fc.constantFrom(...versions),
      commit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null, freq: 5 }),
      at: hours,
      took: fc.constantFrom(0, 0.01, 0.3),
      status: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'succeeded', 'running', 'failed', 'cancelled'),
      changes: fc.option(fc.array(changeId, { maxLength: 4 }), { nil: null, freq: 6 }),
      remedies: fc.option(idOf('d', 22), { nil: null, freq: 12 }),
      config: fc.constantFrom(false, false, false, false, true),
      source: fc.constantFrom('api', 'api', 'api', 'cd'),
      image: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null, freq: 3 }),
      updatedAt: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ id, at, took, commit, changes, remedies, config: isConfig, environment, version, status, image, ...more }) => {
      const finished = start + (onDay + at) * day
      const ends = status === 'running' ? {} : { finishedAt: finished }
      const facts: Partial<Deployment> = {
        ...more,
        environment,
        ...(environment === 'eu' ? { tier: 'production' } : {}),
        status: status as Deployment['status'],
        ...(commit === null ? { version } : {}),
        ...(image === null ? {} : { digest: digestOf(image) }),
        ...(changes === null ? {} : { changes }),
        ...(remedies === null ? {} : { remedies }),
        ...(isConfig ? { config: true } : {}),
        startedAt: finished - took * day,
      }
      const { finishedAt: _, ...fact } = deployment(id, commit, 0, facts) as Extract<Fact, { kind: 'deployment' }>
      return { ...fact, ...ends }
    })
}

function merged(onDay: number): fc.Arbitrary<Fact> {
  return fc
    .record({
      id: changeId,
      source: fc.constantFrom('api', 'api', 'api', 'cd'),
      title: fc.constantFrom('A feature', 'A feature', 'Hotfix of it', 'Reapply it'),
      at: hours,
      reverts: fc.option(changeId, { nil: null, freq: 5 }),
      branch: fc.option(fc.constantFrom('revert-2-x', 'revert-5-y', 'main-work', `revert-${shaOf(3).slice(0, 8)}`), { nil: null, freq: 5 }),
      merge: fc.option(fc.integer({ min: 1, max: 5 }), { nil: null, freq: 3 }),
      opened: fc.constantFrom(0.01, 0.4, 3),
      base: fc.option(fc.constantFrom('main', 'release'), { nil: null, freq: 4 }),
      updatedAt: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ id, source, title, at, reverts, branch, merge, opened, base, updatedAt }) => {
      const mergedAt = start + (onDay - 0.5 + at) * day
      const fact: Partial<Change> = {
        source,
        title,
        mergedAt,
        openedAt: mergedAt - opened * day,
        updatedAt,
        ...(reverts === null ? {} : { reverts }),
        ...(branch === null ? {} : { headBranch: branch }),
        ...(merge === null ? {} : { mergeCommit: shaOf(merge) }),
        ...(base === null ? {} : { baseBranch: base }),
      }
      return change(id, [], 0, fact)
    })
}

function reported(onDay: number): fc.Arbitrary<Fact> {
  return fc
    .record({
      id: idOf('i', 8),
      at: hours,
      lasts: fc.option(fc.constantFrom(0.05, 0.5, 2), { nil: null, freq: 2 }),
      names: fc.oneof(
        fc.constant({ service: 'shop' }),
        fc.constant({ service: 'shop' }),
        fc.constant({ services: ['shop', 'till'] }),
        idOf('d', 22).map((id) => ({ deployment: id })),
        fc.constantFrom(...versions).map((version) => ({ service: 'shop', version })),
        fc.integer({ min: 1, max: 4 }).map((n) => ({ commit: shaOf(n) })),
      ),
      cause: fc.option(fc.constantFrom('deployment' as const, 'third_party' as const), { nil: null, freq: 6 }),
      updatedAt: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ id, at, lasts, names, cause, updatedAt }) => {
      const openedAt = start + (onDay + at) * day
      const fact: Partial<Incident> = {
        ...(names as Partial<Incident>),
        openedAt,
        updatedAt,
        ...(lasts === null ? {} : { resolvedAt: openedAt + lasts * day }),
        ...(cause === null ? {} : { cause }),
      }
      return incident(id, 0, fact)
    })
}

function built(): fc.Arbitrary<Fact> {
  return fc
    .record({
      image: fc.integer({ min: 1, max: 4 }),
      source: fc.constantFrom('registry', 'registry', 'mirror'),
      commit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null }),
      version: fc.option(fc.constantFrom(...versions), { nil: null }),
      repository: fc.constantFrom(null, null, 'shop', 'other'),
      updatedAt: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ image, commit, version, repository, ...more }) => {
      const { commit: _, ...fact } = artifact(image, more) as Extract<Fact, { kind: 'artifact' }>
      return {
        ...fact,
        ...(commit === null ? {} : { commit: shaOf(commit) }),
        ...(version === null ? {} : { version }),
        ...(repository === null ? {} : { repository }),
      }
    })
}

function withdrawn(): fc.Arbitrary<Fact> {
  return fc.oneof(
    idOf('d', 22).map((id) => withdrawal('deployment', id)),
    changeId.map((id) => withdrawal('change', id)),
    idOf('i', 8).map((id) => withdrawal('incident', id, { source: 'pager' })),
    fc.integer({ min: 1, max: 4 }).map((image) => withdrawal('artifact', digestOf(image), { source: 'registry' })),
  )
}

/** Mostly as time goes on, and sometimes about a day long past. */
const steps: fc.Arbitrary<Step[]> = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 20 }) }), {
    minLength: 6,
    maxLength: 18,
  })
  .chain((days) =>
    fc.tuple(
      ...days.map((late, index) => {
        const onDay = late ?? 3 + index * 1.5
        const fact = fc.oneof(
          { weight: 6, arbitrary: deployed(onDay) },
          { weight: 5, arbitrary: merged(onDay) },
          { weight: 2, arbitrary: reported(onDay) },
          { weight: 2, arbitrary: built() },
          { weight: 1, arbitrary: withdrawn() },
        )
        return fc.oneof(
          { weight: 9, arbitrary: fc.array(fact, { minLength: 1, maxLength: 4 }).map((facts): Step => ({ facts })) },
          {
            weight: 1,
            arbitrary: fc
              .record({ verdict: fc.constantFrom('failed' as const, 'not_failed' as const), of: idOf('d', 22) })
              .map((step): Step => step),
          },
        )
      }),
    ),
  )

const first: Fact[] = [
  deployment('a1', null, 0, { version: '1', changes: ['c1', 'c2'] }),
  deployment('a2', null, 1, { version: '2', changes: ['c3'] }),
  deployment('a3', null, 0.5, { version: '1', environment: 'eu', tier: 'production', changes: ['c1'] }),
  deployment('a4', null, 0.4, { version: '1', environment: 'staging', changes: ['c1'] }),
  deployment('a5', null, 0.4, { version: '1', service: 'till', changes: [] }),
  ...['c1', 'c2', 'c3', 'shop#1'].map((id) => change(id, [], 0.2)),
]

async function take(store: Store, step: Step, config: Config): Promise<void> {
  if ('facts' in step) await ingest(store, step.facts, { now, config, authority: 'push' })
  else {
    const ref = { source: 'api', id: step.of }
    const known = await rows(
      store.db,
      sql`select 1 from facts where kind = 'deployment' and id = ${step.of} and source = 'api' and not withdrawn`,
    )
    if (known.length > 0) await setVerdict(store, { now, config }, { ref, input: { verdict: step.verdict, by: 'somebody' } })
  }
}

async function stored(store: Pick<Store, 'db'>): Promise<unknown> {
  const spans = await rows(
    store.db,
    sql`select s.key, d.source, d.id, d.identity, d.reach from deployments d join services s on s.id = d.service_id order by 1, 2, 3`,
  )
  return { ...((await derivedOf(store as Store)) as object), spans }
}

class Undo extends Error {}

/** What a rebuild would derive; nothing of it stays. */
async function rebuilt(store: Store, config: Config): Promise<unknown> {
  let result: unknown
  await store
    .transaction(async (tx) => {
      const inside: Store = { ...store, db: tx, transaction: (work) => work(tx) }
      await rebuild(inside, { now, config })
      result = await stored(inside)
      throw new Undo()
    })
    .catch((error) => {
      if (!(error instanceof Undo)) throw error
    })
  return result
}

describe.each(['pglite', 'postgres'] as const)('on %s', (kind) => {
  const open = testStore(kind)

  test('after every batch, what is derived is what all facts derive', { timeout: 600_000 }, async () => {
    const store = open()
    counts.partly = 0
    counts.whole = 0
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        await emptyStore(store)
        await ingest(store, first, { now, config: plain, authority: 'push' })
        for (const step of history) {
          await take(store, step, plain)
          expect(await stored(store)).toEqual(await rebuilt(store, plain))
        }
      }),
      { numRuns: 30, endOnFailure: true },
    )
    expect(counts.partly).toBeGreaterThan(20)
    expect(counts.whole).toBeGreaterThan(5)
  })

  test('and so it is where the word of one source holds, with what the others add', { timeout: 600_000 }, async () => {
    const store = open()
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(...authorities), async (history, config) => {
        await emptyStore(store)
        await ingest(store, first, { now, config, authority: 'push' })
        for (const step of history) {
          await take(store, step, config)
          expect(await stored(store)).toEqual(await rebuilt(store, config))
        }
      }),
      { numRuns: 12, endOnFailure: true },
    )
  })
})
