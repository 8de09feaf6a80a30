/** /sources: where facts come from, how fresh they are, and collecting now. */
import { namesServices, previewSource, sourceTitle } from '../collector/preview.ts'
import { canReceive } from '../collector/receive.ts'
import { type SourceConfig, serviceOf } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import { readFactCounts } from '../store/fact-counts.ts'
import { type InboxState, readInboxStates } from '../store/inbox.ts'
import { type Run, readRun, readRuns } from '../store/runs.ts'
import { readStoredServices } from '../store/services.ts'
import { isPaused, readSources, type SourceState, setPaused } from '../store/sources.ts'
import { readUnmappedOfSources } from '../store/unmapped.ts'
import { type Answers, valueIn } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { previewBody } from './preview-body.ts'
import { withoutSecrets } from './redact.ts'
import { createRouter } from './router.ts'
import { getPreview, getRuns, getSources, postPause, postResume, postRun, type RunBody, type SourceBody } from './sources-schema.ts'
import { timeText, timeTextOrNull } from './wire-time.ts'

const unmappedMs = 90 * 86_400_000

export function sourcesRoutes(deps: ApiDeps, answers: Answers) {
  const { store, config, schedule } = deps
  return createRouter()
    .openapi(getSources, async (c) => c.json({ sources: await sourceBodies(deps, answers) }, 200))
    .openapi(postRun, async (c) => {
      const { id } = c.req.valid('param')
      requireConfigured(deps, id)
      if (await isPaused(store.db, id)) throw pausedError(id)
      const runId = await begin(deps, id)
      const run = await readRun(store.db, runId)
      if (run === null) throw new ShiplogError('internal', 'The run began and cannot be found.')
      return c.json(runBody(run), 202)
    })
    .openapi(getRuns, async (c) => {
      const { id } = c.req.valid('param')
      const known = config.sources.some((source) => source.id === id) || (await readSources(store.db)).some((source) => source.id === id)
      if (!known) requireConfigured(deps, id)
      const runs = await readRuns(store.db, { source: id, limit: c.req.valid('query').limit })
      return c.json({ runs: runs.map(runBody) }, 200)
    })
    .openapi(getPreview, async (c) => {
      const { id } = c.req.valid('param')
      const { deployments } = c.req.valid('query')
      const configured = requireConfigured(deps, id)
      const source = deployments === undefined ? configured : deps.rules.withRule(configured, deployments)
      const preview = await previewSource({ config, dataDir: deps.settings.dataDir, now: deps.now(), store }, source, c.req.raw.signal)
      return c.json(previewBody(preview, deps.rules.ruleText(source)), 200)
    })
    .openapi(postPause, async (c) => c.json(await pause(c.req.valid('param').id, true), 200))
    .openapi(postResume, async (c) => c.json(await pause(c.req.valid('param').id, false), 200))

  async function pause(id: string, paused: boolean): Promise<SourceBody> {
    requireConfigured(deps, id)
    await setPaused(store.db, id, paused)
    const body = (await sourceBodies(deps, answers)).find((source) => source.id === id)
    if (body === undefined) throw new ShiplogError('internal', 'The source was changed and cannot be found.')
    return body
  }

  /** The number of the run once it is in the log. */
  function begin({ log }: ApiDeps, id: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const run = schedule.runNow(id, resolve)
      const busy = () =>
        new ShiplogError('conflict', `${id} is being collected already. Follow it at GET /api/v1/sources/${encodeURIComponent(id)}/runs.`)
      if (run === 'busy') {
        reject(busy())
        return
      }
      run.then(
        (result) => (result.id === null ? reject(result.outcome === 'paused' ? pausedError(id) : busy()) : resolve(result.id)),
        (error) => {
          log.error({ source: id, err: error }, 'collection could not run')
          reject(error)
        },
      )
    })
  }
}

function pausedError(id: string): ShiplogError {
  const address = `/api/v1/sources/${encodeURIComponent(id)}/resume`
  return new ShiplogError('conflict', `${id} is paused. Resume it with POST ${address}, or on the page Sources.`, { paused: true })
}

export function requireConfigured({ config }: Pick<ApiDeps, 'config'>, id: string): SourceConfig {
  const source = config.sources.find((one) => one.id === id)
  if (source !== undefined) return source
  const known = config.sources.map((source) => source.id)
  throw new ShiplogError(
    'not_found',
    `There is no source ${id}. ${known.length === 0 ? 'None is configured.' : `Configured are: ${known.join(', ')}.`}`,
  )
}

/** Configured sources in their order, then those that push, by name. */
async function sourceBodies(deps: ApiDeps, answers: Answers): Promise<SourceBody[]> {
  const { store, config } = deps
  const states = new Map((await readSources(store.db)).map((state) => [state.id, state]))
  const fed = new Map<string, string[]>()
  for (const service of await readStoredServices(store.db)) {
    for (const source of service.sources) fed.set(source, [...(fed.get(source) ?? []), service.id])
  }
  const counts = valueIn(await answers.ask('counts', {}, async () => Object.fromEntries(await readFactCounts(store.db))))
  const receiving = config.sources.filter((source) => canReceive(source.type)).map((source) => source.id)
  const inboxes = await readInboxStates(store.db, receiving)
  const unmapped = await readUnmappedOfSources(store.db, deps.now().getTime() - unmappedMs)
  const bodies: Omit<SourceBody, 'counts' | 'inbox' | 'unmapped'>[] = []
  for (const source of config.sources) {
    bodies.push(
      await sourceBody(
        deps,
        source,
        states.get(source.id) ?? null,
        fed.get(source.id) ?? (namesServices(source.type) ? [] : [serviceOf(config, source.id)]),
      ),
    )
  }
  for (const state of states.values()) {
    if (config.sources.some((source) => source.id === state.id)) continue
    bodies.push(await sourceBody(deps, { id: state.id, type: state.pushed ? 'api' : 'removed' }, state, fed.get(state.id) ?? []))
  }
  return bodies.map((body) => ({
    ...body,
    inbox: inboxBody(inboxes.get(body.id)),
    counts: counts[body.id] ?? {},
    unmapped: unmapped.get(body.id) ?? [],
  }))
}

async function sourceBody(
  { store, schedule, now }: ApiDeps,
  source: Pick<SourceConfig, 'id' | 'type'> & Partial<SourceConfig>,
  state: SourceState | null,
  services: string[],
): Promise<Omit<SourceBody, 'counts' | 'inbox' | 'unmapped'>> {
  const [last] = await readRuns(store.db, { source: source.id, limit: 1 })
  const lastSuccessAt = state?.lastSuccessAt ?? null
  const paused = state?.paused ?? false
  const nextRun = source.schedule === undefined || paused ? null : schedule.nextRun(source.id)
  const error = state?.lastError ?? null
  return {
    id: source.id,
    type: source.type,
    title: source.schedule === undefined ? unscheduledTitle(source.type) : sourceTitle(source.type),
    services,
    options: withoutSecrets(source.options ?? {}),
    schedule: source.schedule ?? null,
    coveredFrom: timeTextOrNull(state?.coveredFrom ?? null),
    lastSuccess: timeTextOrNull(lastSuccessAt),
    lagSeconds: lastSuccessAt === null ? null : Math.max(0, now().getTime() - lastSuccessAt) / 1000,
    paused,
    nextRun: nextRun === null ? null : timeText(nextRun.getTime()),
    running: last?.outcome === 'running' ? runBody(last) : null,
    lastRun: last === undefined ? null : runBody(last),
    lastError: error && { at: timeText(error.at), message: error.message, mend: error.mend },
  }
}

function inboxBody(state: InboxState | undefined): SourceBody['inbox'] {
  return state === undefined ? null : { ...state, lastReceivedAt: timeTextOrNull(state.lastReceivedAt) }
}

function unscheduledTitle(type: string): string {
  return type === 'api' ? 'Facts over HTTP' : 'No longer configured'
}

function runBody(run: Run): RunBody {
  const { accepted, unchanged, ...counts } = run.counts
  return {
    id: String(run.id),
    source: run.source,
    outcome: run.outcome,
    startedAt: timeText(run.startedAt),
    finishedAt: timeTextOrNull(run.finishedAt),
    durationSeconds: run.finishedAt === null ? null : (run.finishedAt - run.startedAt) / 1000,
    accepted,
    unchanged,
    counts,
    progress: run.progress,
    notes: run.notes,
    error: run.error,
  }
}
