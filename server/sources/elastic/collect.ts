/** Collects the alerts that changed since the last run, oldest change first. */
import { z } from 'zod'
import { ShiplogError, SourceError } from '../../errors.ts'
import type { Fact } from '../../facts.ts'
import type { Batch, Context } from '../source.ts'
import type { ElasticOptions } from './options.ts'
import { type Document, instantOf } from './payloads.ts'
import { createSearch } from './search.ts'
import { readAlert } from './to-facts.ts'

/** `at`: the last change that was seen, in ms. */
const Cursor = z.object({ v: z.literal(1), at: z.number() })

const dayMs = 86_400_000
/** Documents are found some seconds after they are written, and clocks of several Kibanas differ. */
const overlapMs = 600_000
const pageSize = 500

/**
 * An alert's document has the time of its last look, so that what changes while pages are read moves behind them and is met again: no snapshot
 * is needed to miss nothing. Throws SourceError.
 */
export async function* collectElastic(
  options: ElasticOptions,
  cursor: string | null,
  ctx: Context,
  retryMs?: number,
): AsyncGenerator<Batch> {
  if (options.url === undefined) return
  const search = createSearch(options, ctx, retryMs)
  const known = readCursor(cursor)
  const from = known === null ? ctx.now.getTime() - options.backfillDays * dayMs : known - overlapMs
  const filter = [
    { range: { '@timestamp': { gte: new Date(from).toISOString(), lte: new Date(ctx.now.getTime() + overlapMs).toISOString() } } },
  ]
  let at = known ?? from
  let done = 0
  let total: number | null = null
  let after: (string | number)[] | null = null
  const seen = { alerts: 0, none: new Map<string, number>() }
  for (;;) {
    const page = await search({ filter, after, size: pageSize })
    total ??= page.total
    done += page.documents.length
    ctx.progress({ step: 'reading alerts', done, total: total === null ? null : Math.max(total, done) })
    const facts = factsOf(options, ctx, page.documents, seen)
    for (const document of page.documents) at = Math.max(at, instantOf(document['@timestamp']) ?? 0)
    yield { facts, cursor: JSON.stringify({ v: 1, at: Math.min(at, ctx.now.getTime()) }) }
    if (page.documents.length < pageSize) break
    after = page.sort
    if (after === null)
      throw new SourceError('Elasticsearch does not say where a page ends.', 'A proxy may change its answers; ask it directly.')
  }
  for (const [reason, count] of seen.none) ctx.note(`${count} of ${seen.alerts} alerts are no incidents: ${reason}.`)
}

/** Asks for alerts by their ids. */
export async function* refreshElastic(
  options: ElasticOptions,
  changed: string[],
  ctx: Context,
  retryMs?: number,
): AsyncGenerator<Pick<Batch, 'facts'>> {
  const search = createSearch(options, ctx, retryMs)
  for (let first = 0; first < changed.length; first += pageSize) {
    const uuids = changed.slice(first, first + pageSize)
    const { documents } = await search({ filter: [{ terms: { 'kibana.alert.uuid': uuids } }], size: pageSize })
    yield { facts: factsOf(options, ctx, documents, { alerts: 0, none: new Map() }) }
  }
}

/** What an alert does not say is no reason to stop the others; it is told. */
function factsOf(
  options: ElasticOptions,
  ctx: Context,
  documents: Document[],
  seen: { alerts: number; none: Map<string, number> },
): Fact[] {
  return documents.flatMap((document) => {
    seen.alerts += 1
    const reading = readable(options, ctx.sourceId, document)
    if ('fact' in reading) return [reading.fact]
    const short = reading.reason.slice(0, 200)
    if (seen.none.size < 20 || seen.none.has(short)) seen.none.set(short, (seen.none.get(short) ?? 0) + 1)
    return []
  })
}

/** As readAlert; a document that does not say what it must has that as its reason. */
export function readable(options: ElasticOptions, sourceId: string, document: Document): { fact: Fact } | { reason: string } {
  try {
    return readAlert(options, sourceId, document)
  } catch (error) {
    if (!(error instanceof ShiplogError)) throw error
    const [, field = 'what it is'] = /does not say (\S+)/.exec(error.message) ?? []
    return { reason: `its document does not say ${field}` }
  }
}

function readCursor(text: string | null): number | null {
  if (text === null) return null
  try {
    return Cursor.safeParse(JSON.parse(text)).data?.at ?? null
  } catch {
    return null
  }
}
