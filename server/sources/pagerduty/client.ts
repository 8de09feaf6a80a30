/** Asks the REST API of PagerDuty. */
import { createHttpClient, type HttpClient } from '../http-client.ts'
import type { Context } from '../source.ts'
import type { PagerdutyOptions } from './options.ts'
import { type Incident, IncidentList, type LogEntry, LogEntryList, OneIncident } from './payloads.ts'
import { instant } from './to-facts.ts'

export const pageSize = 100
/** PagerDuty takes at most six months of one question. */
const windowMs = 180 * 86_400_000
/** It pages no further than offset and limit of ten thousand together. */
const mostOffset = 10_000 - pageSize

export function createPagerdutyClient(
  { url, token }: PagerdutyOptions,
  ctx: Pick<Context, 'signal' | 'progress'>,
  retryMs: number,
): HttpClient {
  return createHttpClient(
    {
      system: 'PagerDuty',
      baseUrl: url,
      headers: { authorization: `Token token=${token}`, accept: 'application/vnd.pagerduty+json;version=2' },
      credentials:
        'Make a read-only REST API key (Integrations, API Access Keys) and set it as token; for an account of the EU region set url: https://api.eu.pagerduty.com.',
      retryMs,
    },
    ctx,
  )
}

/**
 * Incidents by the time at which they were created, oldest first. Each page begins at the last time of the one before, so that no offset grows
 * large; those of one instant may come twice. Throws SourceError.
 */
export async function* incidentsOf(client: HttpClient, from: number, until: number): AsyncGenerator<Incident[]> {
  for (let start = from; start < until; start += windowMs) {
    const end = Math.min(start + windowMs, until)
    let [since, offset] = [start, 0]
    for (;;) {
      const query = {
        since: new Date(since).toISOString(),
        until: new Date(end).toISOString(),
        'statuses[]': ['triggered', 'acknowledged', 'resolved'],
        sort_by: 'created_at:asc',
        time_zone: 'UTC',
        limit: pageSize,
        offset,
      }
      const { data } = await client.ask('incidents', '/incidents', IncidentList, { query })
      yield data.incidents
      const last = data.incidents.at(-1)
      if (last === undefined || data.more !== true) break
      // Times are asked for by the second.
      const reached = Math.floor(instant(last.created_at) / 1000) * 1000
      if (reached > since) [since, offset] = [reached, 0]
      else if (offset < mostOffset) offset += data.incidents.length
      else [since, offset] = [since + 1000, 0]
    }
  }
}

/** All that are not over, however old. */
export async function openIncidents(client: HttpClient): Promise<Incident[]> {
  const open = new Map<string, Incident>()
  for (let offset = 0; offset <= mostOffset; ) {
    const query = { 'statuses[]': ['triggered', 'acknowledged'], date_range: 'all', sort_by: 'created_at:desc', limit: pageSize, offset }
    const { data } = await client.ask('open incidents', '/incidents', IncidentList, { query })
    for (const incident of data.incidents) open.set(incident.id, incident)
    if (data.more !== true || data.incidents.length === 0) break
    offset += data.incidents.length
  }
  return [...open.values()]
}

/** Null where it is gone. */
export async function findIncident(client: HttpClient, id: string): Promise<Incident | null> {
  return (await client.find(`the incident ${id}`, `/incidents/${id}`, OneIncident))?.data.incident ?? null
}

/** The entries of its log that tell its states; none where there is no log any more. */
export async function logOf(client: HttpClient, id: string): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  for (;;) {
    const query = { is_overview: 'true', time_zone: 'UTC', limit: pageSize, offset: entries.length }
    const answer = await client.find(`the log of incident ${id}`, `/incidents/${id}/log_entries`, LogEntryList, { query })
    const found = answer?.data.log_entries ?? []
    entries.push(...found)
    if (answer?.data.more !== true || found.length === 0 || entries.length > mostOffset) return entries
  }
}
