/** Reads what systems sent, after they were answered: facts and names of what changed, for which the source is asked. */
import { join } from 'node:path'
import { serviceOf } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import type { Fact } from '../facts.ts'
import { sources } from '../sources/index.ts'
import type { Context, Received } from '../sources/source.ts'
import {
  type FailedAttempt,
  failDeliveries,
  finishDeliveries,
  type PendingDelivery,
  pruneDeliveries,
  readNextAttempt,
  retryDeliveries,
  takeDeliveries,
} from '../store/inbox.ts'
import { readCursor } from '../store/sources.ts'
import type { CollectDeps } from './collect.ts'
import { ingest } from './ingest.ts'
import { joinFacts } from './join-facts.ts'
import { canReceive } from './receive.ts'
import { runError } from './run-error.ts'
import { needsFiles } from './shared-facts.ts'

export type InboxDeps = Omit<CollectDeps, 'onProgress'>

export interface Inbox {
  /** Something was kept for this source: it is read in a moment, together with what comes until then. */
  wake(sourceId: string): void
  /** Puts the deliveries of this source that failed back among the pending; answers how many. */
  retry(sourceId: string): Promise<number>
  /** Ends at the next batch and leaves nothing running; what is pending stays so. May be called again. */
  stop(): Promise<void>
}

const debounceMs = 200
/** After this long a source is looked at even if nobody woke it: another process may have kept something and ended. */
const pollMs = 60_000
/** The source is being collected, or another process reads its deliveries: both use what it keeps in its folder. */
const busyMs = 1000
const pruneMs = 3_600_000

const batchBytes = 32 * 1024 * 1024
/** A delivery that fails takes others with it: the more often they failed, the fewer are tried together. */
const batchCount = (attempts: number) => Math.max(1, Math.floor(500 / 8 ** attempts))
/** A source that fails so often in a row is left alone until the next poll. */
const failuresInARow = 3

/** Attempts are 30 s apart at first and 6 h at last: 9 hours in all. */
const maxAttempts = 8
const retryMs = (attempts: number) => 30_000 * 3 ** (attempts - 1)

interface Line {
  sourceId: string
  type: string
  options: unknown
  timer: NodeJS.Timeout | null
  /** The timer is that of a debounce. */
  soon: boolean
  running: Promise<void> | null
  /** Woken while it ran. */
  again: boolean
}

/** Takes up what is pending, then what comes; rejects never. */
export function startInbox(deps: InboxDeps): Inbox {
  const { config, store, log, now } = deps
  const stopping = new AbortController()
  const lines = new Map<string, Line>()
  let pruning: Promise<void> = prune()
  const pruneTimer = setInterval(() => {
    pruning = prune()
  }, pruneMs)

  function wake(sourceId: string): void {
    const line = lines.get(sourceId)
    if (!line || line.soon) return
    if (line.running) line.again = true
    else runIn(line, debounceMs, true)
  }

  function runIn(line: Line, ms: number, soon: boolean): void {
    if (stopping.signal.aborted) return
    if (line.timer) clearTimeout(line.timer)
    line.soon = soon
    line.timer = setTimeout(() => {
      line.soon = false
      line.again = false
      line.running = run(line)
    }, ms)
  }

  async function run(line: Line): Promise<void> {
    let waitMs = pollMs
    try {
      waitMs = (await store.withSourceLock(line.sourceId, () => readDue(deps, line, stopping.signal))) ?? busyMs
    } catch (err) {
      log.error({ source: line.sourceId, err }, 'deliveries could not be read')
    }
    line.running = null
    runIn(line, line.again ? debounceMs : waitMs, line.again)
  }

  async function prune(): Promise<void> {
    await pruneDeliveries(store.db, now().getTime()).catch((err) => log.error({ err }, 'old deliveries not removed'))
  }

  for (const { id, type, options } of config.sources) {
    if (!canReceive(type)) continue
    lines.set(id, { sourceId: id, type, options, timer: null, soon: false, running: null, again: false })
    wake(id)
  }

  return {
    wake,
    async retry(sourceId) {
      const retried = await retryDeliveries(store.db, sourceId, now().getTime())
      if (retried > 0) wake(sourceId)
      return retried
    },
    async stop() {
      stopping.abort()
      clearInterval(pruneTimer)
      for (const { timer } of lines.values()) if (timer) clearTimeout(timer)
      await Promise.all([pruning, ...[...lines.values()].map(({ running }) => running)])
    },
  }
}

/** Until nothing is due or the signal says stop; answers after how many milliseconds to look again. The caller holds the source's lock. */
async function readDue(deps: InboxDeps, line: Line, signal: AbortSignal): Promise<number> {
  const { store, now } = deps
  let failures = 0
  while (!signal.aborted) {
    const question = { source: line.sourceId, now: now().getTime(), count: batchCount, bytes: batchBytes }
    const taken = await takeDeliveries(store.db, question)
    if (taken.length === 0) break
    failures = (await readBatch(deps, line, taken, signal)) ? 0 : failures + 1
    if (failures === failuresInARow) return pollMs
  }
  const next = await readNextAttempt(store.db, line.sourceId)
  return next === null ? pollMs : Math.min(Math.max(next - now().getTime(), debounceMs), pollMs)
}

/** Whether the batch is done with. A crash before its deliveries are marked reads them again, and facts that are known change nothing. */
async function readBatch(deps: InboxDeps, line: Line, taken: PendingDelivery[], signal: AbortSignal): Promise<boolean> {
  const { store, now } = deps
  const log = deps.log.child({ source: line.sourceId })
  const { understood, received, refused } = readEach(deps, line, taken)
  if (refused.length > 0) {
    await failDeliveries(store.db, refused)
    log.warn({ deliveries: refused.length, first: refused[0]?.error.message }, 'deliveries not understood')
  }
  if (understood.length === 0) return true
  try {
    const saved = await save(deps, line, received, signal)
    // What was saved is not lost, and what was not is asked for again.
    if (signal.aborted) return false
    await finishDeliveries(
      store.db,
      understood.map(({ n }) => n),
      now().getTime(),
    )
    log.info({ deliveries: understood.length, ...saved }, 'deliveries read')
    return true
  } catch (err) {
    if (signal.aborted) return false
    log.warn({ deliveries: understood.length, attempts: (understood[0]?.attempts ?? 0) + 1, err }, 'deliveries failed')
    const error = runError(err)
    await failDeliveries(
      store.db,
      understood.map(({ n, attempts }) => ({ n, error, nextAttemptAt: nextAttempt(attempts + 1, now()) })),
    )
    return false
  }
}

function nextAttempt(attempts: number, now: Date): number | null {
  return attempts >= maxAttempts ? null : now.getTime() + retryMs(attempts)
}

/** One that is not understood now never will be, and is no matter of the others. */
function readEach(deps: InboxDeps, line: Line, taken: PendingDelivery[]) {
  const understood: PendingDelivery[] = []
  const received: Received[] = []
  const refused: FailedAttempt[] = []
  for (const delivery of taken) {
    try {
      received.push(readOne(deps, line, delivery))
      understood.push(delivery)
    } catch (error) {
      refused.push({ n: delivery.n, nextAttemptAt: null, error: runError(error) })
    }
  }
  return { understood, received, refused }
}

function readOne({ config }: InboxDeps, { sourceId, type, options }: Line, { headers, body, receivedAt }: PendingDelivery): Received {
  const receiver = sources[type]?.receive
  if (!receiver) throw new ShiplogError('invalid', `Sources of the type ${type} take no deliveries.`)
  return receiver.read(options, { headers, body }, { sourceId, service: serviceOf(config, sourceId), receivedAt })
}

async function save(deps: InboxDeps, { sourceId, type, options }: Line, received: Received[], signal: AbortSignal) {
  const { store, config, now } = deps
  const saved = { accepted: 0, unchanged: 0 }
  async function take(facts: Iterable<Fact>) {
    const { accepted, unchanged } = await ingest(store, facts, { now: now().getTime(), config, authority: 'collector' })
    saved.accepted += accepted
    saved.unchanged += unchanged
  }
  const source = sources[type]
  const told = received.flatMap((one) => one.facts)
  const facts = source?.receive?.join ? await joinFacts(store.db, told, source.receive.join) : told
  if (facts.length > 0) await take(facts)
  const changed = [...new Set(received.flatMap((one) => one.changed))]
  if (changed.length === 0 || !source?.refresh || signal.aborted) return saved
  const context: Context = {
    sourceId,
    service: serviceOf(config, sourceId),
    needsFiles: (repository) => needsFiles(config, repository),
    dataDir: join(deps.dataDir, 'sources', encodeURIComponent(sourceId)),
    signal,
    now: now(),
    progress: () => {},
    note: (text) => deps.log.debug({ source: sourceId, note: text }, 'note'),
  }
  for await (const batch of source.refresh(options, changed, await readCursor(store.db, sourceId), context)) {
    await take(batch.facts)
    if (signal.aborted) break
  }
  return saved
}
