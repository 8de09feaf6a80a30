/** `collect`: every source once, here or through the server that has the folder open. */
import { setTimeout as delay } from 'node:timers/promises'
import { ShiplogError } from '../errors.ts'
import { count, number } from '../report/format.ts'
import type { RunProgress } from '../store/runs.ts'
import { openApi, runningServer } from './api.ts'
import { howToResume } from './pause.ts'
import { sourceId } from './preview.ts'
import { progressView } from './progress.ts'
import type { Session } from './session.ts'
import { keepHeapSmall } from './small-heap.ts'

const pollMs = 300
/** A collection that takes longer is one of much. */
const longMs = 5000

/** What a person is told of one run. */
interface Run {
  outcome: string
  seconds: number
  accepted: number
  unchanged: number
  notes: string[]
  error: { message: string; mend: string | null } | null
}

/** Throws ShiplogError `source_failed` after all were tried, where one failed. */
export async function collect(session: Session, options: { source?: string }): Promise<void> {
  const ids = options.source === undefined ? session.config.sources.map((source) => source.id) : [sourceId(session, options.source)]
  if (ids.length === 0) session.note('No source is configured, so there is nothing to collect. Facts arrive through the API.')
  const collector = runningServer(session) === null ? await collectorHere(session) : await collectorThere(session)
  const failed: string[] = []
  try {
    for (const id of ids) {
      const view = progressView(id, process.stderr, () => performance.now())
      const run = await collector.collect(id, (progress) => view.show(progress))
      view.end()
      tell(session, id, run)
      // Of all sources a paused one is left out as its pause asks; by its name it was asked for.
      const leftOut = run.outcome === 'paused' && options.source === undefined
      if (run.outcome !== 'succeeded' && !leftOut) failed.push(id)
      if (collector.stopped()) break
    }
  } finally {
    await collector.close()
  }
  if (failed.length > 0) throw new ShiplogError('source_failed', `Not collected: ${failed.join(', ')}.`)
}

function tell(session: Session, id: string, { outcome, seconds, accepted, unchanged, notes, error }: Run) {
  const facts =
    accepted === 0
      ? `nothing new, ${count(unchanged, 'fact')} unchanged`
      : `${count(accepted, 'fact')} new or changed, ${number(unchanged)} unchanged`
  for (const note of notes) session.note(`${id}: ${note}`)
  if (outcome === 'succeeded') session.note(`${id}: ${facts}, in ${number(seconds)} s`)
  else if (outcome === 'busy') session.note(`${id}: another process is collecting it. Wait until it ends.`)
  else if (outcome === 'paused') session.note(`${id}: paused. ${howToResume(id)}`)
  else if (outcome === 'interrupted') session.note(`${id}: interrupted; what was read is kept, and the next run goes on from there`)
  else session.note(`${id}: ${error?.message ?? 'failed'}${error?.mend ? ` ${error.mend}` : ''}`)
}

interface Collector {
  collect(id: string, show: (progress: RunProgress) => void): Promise<Run>
  /** A person ended the command. */
  stopped(): boolean
  close(): Promise<void>
}

async function collectorHere(session: Session): Promise<Collector> {
  const { config, settings, now, log } = session
  // The database opens (the first time: is created) while the rest of the program loads.
  const opening = import('../store/open.ts').then(({ openStore }) => openStore(settings))
  const [store, { collectSource }, { applyConfig }, { followDefinition }] = await Promise.all([
    opening,
    import('../collector/collect.ts'),
    import('../collector/apply-config.ts'),
    import('../collector/follow-definition.ts'),
  ])
  await applyConfig(store, { config, now: now().getTime() })
  await followDefinition(store, config)
  const interruption = new AbortController()
  const interrupt = () => interruption.abort()
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const long = setTimeout(keepHeapSmall, longMs)
  return {
    async collect(id, show) {
      const deps = {
        store,
        config,
        dataDir: settings.dataDir,
        now,
        log,
        onProgress: (_id: string, progress: RunProgress) => show(progress),
      }
      const { outcome, startedAt, finishedAt, counts, notes, error } = await collectSource(deps, id, interruption.signal)
      return { outcome, seconds: (finishedAt - startedAt) / 1000, accepted: counts.accepted, unchanged: counts.unchanged, notes, error }
    },
    stopped: () => interruption.signal.aborted,
    async close() {
      clearTimeout(long)
      process.removeListener('SIGINT', interrupt)
      process.removeListener('SIGTERM', interrupt)
      await store.close()
    },
  }
}

interface RemoteRun {
  id: string
  outcome: string
  durationSeconds: number | null
  accepted: number
  unchanged: number
  progress: RunProgress | null
  notes: string[]
  error: Run['error']
}

/** The server has the folder open, so it collects, and this process watches. */
async function collectorThere(session: Session): Promise<Collector> {
  const api = await openApi(session)
  session.note(`The server at ${api.server} has the folder open; it collects.`)
  const runsOf = async (id: string) =>
    (JSON.parse(await api.text(`sources/${encodeURIComponent(id)}/runs?limit=20`)) as { runs: RemoteRun[] }).runs
  /** The run that was started, or the one that goes on already; `paused` where there is to be none. */
  const begin = async (id: string): Promise<string | undefined> => {
    try {
      return (JSON.parse(await api.text(`sources/${encodeURIComponent(id)}/runs`, { method: 'POST' })) as RemoteRun).id
    } catch (error) {
      const running = error instanceof ShiplogError && error.code === 'conflict'
      if (!running) throw error
      return (error.details as { paused?: boolean } | null)?.paused ? 'paused' : (await runsOf(id))[0]?.id
    }
  }
  return {
    async collect(id, show) {
      const begun = await begin(id)
      if (begun === 'paused') return { outcome: 'paused', seconds: 0, accepted: 0, unchanged: 0, notes: [], error: null }
      for (;;) {
        const run = (await runsOf(id)).find((one) => one.id === begun)
        if (run !== undefined && run.outcome !== 'running') return { ...run, seconds: run.durationSeconds ?? 0 }
        if (run?.progress) show(run.progress)
        await delay(pollMs)
      }
    },
    stopped: () => false,
    close: () => api.close(),
  }
}
