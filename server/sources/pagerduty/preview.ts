/** Tells which incidents of the last 90 days would count, and why not the rest, before anything is collected. */
import { serviceBy } from '../rules.ts'
import type { Context, Preview, PreviewRow } from '../source.ts'
import { createPagerdutyClient, incidentsOf } from './client.ts'
import type { PagerdutyOptions } from './options.ts'
import { instant, labelsOf, reasonAgainst } from './to-facts.ts'

const days = 90
const mostRows = 1000

/** Throws SourceError. */
export async function previewPagerduty(options: PagerdutyOptions, ctx: Context, retryMs: number): Promise<Preview> {
  const client = createPagerdutyClient(options, ctx, retryMs)
  const until = ctx.now.getTime()
  const rows = new Map<string, PreviewRow>()
  for await (const page of incidentsOf(client, until - days * 86_400_000, until)) {
    for (const incident of page) {
      const reason = reasonAgainst(incident, options)
      const group = serviceBy(options.service, labelsOf(incident)) ?? 'no service'
      const name = `${incident.title ?? incident.id}`.slice(0, 200)
      rows.set(incident.id, { name, at: instant(incident.created_at), counted: reason === null, reason, group })
    }
  }
  const all = [...rows.values()].sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
  const shown = all.slice(0, mostRows)
  return {
    rule: ruleInWords(options),
    rows: shown,
    hints: hintsFor(all),
    ...(all.length > shown.length ? { truncated: all.length - shown.length } : {}),
  }
}

function ruleInWords({ urgencies, priorities, services }: PagerdutyOptions): string {
  const parts = [`of the urgency ${urgencies.join(' or ')}`]
  if (priorities !== undefined) parts.push(`with the priority ${priorities.join(' or ')}`)
  if (services !== undefined) parts.push(`of the services ${services.join(', ')}`)
  return `Each incident ${parts.join(', ')} counts; one that was merged into another does not.`
}

function hintsFor(rows: PreviewRow[]): string[] {
  if (rows.length === 0) return [`There was no incident in the last ${days} days that this key may see.`]
  if (!rows.some(({ counted }) => counted)) return ['Nothing is counted: the reasons say why. See urgencies, priorities and services.']
  const without = rows.filter(({ counted, group }) => counted && group === 'no service').length
  return without === 0 ? [] : [`${without} incidents that count are of no service by the rule service.`]
}
