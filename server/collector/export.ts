/** Writes what changed since the last time to another system: deployments, then the metrics of the weeks around now. */
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Config, ExportConfig } from '../config.ts'
import type { ExportContext, ExportDocument, Exporter, MetricsDocument } from '../exporters/exporter.ts'
import { exporters } from '../exporters/index.ts'
import { earliestCompared } from '../metrics/comparison/compared-windows.ts'
import { answerListed } from '../metrics/compute.ts'
import { exportRow, readDeploymentsToExport, readServicesSince } from '../store/exports.ts'
import { readScopes } from '../store/readings.ts'
import { readRevision } from '../store/revision.ts'
import { knownScope, startOfDay } from '../store/scope.ts'
import { lockSource, moveCursor, noteError, noteSuccess, readCursor } from '../store/sources.ts'
import type { Store } from '../store/store.ts'
import { runError } from './run-error.ts'

export interface ExportDeps {
  store: Store
  config: Config
  now: () => Date
  log: Logger
}

/** `busy`: another process exports there. */
export type Exported = { outcome: 'succeeded' | 'failed' | 'interrupted'; documents: number } | { outcome: 'busy' }

/** Up to which revision all is written, and, of a pass that was cut, to which it went and the service and deployment it came to. */
const Cursor = z.object({
  v: z.literal(1),
  revision: z.int(),
  pass: z.object({ revision: z.int(), service: z.int(), deployment: z.int() }).nullable(),
})
type Cursor = z.output<typeof Cursor>

const dayMs = 86_400_000
const pageSize = 500
const weeks = 8

/** Never rejects for what the other system does: that is noted, and the next time goes on where this one was cut. */
export async function runExport(deps: ExportDeps, { id, type, options }: ExportConfig, signal: AbortSignal): Promise<Exported> {
  const exporter = exporters[type]
  if (exporter === undefined) throw new Error(`there is no exporter ${type}`)
  const result = await deps.store.withSourceLock(exportRow(id), async (): Promise<Exported> => {
    const counted = { documents: 0 }
    const log = deps.log.child({ export: id })
    try {
      await pass(deps, { id, exporter, options, log }, signal, counted)
      if (signal.aborted) return { outcome: 'interrupted', ...counted }
      await noteSuccess(deps.store.db, exportRow(id), deps.now().getTime())
      log.info(counted, 'exported')
      return { outcome: 'succeeded', ...counted }
    } catch (err) {
      if (signal.aborted) return { outcome: 'interrupted', ...counted }
      log.warn({ err, ...counted }, 'export failed')
      await noteError(deps.store.db, exportRow(id), { ...runError(err), at: deps.now().getTime() })
      return { outcome: 'failed', ...counted }
    }
  })
  return result ?? { outcome: 'busy' }
}

interface Target {
  id: string
  exporter: Exporter<unknown>
  options: unknown
  log: Logger
}

async function pass(deps: ExportDeps, target: Target, signal: AbortSignal, counted: { documents: number }): Promise<void> {
  const { store, now } = deps
  const { exporter, options } = target
  const context: ExportContext = {
    signal,
    now: now(),
    progress: () => {},
    note: (text) => target.log.info({ note: text }, 'note'),
  }
  const write = async (documents: ExportDocument[]) => {
    if (documents.length > 0) await exporter.write(options, documents, context)
    counted.documents += documents.length
  }
  const before = parseCursor(await readCursor(store.db, exportRow(target.id)))
  // What is written meanwhile has a later revision, and comes with the next pass.
  const upTo = before.pass?.revision ?? (await readRevision(store.db)).revision
  if (before.pass === null && upTo === before.revision) return
  const since = context.now.getTime() - exporter.backfillDays(options) * dayMs
  const changed = await readServicesSince(store.db, before.revision)
  const save = (cursor: Cursor) => saveCursor(store, exportRow(target.id), cursor)
  for (const { n: service } of changed) {
    if (before.pass !== null && service < before.pass.service) continue
    let after = service === before.pass?.service ? before.pass.deployment : -1
    for (;;) {
      if (signal.aborted) return
      const page = await readDeploymentsToExport(store.db, { service, since, after, limit: pageSize })
      await write(page.map(({ deployment }) => ({ kind: 'deployment', deployment })))
      after = page.at(-1)?.n ?? after
      if (page.length < pageSize) break
      await save({ ...before, pass: { revision: upTo, service, deployment: after } })
    }
    await save({ ...before, pass: { revision: upTo, service: service + 1, deployment: -1 } })
  }
  if (exporter.wantsMetrics(options)) {
    for await (const documents of metricsOf(
      deps,
      changed.map(({ id }) => id),
      context.now,
    )) {
      if (signal.aborted) return
      await write(documents)
    }
  }
  await save({ v: 1, revision: upTo, pass: null })
}

/** Production's weeks, of the services that changed, and of the teams and the organisation that hold them. */
async function* metricsOf({ store, config }: ExportDeps, services: string[], now: Date): AsyncGenerator<MetricsDocument[]> {
  if (services.length === 0) return
  const window = weeksUpTo(now)
  const asked = { ...window, bucket: 'week' as const, environment: 'production', earliest: earliestCompared(window) }
  const groups = [['org', ...config.teams.map(({ id }) => `team:${id}`)], services.map((id) => `service:${id}`)]
  let documents: MetricsDocument[] = []
  for (const scopes of groups) {
    const resolved = scopes.map((scope) => knownScope(config, scope))
    for await (const { at, question, reading } of readScopes(store.db, config, resolved, asked)) {
      const { series } = answerListed(question, reading, asked.earliest)
      for (const { start, end, partial, values } of series) {
        const startAt = startOfDay(start, config.timeZone)
        documents.push({ kind: 'metrics', scope: scopes[at] as string, start, end, startAt, partial, values })
      }
      if (documents.length < pageSize) continue
      yield documents
      documents = []
    }
  }
  yield documents
}

/** Whole weeks from a Monday, with the one that runs. */
function weeksUpTo(now: Date): { from: string; to: string } {
  const day = Math.floor(now.getTime() / dayMs)
  // The first day of 1970 was a Thursday.
  const monday = day - ((day + 3) % 7)
  const text = (at: number) => new Date(at * dayMs).toISOString().slice(0, 10)
  return { from: text(monday - (weeks - 1) * 7), to: text(monday + 7) }
}

async function saveCursor(store: Store, row: string, cursor: Cursor): Promise<void> {
  await store.transaction(async (tx) => {
    await lockSource(tx, row)
    await moveCursor(tx, row, JSON.stringify(cursor))
  })
}

function parseCursor(text: string | null): Cursor {
  const parsed = text === null ? undefined : Cursor.safeParse(JSON.parse(text)).data
  return parsed ?? { v: 1, revision: -1, pass: null }
}
