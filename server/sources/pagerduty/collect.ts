/** Collects the incidents of PagerDuty: those that were created since the last run, then those that may have changed. */
import type { Fact } from '../../facts.ts'
import type { HttpClient } from '../http-client.ts'
import type { Batch, Context } from '../source.ts'
import { createPagerdutyClient, findIncident, incidentsOf, logOf, openIncidents } from './client.ts'
import { type Cursor, monthsBefore, readCursor, writeCursor } from './cursor.ts'
import type { PagerdutyOptions } from './options.ts'
import type { Incident } from './payloads.ts'
import { parseChanged } from './receive.ts'
import { factOf, instant, lastChange, reasonAgainst } from './to-facts.ts'

const batchFacts = 500
const hourMs = 3_600_000
/** Incidents that were created so shortly before what was read are looked at again: one may have been opened anew and closed between two runs. */
const lookBackMs = 7 * 24 * hourMs
/** Questions that are under way at the same time. */
const atOnce = 4

interface Run {
  options: PagerdutyOptions
  cursor: Cursor
  client: HttpClient
  ctx: Context
  facts: Fact[]
}

/** Yields batches until nothing is left to read. Throws SourceError. */
export async function* collectPagerduty(
  options: PagerdutyOptions,
  cursorText: string | null,
  ctx: Context,
  retryMs: number,
): AsyncGenerator<Batch> {
  const cursor = readCursor(cursorText, monthsBefore(ctx.now, options.backfillMonths))
  const client = createPagerdutyClient(options, ctx, retryMs)
  const run: Run = { options, cursor, client, ctx, facts: [] }
  yield* followRules(run)
  yield* readCreated(run)
  yield* readOpen(run)
  cursor.looked = ctx.now.toISOString()
  yield batchOf(run)
}

/** Asks for the incidents that deliveries named; the cursor stays where it is. Throws SourceError. */
export async function* refreshPagerduty(
  options: PagerdutyOptions,
  changed: string[],
  cursorText: string | null,
  ctx: Context,
  retryMs: number,
): AsyncGenerator<Pick<Batch, 'facts'>> {
  const cursor = readCursor(cursorText, monthsBefore(ctx.now, options.backfillMonths))
  const client = createPagerdutyClient(options, ctx, retryMs)
  const run: Run = { options, cursor, client, ctx, facts: [] }
  for (const text of changed) {
    const id = parseChanged(text)
    const incident = id === null ? null : await findIncident(client, id)
    if (incident !== null) await take(run, [incident])
    if (run.facts.length > 0) yield { facts: run.facts.splice(0) }
  }
}

function batchOf({ cursor, facts }: Run): Batch {
  return { facts: facts.splice(0), cursor: writeCursor(cursor), coveredFrom: Date.parse(cursor.since) }
}

/** Where other incidents count than before, or further back, all are read anew. */
function* followRules({ options, cursor, ctx, facts }: Run): Generator<Batch> {
  const since = monthsBefore(ctx.now, options.backfillMonths)
  if (Date.parse(since) < Date.parse(cursor.since) - 24 * hourMs) Object.assign(cursor, { since, top: null })
  const { urgencies, priorities = null, services = null, service } = options
  const rules = JSON.stringify({ urgencies, priorities, services, service })
  if (cursor.rules === rules) return
  const isNew = cursor.rules === ''
  Object.assign(cursor, { rules, top: null, open: [] })
  if (isNew) return
  ctx.note('The rules for incidents are others now: all are read anew.')
  yield { ...batchOf({ options, cursor, ctx, facts } as Run), withdraw: [{ of: 'incident', prefix: '' }] }
}

async function* readCreated(run: Run): AsyncGenerator<Batch> {
  const { cursor, client, ctx } = run
  const top = cursor.top === null ? null : instant(cursor.top)
  const from = top === null ? instant(cursor.since) : Math.max(instant(cursor.since), top - lookBackMs)
  let read = 0
  for await (const page of incidentsOf(client, from, ctx.now.getTime() + hourMs)) {
    for (let start = 0; start < page.length; start += 20) {
      const some = page.slice(start, start + 20)
      await take(
        run,
        some.filter((incident) => (top !== null && instant(incident.created_at) <= top ? hasChanged(run, incident) : true)),
      )
      for (const { created_at } of some) if (cursor.top === null || instant(created_at) > instant(cursor.top)) cursor.top = created_at
      read += some.length
      ctx.progress({ step: 'reading incidents', done: read, total: null })
      if (run.facts.length >= batchFacts) yield batchOf(run)
    }
  }
}

/** Those that are open, and those that were when the last run looked. */
async function* readOpen(run: Run): AsyncGenerator<Batch> {
  const { cursor, client, ctx } = run
  const open = await openIncidents(client)
  const known = new Set(cursor.open)
  const ids = new Set(open.map(({ id }) => id))
  await take(
    run,
    open.filter((incident) => hasChanged(run, incident) || (!known.has(incident.id) && reasonAgainst(incident, run.options) === null)),
  )
  for (const id of known) {
    if (ids.has(id)) continue
    ctx.signal.throwIfAborted()
    const incident = await findIncident(client, id)
    // One that was deleted keeps what is known of it.
    if (incident === null) cursor.open = cursor.open.filter((other) => other !== id)
    else await take(run, [incident])
    if (run.facts.length >= batchFacts) yield batchOf(run)
  }
}

/** Since the last run that came to its end, with an hour for clocks that differ. */
function hasChanged({ cursor }: Run, incident: Incident): boolean {
  return cursor.looked === null || lastChange(incident) > instant(cursor.looked) - hourMs
}

/** Makes the facts of incidents, with what their logs tell, a few at the same time. */
async function take(run: Run, incidents: Incident[]): Promise<void> {
  const { cursor, client, options, ctx } = run
  const wanted = incidents.filter(({ created_at }) => instant(created_at) >= instant(cursor.since))
  for (let start = 0; start < wanted.length; start += atOnce) {
    const some = wanted.slice(start, start + atOnce)
    const logs = await Promise.all(
      some.map((incident) => (reasonAgainst(incident, options) === null ? logOf(client, incident.id) : Promise.resolve([]))),
    )
    for (const [index, incident] of some.entries()) {
      const fact = factOf(incident, logs[index] ?? [], options, ctx.sourceId)
      run.facts.push(fact)
      cursor.open = cursor.open.filter((id) => id !== incident.id)
      if (fact.kind === 'incident' && incident.status !== 'resolved') cursor.open.push(incident.id)
    }
  }
}
