/** One run of one source: its batches into the store, and a run log row that always says how it ended. */
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config, SourceConfig } from '../config.ts'
import { serviceOf } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import type { Fact, Instant } from '../facts.ts'
import { sources } from '../sources/index.ts'
import type { Context, Progress } from '../sources/source.ts'
import { beginRun, finishRun, progressRun, type RunCounts, type RunError, type RunProgress } from '../store/runs.ts'
import { isPaused, readCursor } from '../store/sources.ts'
import type { Store } from '../store/store.ts'
import { ingest } from './ingest.ts'
import { createProgressRate } from './progress-rate.ts'
import { runError } from './run-error.ts'
import { needsFiles } from './shared-facts.ts'

export interface CollectDeps {
  store: Store
  config: Config
  /** Each source has a folder of its own below it. */
  dataDir: string
  now: () => Date
  log: Logger
  /** Told of every step as it happens; the run log hears of it once a second. */
  onProgress?: (sourceId: string, progress: RunProgress) => void
}

export interface RunResult {
  /** In the run log; null where the run never began. */
  id: number | null
  source: string
  /** `busy`: another process is collecting this source; `paused`: a person said that it is not to be collected. */
  outcome: 'succeeded' | 'failed' | 'interrupted' | 'busy' | 'paused'
  startedAt: Instant
  finishedAt: Instant
  counts: RunCounts
  /** What a person should know, such as what was guessed. */
  notes: string[]
  error: RunError | null
}

const progressIntervalMs = 1000
/** A source may wait for long between batches; whoever pauses it should not. */
const pauseCheckMs = 1000

/**
 * Collects one source until it has nothing more, it is paused, or the signal says stop, which it heeds between batches. A source that fails leaves
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
  if (await isPaused(deps.store.db, sourceId)) return notRun(deps, sourceId, 'paused')
  const result = await deps.store.withSourceLock(sourceId, async () => {
    const watch = watchPause(deps, sourceId, signal)
    try {
      return await run(deps, source, watch, onBegun)
    } finally {
      await watch.end()
    }
  })
  return result ?? notRun(deps, sourceId, 'busy')
}

/** The result of a run that never began. */
export function notRun(deps: CollectDeps, source: string, outcome: 'busy' | 'interrupted' | 'paused'): RunResult {
  const at = deps.now().getTime()
  return { id: null, source, outcome, startedAt: at, finishedAt: at, counts: noCounts(), notes: [], error: null }
}

interface Watch {
  /** Says stop. */
  signal: AbortSignal
  isPaused(): boolean
  /** Looks now. */
  check(): Promise<void>
}

/** Its signal says stop when the given one does, and once the source is paused, by whichever process. */
function watchPause({ store, log }: CollectDeps, sourceId: string, stop: AbortSignal): Watch & { end(): Promise<void> } {
  const ending = new AbortController()
  const end = () => ending.abort()
  stop.addEventListener('abort', end)
  if (stop.aborted) end()
  let paused = false
  let checking: Promise<void> | null = null
  async function check() {
    if (!(await isPaused(store.db, sourceId))) return
    paused = true
    end()
  }
  const timer = setInterval(() => {
    checking ??= check()
      .catch((err) => log.warn({ source: sourceId, err }, 'pause not known'))
      .finally(() => {
        checking = null
      })
  }, pauseCheckMs)
  return {
    signal: ending.signal,
    isPaused: () => paused,
    check,
    async end() {
      clearInterval(timer)
      stop.removeEventListener('abort', end)
      await checking
    },
  }
}

async function run(deps: CollectDeps, source: SourceConfig, watch: Watch, onBegun?: (runId: number) => void): Promise<RunResult> {
  const { store, now } = deps
  const log = deps.log.child({ source: source.id })
  const { signal } = watch
  const startedAt = now().getTime()
  const id = await beginRun(store.db, { source: source.id, startedAt })
  onBegun?.(id)
  log.info({ run: id }, 'collection started')
  const state = { counts: noCounts(), notes: [] as string[] }
  const reporter = reportProgress(deps, source.id, id, state.counts)
  let outcome: 'succeeded' | 'failed' | 'interrupted' = 'succeeded'
  let error: RunError | null = null
  try {
    await collectBatches(deps, source, startedAt, { signal, checkPause: watch.check, report: reporter.report }, state)
    if (signal.aborted) outcome = 'interrupted'
  } catch (cause) {
    outcome = signal.aborted ? 'interrupted' : 'failed'
    if (outcome === 'failed') {
      error = runError(cause)
      log.error({ run: id, err: cause }, 'collection failed')
    }
  }
  if (watch.isPaused()) state.notes.push('It was paused: the next run after a resume goes on from here.')
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
  { signal, checkPause, report }: { signal: AbortSignal; checkPause(): Promise<void>; report(progress: Progress): void },
  state: { counts: RunCounts; notes: string[] },
): Promise<void> {
  const source = sources[type]
  if (!source?.collect) return
  const { store, config } = deps
  const context: Context = {
    sourceId: id,
    service: serviceOf(config, id),
    needsFiles: (repository) => needsFiles(config, repository),
    dataDir: join(deps.dataDir, 'sources', encodeURIComponent(id)),
    signal,
    now: new Date(startedAt),
    progress: report,
    note: (text) => state.notes.push(text),
  }
  let cursor = await readCursor(store.db, id)
  if (signal.aborted) return
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
    await checkPause()
    if (signal.aborted) return
  }
}

/** Passes every step on with its rate, and writes the newest to the run log at most once a second, a new step at once: it may last. */
function reportProgress(deps: CollectDeps, sourceId: string, runId: number, counts: RunCounts) {
  const withRate = createProgressRate()
  let newest: RunProgress | null = null
  let writtenAt = deps.now().getTime()
  let writtenStep = ''
  let writing: Promise<void> | null = null
  function write() {
    const at = deps.now().getTime()
    if (newest === null || writing || (newest.step === writtenStep && at - writtenAt < progressIntervalMs)) return
    writtenAt = at
    writtenStep = newest.step
    writing = progressRun(deps.store.db, runId, newest, counts)
      .catch((err) => deps.log.warn({ source: sourceId, err }, 'progress not written'))
      .finally(() => {
        writing = null
        if (newest?.step !== writtenStep) write()
      })
  }
  return {
    report(progress: Progress) {
      newest = withRate(progress, deps.now().getTime())
      deps.onProgress?.(sourceId, newest)
      write()
    },
    async settled() {
      while (writing) await writing
    },
  }
}

const countOf = {
  commit: 'commits',
  deployment: 'deployments',
  change: 'changes',
  incident: 'incidents',
  artifact: 'artifacts',
  withdrawal: 'withdrawn',
} as const

function* counted(facts: Iterable<Fact>, counts: RunCounts): Generator<Fact> {
  for (const fact of facts) {
    if (fact.kind !== 'head') counts[countOf[fact.kind]] = (counts[countOf[fact.kind]] ?? 0) + 1
    yield fact
  }
}

function noCounts(): RunCounts {
  return { accepted: 0, unchanged: 0, commits: 0, deployments: 0, changes: 0, incidents: 0, withdrawn: 0 }
}
