/** Collects deployments: first the history of every environment, then of those in which events say that something was deployed. */
import { z } from 'zod'
import type { Fact } from '../../facts.ts'
import type { Batch, Context, Preview } from '../source.ts'
import { createQovery, type Qovery } from './client.ts'
import type { QoveryOptions } from './options.ts'
import { type Environment, type Told, toldBy } from './to-facts.ts'

const dayMs = 86_400_000
/** Events come late, and an execution is known by its beginning while they tell its end. */
const overlapMs = 10 * 60_000
const longestRunMs = dayMs
const batchFacts = 500
const previewDays = 90

const Cursor = z.object({
  v: z.literal(1),
  /** Environments up to this id have their history; absent once all have. */
  after: z.string().optional(),
  /** Events from here on were not looked at. */
  since: z.number(),
  /** Where the history begins. */
  from: z.number(),
  /** Environments in which something was under way. */
  open: z.array(z.string()).default([]),
})
type Cursor = z.output<typeof Cursor>

/** `retryMs`: the first wait where Qovery does not say. */
export async function* collectQovery(options: QoveryOptions, text: string | null, ctx: Context, retryMs?: number): AsyncGenerator<Batch> {
  const qovery = createQovery(options, ctx, retryMs)
  const now = ctx.now.getTime()
  const from = now - options.backfillDays * dayMs
  const read = text === null ? undefined : Cursor.safeParse(parsed(text)).data
  const cursor: Cursor = read ?? { v: 1, after: '', since: now, from, open: [] }
  const environments = await qovery.environments()
  /** What this run has not read already. */
  const unread = cursor.after === undefined ? cursor.open : []
  if (cursor.after !== undefined) {
    yield* backfill(qovery, cursor, environments, options, ctx)
    cursor.after = undefined
  }
  const touched = await qovery.deployedSince(cursor.since - overlapMs)
  for (const id of unread) touched.add(id)
  const open = new Set(cursor.open)
  const due = environments.filter(({ id }) => touched.has(id))
  for (const [index, environment] of due.entries()) {
    ctx.signal.throwIfAborted()
    ctx.progress({ step: 'reading deployments', done: index, total: due.length })
    const { facts, isOpen } = await factsIn(
      qovery,
      environment,
      Math.max(cursor.from, cursor.since - longestRunMs - overlapMs),
      options,
      ctx,
    )
    if (isOpen) open.add(environment.id)
    else open.delete(environment.id)
    yield* batches(facts, JSON.stringify(cursor))
  }
  const there = environments.filter(({ id }) => open.has(id)).map(({ id }) => id)
  yield { facts: [], cursor: JSON.stringify({ ...cursor, since: now, open: there }) }
}

async function* backfill(
  qovery: Qovery,
  cursor: Cursor,
  environments: Environment[],
  options: QoveryOptions,
  ctx: Context,
): AsyncGenerator<Batch> {
  yield { facts: [], cursor: JSON.stringify(cursor), coveredFrom: cursor.from }
  const open = new Set(cursor.open)
  for (const [index, environment] of environments.entries()) {
    if (environment.id <= (cursor.after ?? '')) continue
    ctx.signal.throwIfAborted()
    ctx.progress({ step: 'reading deployments', done: index, total: environments.length })
    const { facts, isOpen } = await factsIn(qovery, environment, cursor.from, options, ctx)
    if (isOpen) open.add(environment.id)
    yield* batches(facts, JSON.stringify(cursor))
    cursor.after = environment.id
    cursor.open = [...open]
    yield { facts: [], cursor: JSON.stringify(cursor) }
  }
}

function* batches(facts: Fact[], cursor: string): Generator<Batch> {
  for (let start = 0; start < facts.length; start += batchFacts) yield { facts: facts.slice(start, start + batchFacts), cursor }
}

async function factsIn(qovery: Qovery, environment: Environment, from: number, options: QoveryOptions, ctx: Context) {
  const found = await qovery.history(environment, from)
  if (found?.isCut)
    ctx.note(
      `Qovery gave ${found.executions.length} deployments of ${environment.name}, however many were asked for: older ones may be missing.`,
    )
  const facts = (found?.executions ?? []).flatMap((one) =>
    toldBy(one, environment, options, ctx.sourceId).flatMap(({ fact }) => fact ?? []),
  )
  return { facts, isOpen: facts.some((fact) => fact.kind === 'deployment' && fact.status === 'running') }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The environments that webhooks named. */
export async function* refreshQovery(
  options: QoveryOptions,
  changed: string[],
  ctx: Context,
  retryMs?: number,
): AsyncGenerator<Pick<Batch, 'facts'>> {
  const qovery = createQovery(options, ctx, retryMs)
  const named = new Set(changed)
  for (const environment of (await qovery.environments()).filter(({ id }) => named.has(id))) {
    const { facts } = await factsIn(qovery, environment, ctx.now.getTime() - longestRunMs, options, ctx)
    for (const { facts: some } of batches(facts, '')) yield { facts: some }
  }
}

/** The last days of every environment. */
export async function previewQovery(options: QoveryOptions, ctx: Context, retryMs?: number): Promise<Preview> {
  const qovery = createQovery(options, ctx, retryMs)
  const environments = await qovery.environments()
  const rows: Preview['rows'] = []
  for (const environment of environments) {
    const found = await qovery.history(environment, ctx.now.getTime() - previewDays * dayMs)
    const told = (found?.executions ?? []).flatMap((one) => toldBy(one, environment, options, ctx.sourceId))
    rows.push(...told.map((one) => rowOf(one, environment)))
  }
  const hints =
    environments.length > 0 ? [] : ['The token sees no environment but previews: check organization, projects and the role of the token.']
  return { rule: `deployments of ${options.deployments.types.join(', ').toLowerCase()} of the last ${previewDays} days`, rows, hints }
}

function rowOf({ service, at, fact, reason }: Told, { project, name }: Environment): Preview['rows'][number] {
  return { name: service, at, counted: fact !== null && reason === null, reason, group: `${project.name} / ${name}` }
}
