/** Reads the history of the applications of Argo CD. */
import { z } from 'zod'
import type { Fact } from '../../facts.ts'
import { createHttpClient } from '../http-client.ts'
import { tierBy } from '../rules.ts'
import type { Batch, Context, Preview } from '../source.ts'
import { createTlsFetch } from '../tls-fetch.ts'
import type { ArgocdOptions } from './options.ts'
import { type Application, Applications } from './payloads.ts'
import { appFacts, environmentOf, serviceOf, syncsOf } from './to-facts.ts'

const dayMs = 86_400_000
const batchFacts = 500
const fields = [
  ...['name', 'namespace', 'labels', 'annotations'].map((name) => `items.metadata.${name}`),
  'items.spec',
  ...['history', 'operationState', 'summary'].map((name) => `items.status.${name}`),
].join(',')

const Cursor = z.object({
  v: z.literal(1),
  /** When the first run was, and up to when it is read, in epoch milliseconds. */
  since: z.number(),
  until: z.number(),
})

/** Throws SourceError. */
export async function* collectArgocd(
  options: ArgocdOptions,
  cursorText: string | null,
  ctx: Context,
  retryMs?: number,
): AsyncGenerator<Batch> {
  if (options.url === undefined) return
  const before = readCursor(cursorText)
  const now = ctx.now.getTime()
  // A day is read again: a sync that was long under way is told by when it ended, and clocks differ.
  const from = before === null ? now - options.backfillDays * dayMs : before.until - dayMs
  const apps = await applications(options, ctx, retryMs)
  const facts = apps
    .flatMap((app) => appFacts(app, options, ctx.sourceId))
    .filter((fact) => fact.kind === 'deployment' && (fact.finishedAt ?? 0) >= from)
  const coveredFrom = before?.since ?? now
  const stays = cursorText ?? JSON.stringify({ v: 0 })
  while (facts.length > batchFacts) yield { facts: facts.splice(0, batchFacts) as Fact[], cursor: stays, coveredFrom }
  yield { facts, cursor: JSON.stringify({ v: 1, since: coveredFrom, until: now }), coveredFrom }
}

/** One that cannot be read is as none: repeats change nothing. */
function readCursor(text: string | null): z.output<typeof Cursor> | null {
  try {
    return text === null ? null : (Cursor.safeParse(JSON.parse(text)).data ?? null)
  } catch {
    return null
  }
}

async function applications({ url = '', token, ca, projects }: ArgocdOptions, ctx: Context, retryMs?: number): Promise<Application[]> {
  const client = createHttpClient(
    {
      system: 'Argo CD',
      baseUrl: url,
      headers: { authorization: `Bearer ${token}` },
      credentials: 'Make a token of an account or a project role with the policy: applications, get, */*, allow.',
      ...(retryMs === undefined ? {} : { retryMs }),
      ...(ca === undefined ? {} : { fetch: createTlsFetch({ ca }) }),
    },
    ctx,
  )
  ctx.progress({ step: 'reading applications', done: 0, total: null })
  const { data } = await client.ask('applications', '/api/v1/applications', Applications, { query: { projects, fields } })
  return data.items ?? []
}

/** What would count, and why not the rest. Throws SourceError. */
export async function previewArgocd(options: ArgocdOptions, ctx: Context): Promise<Preview> {
  const rule = 'Syncs that brought another revision'
  if (options.url === undefined)
    return { rule, rows: [], hints: ['Without url and token nothing can be looked up: notifications tell what happens from now on.'] }
  const apps = await applications(options, ctx)
  const rows = apps.flatMap((app) =>
    syncsOf(app, options).map((sync) => {
      const environment = environmentOf(app, options)
      const unmapped = tierBy(options.environments, environment) === null ? `No rule of environments maps ${environment}.` : null
      const reason = sync.reason ?? (sync.status === 'failed' ? 'The sync failed.' : null) ?? unmapped
      const group = serviceOf(app, options)
      return { name: app.metadata.name, at: sync.finishedAt, counted: reason === null, reason, group, deploys: { environment } }
    }),
  )
  rows.sort((a, b) => b.at - a.at)
  const hints = rows.length === 0 ? ['No application has a history: check projects and the rights of the token.'] : []
  return { rule, rows: rows.slice(0, 1000), hints, ...(rows.length > 1000 ? { truncated: rows.length - 1000 } : {}) }
}
