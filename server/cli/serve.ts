/** `serve`: the dashboard, the API and the collections, until it is told to stop. */
import { start } from '../main.ts'
import type { RunProgress } from '../store/runs.ts'
import { buildWebIfNeeded, webDir, webIsBuilt } from './build-web.ts'
import { type ProgressView, progressView } from './progress.ts'
import type { Session } from './session.ts'
import { keepHeapSmall } from './small-heap.ts'
import { aborted } from './stop-signal.ts'

/** Short collections are not worth a line. */
const quietMs = 3000

/** Ends when it was told to stop and everything is closed. */
export async function serve(session: Session, options: { build?: boolean }, stop: AbortSignal): Promise<void> {
  const { config, settings, log, now } = session
  keepHeapSmall(settings.databaseUrl === null ? 'embedded' : 'postgres')
  stop.addEventListener('abort', () => session.note('Stopping. What runs is finished first; another signal ends it at once.'), {
    once: true,
  })
  if (options.build) await buildWebIfNeeded(session.note, stop)
  if (stop.aborted) return
  const running = await start({ config, settings, log, now, webDir, onProgress: progressLines() })
  session.note(announcement(session, running.url))
  if (!webIsBuilt()) session.note('The pages are not built: only the API answers. `npm start` builds them.')
  await aborted(stop)
  await running.stop()
}

function announcement({ config, settings, paint }: Session, url: string): string {
  const where = paint.bold(settings.publicUrl ?? url)
  if (config.demo) return `Shiplog is at ${where} with DEMO data, all of it invented. Your own: npm start -- --git PATH_OR_URL`
  const sources = config.sources.map((source) => source.id).join(', ')
  return `Shiplog is at ${where}${sources === '' ? '; no source is configured, facts arrive through the API' : ` with ${sources}`}.`
}

/** A line now and then for each collection that takes long; the pages show the same as it goes. */
function progressLines() {
  const views = new Map<string, ProgressView>()
  const output = { write: (text: string) => process.stderr.write(text) }
  const since = performance.now()
  return (sourceId: string, progress: RunProgress) => {
    if (performance.now() - since < quietMs) return
    const view = views.get(sourceId) ?? progressView(sourceId, output, () => performance.now())
    views.set(sourceId, view)
    view.show(progress)
  }
}
