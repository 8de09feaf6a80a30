/** Shows which alerts would be incidents, and why the others not. */
import { serviceBy } from '../rules.ts'
import type { Context, Preview, PreviewRow } from '../source.ts'
import { readable } from './collect.ts'
import type { ElasticOptions } from './options.ts'
import { instantOf } from './payloads.ts'
import { createSearch } from './search.ts'

const rowsShown = 500

export async function previewElastic(options: ElasticOptions, ctx: Context, retryMs?: number): Promise<Preview> {
  const rule =
    options.rules === undefined ? 'Each alert is an incident.' : `Each alert of a rule that matches ${options.rules} is an incident.`
  if (options.url === undefined) return { rule, rows: [], hints: ['Alerts are only sent here: write url to see those that there are.'] }
  const search = createSearch(options, ctx, retryMs)
  const from = new Date(ctx.now.getTime() - options.backfillDays * 86_400_000).toISOString()
  const { documents, total } = await search({ filter: [{ range: { '@timestamp': { gte: from } } }], order: 'desc', size: rowsShown })
  let unassigned = 0
  const rows = documents.map((document): PreviewRow => {
    const reading = readable(options, ctx.sourceId, document)
    const service = serviceBy(options.service, document)
    if ('fact' in reading && service === undefined) unassigned += 1
    const name = [document['kibana.alert.rule.name'] ?? 'Alert', document['kibana.alert.instance.id'] ?? ''].filter(Boolean).join(': ')
    const at = instantOf(document['kibana.alert.start']) ?? null
    const group = service ?? 'no service'
    return 'fact' in reading
      ? { name, at, counted: true, reason: null, group }
      : { name, at, counted: false, reason: reading.reason, group }
  })
  const hints: string[] = []
  if (rows.length === 0) hints.push('There is no alert: check index and query, and that rules write alerts in this space.')
  if (unassigned > 0) hints.push(`${unassigned} alerts belong to no service: name the field that says it in service.`)
  return { rule, rows, hints, ...(total !== null && total > rows.length ? { truncated: total - rows.length } : {}) }
}
