/** The one way in for every fact: facts, derivation and cursor in one transaction. */
import type { Config } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import type { Fact, FactKind, Instant } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { idsBeginning, servicesOfRepositories } from '../store/facts.ts'
import { bumpRevision, readSalt } from '../store/meta.ts'
import { lockSource, moveCoverage, moveCursor, notePush, noteSuccess } from '../store/sources.ts'
import type { Store } from '../store/store.ts'
import { type Batch, isJoinable, type Request, sortBatch, withdrawFirst } from './batch.ts'
import { deriveServices } from './derive-services.ts'
import { type Graphs, graphsOf } from './graphs.ts'
import { inTurn } from './in-turn.ts'
import { saveCommits } from './save-commits.ts'
import { saveFacts } from './save-facts.ts'
import { saveJoined } from './save-joined.ts'
import { settle } from './settle.ts'
import { type Touched, touchIncidents } from './touched.ts'
import { fileUnassigned } from './unassigned.ts'

export interface IngestContext {
  now: Instant
  config: Config
  /** `collector`: a source that is its own single writer; `push`: anybody. */
  authority: 'collector' | 'push'
  /** Where the source goes on after these facts; saved with them if it still stands where it was expected. */
  cursor?: { sourceId: string; expected: string | null; next: string; coveredFrom?: Instant }
  /** Facts that are withdrawn before these are saved, by how their ids begin. */
  withdraw?: { source: string; of: FactKind; prefix: string }[]
}

export type ChangeContext = Pick<IngestContext, 'now' | 'config'>

export interface Ingested {
  /** Facts that changed something. */
  accepted: number
  /** Facts that were known already. */
  unchanged: number
  /** Facts that stay withdrawn, which a withdrawal before them asked for; absent where there are none. */
  withdrawn?: number
}

/**
 * Saves the facts and all that follows from them, or nothing. Throws ShiplogError `conflict` where another run moved the cursor,
 * `invalid` where a fact names a service that is not configured.
 */
export async function ingest(store: Store, facts: Iterable<Fact>, context: IngestContext): Promise<Ingested> {
  const list = [...facts]
  const salt = list.some(({ kind }) => kind === 'commit') ? await readSalt(store.db) : ''
  const batch = sortBatch(list, { ...context, salt })
  if (context.authority === 'push' && !context.cursor && !context.withdraw && isJoinable(batch)) {
    return saveJoined(store, batch, context, (tx, joined, together) => save(tx, joined, together, graphsOf(store)))
  }
  const [answer] = await inTurn(store, (tx) => save(tx, batch, context, graphsOf(store)))
  return answer as Ingested
}

/** The answer to each request of the batch. */
async function save(tx: Db, batch: Batch, context: IngestContext, graphs: Graphs): Promise<Ingested[]> {
  const { cursor, config, now, authority } = context
  if (cursor) await claimCursor(tx, cursor)
  if (authority === 'push') await notePush(tx, sourcesOf(batch.requests))
  const touched: Touched = {
    counts: batch.requests.map(({ repeats }) => ({ accepted: 0, unchanged: repeats, withdrawn: 0 })),
    altering: new Set(),
    services: new Set(),
    repositories: new Set(),
    regraphed: new Set(),
    incidents: new Map(),
  }
  for (const { source, of, prefix } of context.withdraw ?? []) withdrawFirst(batch, of, source, await idsBeginning(tx, of, source, prefix))
  const changed = await saveFacts(tx, batch, context, touched)
  const arrived = await saveCommits(tx, batch, changed, touched, { graphs, now })
  if (cursor) await moveCursor(tx, cursor.sourceId, cursor.next)
  const coverage = cursor?.coveredFrom !== undefined && (await moveCoverage(tx, cursor.sourceId, cursor.coveredFrom))
  const answers = touched.counts.map(({ withdrawn, ...counts }) => ({ ...counts, ...(withdrawn > 0 ? { withdrawn } : {}) }))
  if (answers.every(({ accepted }) => accepted === 0) && changed.length === 0 && touched.repositories.size === 0) {
    if (coverage) await bumpRevision(tx, now)
    return answers
  }
  for (const id of await servicesOfRepositories(tx, [...touched.repositories])) touched.services.add(id)
  await touchIncidents(tx, changed, arrived, touched, config)
  const cause = { changed, regraphed: touched.regraphed, judged: [] }
  const { unfiled, written } = await deriveServices(tx, touched.services, { config, now, graphs }, cause)
  for (const ref of unfiled) touched.incidents.set(refKey(ref), ref)
  await fileUnassigned(tx, touched.incidents.values(), config)
  if (authority === 'push') {
    const altering = batch.requests.filter((_, index) => batch.requests.length === 1 || touched.altering.has(index))
    for (const source of [...sourcesOf(altering)].sort()) await noteSuccess(tx, source, now)
  }
  await settle(tx, written, context)
  return answers
}

function sourcesOf(requests: Request[]): Set<string> {
  return new Set(requests.flatMap(({ sources }) => [...sources]))
}

async function claimCursor(tx: Db, { sourceId, expected }: NonNullable<IngestContext['cursor']>): Promise<void> {
  const { cursor } = await lockSource(tx, sourceId)
  if (cursor === expected) return
  throw new ShiplogError(
    'conflict',
    `Another run has moved the cursor of source ${sourceId} meanwhile. Nothing was saved; collect it again.`,
  )
}
