/** Runs each export by its cron expression, one after the other. */
import { type ExportDeps, runExport } from './export.ts'
import { type StartTimer, startCron } from './schedule.ts'

export interface Exports {
  /** Ends each export after what it writes, and leaves nothing running; may be called again. */
  stop(): Promise<void>
}

/** Begins at once: what a process that ended left to do is done now. */
export function startExports(deps: ExportDeps, startTimer: StartTimer = startCron): Exports {
  const { config, log } = deps
  const stopping = new AbortController()
  let running: Promise<unknown> = Promise.resolve()
  const wanted = new Set<string>()
  const timers = (config.exports ?? []).map((target) => {
    function run() {
      if (wanted.has(target.id) || stopping.signal.aborted) return
      wanted.add(target.id)
      running = running
        .then(() => {
          wanted.delete(target.id)
          return stopping.signal.aborted ? null : runExport(deps, target, stopping.signal)
        })
        .catch((err) => log.error({ export: target.id, err }, 'export could not run'))
    }
    run()
    return startTimer(target.schedule, config.timeZone, run)
  })
  return {
    async stop() {
      stopping.abort()
      for (const timer of timers) timer.stop()
      await running
    },
  }
}
