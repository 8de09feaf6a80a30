/** Collects each source at the start where it is overdue, by its cron expression, and on demand; never one source twice at once. */
import { schedule as scheduleCron } from 'node-cron'
import { ShiplogError } from '../errors.ts'
import type { Instant } from '../facts.ts'
import { readLastSuccesses } from '../store/sources.ts'
import { type CollectDeps, collectSource, notRun, type RunResult } from './collect.ts'

export interface Schedule {
  /** Ends every collection at its next batch, waits for them, and leaves nothing running; may be called again. */
  stop(): Promise<void>
  /** Collects now, after at most a wait for others; `busy` where that source runs or waits already. Throws `not_found`. */
  runNow(sourceId: string, onBegun?: (runId: number) => void): Promise<RunResult> | 'busy'
  /** When it is collected next by its schedule; null where no schedule covers it. */
  nextRun(sourceId: string): Date | null
}

/** What fires at the times of a cron expression. */
export interface Timer {
  /** The next times it fires, soonest first. */
  next(count: number): Date[]
  stop(): void
}
export type StartTimer = (expression: string, timeZone: string, fire: () => void) => Timer

/** Sources whose times coincide share the machine: so many at once, the others wait in line. */
const concurrency = 2

export function startSchedule(deps: CollectDeps, startTimer: StartTimer = startCron): Schedule {
  const { config, log } = deps
  const stopping = new AbortController()
  const line = createLine(concurrency)
  const active = new Map<string, Promise<RunResult>>()
  const timers = new Map<string, Timer>()

  function runNow(sourceId: string, onBegun?: (runId: number) => void): Promise<RunResult> | 'busy' {
    if (!timers.has(sourceId)) throw new ShiplogError('not_found', `There is no source ${sourceId} to collect. See GET /api/v1/sources.`)
    if (active.has(sourceId)) return 'busy'
    const run = line(async () => {
      if (stopping.signal.aborted) return notRun(deps, sourceId, 'interrupted')
      return collectSource(deps, sourceId, stopping.signal, onBegun)
    }).finally(() => active.delete(sourceId))
    active.set(sourceId, run)
    return run
  }

  /** Nobody waits for this run, so its failure ends here. */
  function runUnattended(sourceId: string) {
    const run = stopping.signal.aborted ? 'busy' : runNow(sourceId)
    if (run === 'busy') return
    run.catch((err) => log.error({ source: sourceId, err }, 'collection could not run'))
  }

  async function runOverdue() {
    const lastSuccesses = await readLastSuccesses(deps.store.db)
    for (const [sourceId, timer] of timers) {
      if (isOverdue(lastSuccesses.get(sourceId) ?? null, timer, deps.now())) runUnattended(sourceId)
    }
  }

  for (const { id, schedule } of config.sources) {
    timers.set(
      id,
      startTimer(schedule, config.timeZone, () => runUnattended(id)),
    )
  }
  const overdue = runOverdue().catch((err) => log.error({ err }, 'overdue sources not known'))

  return {
    runNow,
    nextRun: (sourceId) => timers.get(sourceId)?.next(1)[0] ?? null,
    async stop() {
      stopping.abort()
      for (const timer of timers.values()) timer.stop()
      await overdue
      await Promise.allSettled(active.values())
    },
  }
}

/** Never collected, or not since a whole interval of its schedule. */
function isOverdue(lastSuccess: Instant | null, timer: Timer, now: Date): boolean {
  if (lastSuccess === null) return true
  const [first, second] = timer.next(2)
  return first !== undefined && second !== undefined && now.getTime() - lastSuccess >= second.getTime() - first.getTime()
}

/** Runs so many at once, the others in order of arrival. */
function createLine(slots: number) {
  let free = slots
  const waiting: (() => void)[] = []
  return async function enter<T>(work: () => Promise<T>): Promise<T> {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}

/** Fires by the clock. */
export function startCron(expression: string, timezone: string, fire: () => void): Timer {
  const task = scheduleCron(expression, () => fire(), { timezone, suppressMissedWarning: true })
  // Long work of the embedded database may hold the process over a tick: late is better than not at all.
  task.on('execution:missed', () => fire())
  return {
    next: (count) => task.getNextRuns(count),
    stop() {
      void task.destroy()
    },
  }
}
