/** What saving and deriving cost on both stores, beside plain inserts of the same rows. */
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { collectSource } from '../../server/collector/collect.ts'
import { rebuild } from '../../server/collector/rebuild.ts'
import { rows } from '../../server/store/database.ts'
import { openStore, type Store } from '../../server/store/open.ts'
import { configOf, now, repositoryAt } from '../crash/rounds.ts'
import { openPlaces, storeKinds } from '../support/places.ts'
import type { Figure } from './bench.ts'

const chunk = 5000

export async function* measureStores(folder: string, repository: string): AsyncGenerator<Figure> {
  for (const kind of storeKinds) {
    const places = await openPlaces(kind)
    try {
      const store = await openStore(await places.next())
      yield* measureStore(store, folder, repository)
      await store.close()
    } finally {
      await places.end()
    }
  }
}

async function* measureStore(store: Store, folder: string, repository: string): AsyncGenerator<Figure> {
  const config = configOf(repositoryAt(repository))
  const deps = { store, config, dataDir: folder, now: () => new Date(now), log: pino({ level: 'silent' }) }
  let count = 0
  const collecting = await timed(async () => {
    count = (await collectSource(deps, 'shop', new AbortController().signal)).counts.commits
  })
  const inserting = await timed(() => insertPlainly(store, count))
  const deriving = await timed(() => rebuild(store, { config, now }))
  const name = (what: string) => `${store.kind}: ${what}`
  yield { name: name('plain insert of as many rows as commits'), value: count / inserting, unit: 'rows/s' }
  yield { name: name('collect: read, save and derive'), value: count / collecting, unit: 'rows/s', ratio: inserting / collecting }
  yield { name: name('derive everything anew'), value: count / deriving, unit: 'rows/s', ratio: inserting / deriving }
}

/** The columns of a commit, without keys and without reading any. */
async function insertPlainly(store: Store, count: number): Promise<void> {
  await rows(
    store.db,
    sql`create table plain (n int, sha bytea, parents bytea, authored_at bigint, committed_at bigint, author text, subject text)`,
  )
  for (let first = 0; first < count; first += chunk) {
    const values = Array.from({ length: Math.min(chunk, count - first) }, (_, index) => {
      const sha = (first + index).toString(16).padStart(40, 'a')
      return {
        n: first + index,
        sha,
        parents: sha,
        authored_at: now,
        committed_at: now,
        author: sha.slice(0, 16),
        subject: `Change number ${first + index}`,
      }
    })
    await rows(
      store.db,
      sql`insert into plain select n, decode(sha, 'hex'), decode(parents, 'hex'), authored_at, committed_at, author, subject
        from json_to_recordset(${JSON.stringify(values)}::text::json)
        as t(n int, sha text, parents text, authored_at bigint, committed_at bigint, author text, subject text)`,
    )
  }
  await rows(store.db, sql`drop table plain`)
}

/** Seconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1000
}
