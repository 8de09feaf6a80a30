/** Batches that arrive while another is written are written together, in one transaction: most of its cost is the same for one and for several. */
import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'
import { type Batch, joinBatches } from './batch.ts'
import { inTurn } from './in-turn.ts'
import type { ChangeContext, IngestContext, Ingested } from './ingest.ts'

/** Saves a batch in the transaction; answers each of its requests. */
export type SaveJoined = (tx: Db, batch: Batch, context: IngestContext) => Promise<Ingested[]>

interface Pending {
  batch: Batch
  context: ChangeContext
  resolve(answer: Ingested): void
  reject(error: unknown): void
}

/** Facts in one transaction, unless a single request has more. */
const mostFacts = 2000

const lines = new WeakMap<Store, Pending[]>()

/** Saves a batch of one request, or nothing; throws what saving it alone throws. */
export function saveJoined(store: Store, batch: Batch, context: ChangeContext, save: SaveJoined): Promise<Ingested> {
  return new Promise((resolve, reject) => {
    const line = lines.get(store) ?? []
    lines.set(store, line)
    line.push({ batch, context, resolve, reject })
    // Otherwise one that came before takes it along, or goes on with it.
    if (line.length === 1) void saveFirst(store, line, save)
  })
}

async function saveFirst(store: Store, line: Pending[], save: SaveJoined): Promise<void> {
  let taken: Pending[] | null = null
  const take = (): Pending[] => {
    if (taken !== null) return taken
    taken = takeFirst(line)
    if (line.length > 0) void saveFirst(store, line, save)
    return taken
  }
  try {
    const answers = await inTurn(store, (tx) => saveAll(tx, take(), save))
    answer(take(), answers)
  } catch (error) {
    const failed = take()
    if (failed.length === 1) failed[0]?.reject(error)
    // One must not fail for what another holds.
    else for (const one of failed) await saveAlone(store, one, save)
  }
}

async function saveAlone(store: Store, one: Pending, save: SaveJoined): Promise<void> {
  try {
    answer([one], await inTurn(store, (tx) => saveAll(tx, [one], save)))
  } catch (error) {
    one.reject(error)
  }
}

function saveAll(tx: Db, group: Pending[], save: SaveJoined): Promise<Ingested[]> {
  const { config } = (group[0] as Pending).context
  const now = Math.max(...group.map(({ context }) => context.now))
  return save(tx, joinBatches(group.map(({ batch }) => batch)), { now, config, authority: 'push' })
}

function answer(group: Pending[], answers: Ingested[]): void {
  for (const [index, { resolve }] of group.entries()) resolve(answers[index] as Ingested)
}

/** Those that came first, as many as may go together: with the same configuration. */
function takeFirst(line: Pending[]): Pending[] {
  let facts = 0
  const after = line.findIndex(({ batch, context }, index) => {
    facts += batch.facts.size
    return index > 0 && (facts > mostFacts || context.config !== line[0]?.context.config)
  })
  return line.splice(0, after < 0 ? line.length : after)
}
