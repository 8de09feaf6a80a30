/** One run of one source: its batches into the store, and a run log row that always says how it ended. */
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config, SourceConfig } from '../config.ts'
import { serviceOf } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import type { Fact, Instant } from '../facts.ts'
import { sources } from '../sources/index.ts'
import type { Context, Progress } from '../sources/source.ts'
import { beginRun, finishRun, progressRun, type RunCounts, type RunError } from '../store/runs.ts'
import { readCursor } from '../store/sources.ts'
import type { Store } from '../store/store.ts'
import { ingest } from './ingest.ts'
import { runError } from './run-error.ts'

export interface CollectDeps {
  store: Store
  config: Config
  /** Each source has a folder of its own below it. */
  dataDir: string
  now: () => Date
  log: Logger
  /** Told of every step as it happens; the run log hears of it once a second. */
  onProgress?: (sourceId: string, progress: Progress) => void
}

export interface RunResult {
  /** In the run log; null where the run never began. */
  id: number | null
  source: string
  /** `busy`: another process is collecting this source. */
  outcome: 'succeeded' | 'failed' | 'interrupted' | 'busy'
  startedAt: Instant
  finishedAt: Instant
  counts: RunCounts
  /** What a person should know, such as what was guessed. */
  notes: string[]
  error: RunError | null
}

const progressIntervalMs = 1000

/**
 * Collects one source until it has nothing more or the signal says stop, which it heeds between batches. A source that fails leaves
 * what is stored alone and is told by the result; rejects only where the source is unknown (`not_found`) or the store cannot be asked.
 */
export async function collectSource(
  deps: CollectDeps,
  sourceId: string,
  signal: AbortSignal,
  onBegun?: (runId: number) => void,
): Promise<RunResult> {
  const source = deps.config.sources.find(({ id }) => id === sourceId)
  if (!source) {
    const known = deps.config.sources.map(({ id }) => id).join(', ')
    throw new ShiplogError('not_found', `There is no source ${sourceId}. ${known ? `Known are: ${known}.` : 'None is configured.'}`)
  }
  const result = await deps.store.withSourceLock(sourceId, () => run(deps, source, signal, onBegun))
  return result ?? notRun(deps, sourceId, 'busy')
}

/** The result of a run that never began. */
export function notRun(deps: CollectDeps, source: string, outcome: 'busy' | 'interrupted'): RunResult {
  const at = deps.now().getTime()
  return { id: null, source, outcome, startedAt: at, finishedAt: at, counts: noCounts(), notes: [], error: null }
}

async function run(deps: CollectDeps, source: SourceConfig, signal: AbortSignal, onBegun?: (runId: number) => void): Promise<RunResult> {
  const { store, now } = deps
  const log = deps.log.child({ source: source.id })
  const startedAt = now().getTime()
  const id = await beginRun(store.db, { source: source.id, startedAt })
  onBegun?.(id)
  log.info({ run: id }, 'collection started')
  const state = { counts: noCounts(), notes: [] as string[] }
  const reporter = reportProgress(deps, source.id, id, state.counts)
  let outcome: 'succeeded' | 'failed' | 'interrupted' = 'succeeded'
  let error: RunError | null = null
  try {
    await collectBatches(deps, source, startedAt, signal, state, reporter.report)
    if (signal.aborted) outcome = 'interrupted'
  } catch (cause) {
    outcome = signal.aborted ? 'interrupted' : 'failed'
    if (outcome === 'failed') {
      error = runError(cause)
      log.error({ run: id, err: cause }, 'collection failed')
    }
  }
  await reporter.settled()
  const finishedAt = now().getTime()
  await finishRun(store, { id, source: source.id, outcome, startedAt, finishedAt, ...state, error })
  log.info({ run: id, outcome, durationMs: finishedAt - startedAt, ...state.counts }, 'collection finished')
  return { id, source: source.id, outcome, startedAt, finishedAt, ...state, error }
}

async function collectBatches(
  deps: CollectDeps,
  { id, type, options }: SourceConfig,
  startedAt: Instant,
  signal: AbortSignal,
  state: { counts: RunCounts; notes: string[] },
  report: (progress: Progress) => void,
): Promise<void> {
  const source = sources[type]
  if (!source?.collect) return
  const { store, config } = deps
  const context: Context = {
    sourceId: id,
    service: serviceOf(config, id),
    dataDir: join(deps.dataDir, 'sources', encodeURIComponent(id)),
    signal,
    now: new Date(startedAt),
    progress: report,
    note: (text) => state.notes.push(text),
  }
  let cursor = await readCursor(store.db, id)
  for await (const batch of source.collect(options, cursor, context)) {
    const { accepted, unchanged } = await ingest(store, counted(batch.facts, state.counts), {
      now: startedAt,
      config,
      authority: 'collector',
      cursor: { sourceId: id, expected: cursor, next: batch.cursor, coveredFrom: batch.coveredFrom },
      withdraw: batch.withdraw?.map((one) => ({ source: id, ...one })),
    })
    state.counts.accepted += accepted
    state.counts.unchanged += unchanged
    cursor = batch.cursor
    if (signal.aborted) return
  }
}

/** Passes every step on, and writes the newest to the run log at most once a second. */
function reportProgress(deps: CollectDeps, sourceId: string, runId: number, counts: RunCounts) {
  let writtenAt = deps.now().getTime()
  let writing: Promise<void> | null = null
  return {
    report(progress: Progress) {
      deps.onProgress?.(sourceId, progress)
      const at = deps.now().getTime()
      if (writing || at - writtenAt < progressIntervalMs) return
      writtenAt = at
      writing = progressRun(deps.store.db, runId, progress, counts)
        .catch((err) => deps.log.warn({ source: sourceId, err }, 'progress not written'))
        .finally(() => {
          writing = null
        })
    },
    async settled() {
      await writing
    },
  }
}

const countOf = { commit: 'commits', deployment: 'deployments', change: 'changes', incident: 'incidents', withdrawal: 'withdrawn' } as const

function* counted(facts: Iterable<Fact>, counts: RunCounts): Generator<Fact> {
  for (const fact of facts) {
    if (fact.kind !== 'head') counts[countOf[fact.kind]]++
    yield fact
  }
}

function noCounts(): RunCounts {
  return { accepted: 0, unchanged: 0, commits: 0, deployments: 0, changes: 0, incidents: 0, withdrawn: 0 }
}
