/** Turns what PagerDuty says into facts. */

import type { Fact, Instant } from '../../facts.ts'
import { told, webAddress } from '../fact-text.ts'
import { serviceBy } from '../rules.ts'
import type { PagerdutyOptions } from './options.ts'
import type { Incident, LogEntry } from './payloads.ts'

const nameOf = (named: { summary?: string | null; name?: string | null } | null | undefined) => named?.summary || named?.name || undefined

/** Why an incident does not count by the options; null where it does. */
export function reasonAgainst(
  { urgency, priority, service, resolve_reason }: Incident,
  { urgencies, priorities, services }: Pick<PagerdutyOptions, 'urgencies' | 'priorities' | 'services'>,
): string | null {
  if (resolve_reason?.type === 'merge_resolve_reason') return 'it was merged into another incident'
  if (urgency && !(urgencies as string[]).includes(urgency)) return `its urgency is ${urgency}`
  if (services !== undefined) {
    const names = [service?.id, service?.summary, service?.name]
    if (!services.some((wanted) => names.includes(wanted))) return `the service ${nameOf(service) ?? 'that it has'} is not among services`
  }
  if (priorities === undefined) return null
  const name = nameOf(priority)
  if (name === undefined) return 'it has no priority'
  return priorities.includes(name) ? null : `its priority is ${name}`
}

/** One that does not count, or no longer, is withdrawn. */
export function factOf(incident: Incident, entries: LogEntry[], options: PagerdutyOptions, sourceId: string): Fact {
  if (reasonAgainst(incident, options) !== null)
    return { kind: 'withdrawal', of: 'incident', source: sourceId, id: incident.id, ifStanding: true }
  const openedAt = instant(incident.created_at)
  const entriesOf = (type: string) => entries.flatMap((entry) => (entry.type === type ? [instant(entry.created_at)] : []))
  const acknowledged = [
    ...entriesOf('acknowledge_log_entry'),
    ...(incident.acknowledgements ?? []).flatMap(({ at }) => (at ? [instant(at)] : [])),
  ]
  const resolvedAt = incident.status === 'resolved' ? (latest(entriesOf('resolve_log_entry')) ?? endOf(incident)) : undefined
  const severity = nameOf(incident.priority) ?? incident.urgency ?? undefined
  const service = serviceBy(options.service, labelsOf(incident))
  const url = webAddress(incident.html_url)
  return {
    kind: 'incident',
    source: sourceId,
    id: incident.id,
    ...(url === undefined ? {} : { url }),
    updatedAt: Math.max(lastChange(incident), latest(entries.map(({ created_at }) => instant(created_at))) ?? Number.NEGATIVE_INFINITY),
    ...(service === undefined ? {} : { service: told(service, 200) }),
    title: told(incident.title ?? incident.summary ?? '', 1000),
    ...(severity ? { severity: told(severity, 100) } : {}),
    openedAt,
    ...(acknowledged.length === 0 ? {} : { acknowledgedAt: Math.max(openedAt, Math.min(...acknowledged)) }),
    ...(resolvedAt === undefined ? {} : { resolvedAt: Math.max(openedAt, resolvedAt) }),
  }
}

/** Of one whose log tells no end. */
function endOf({ resolved_at, last_status_change_at, updated_at, created_at }: Incident): Instant {
  return instant(resolved_at ?? last_status_change_at ?? updated_at ?? created_at)
}

export function labelsOf({ service, teams, escalation_policy, priority, urgency, title }: Incident): Record<string, string | undefined> {
  return {
    service: nameOf(service),
    serviceId: service?.id ?? undefined,
    team: nameOf(teams?.[0]),
    escalationPolicy: nameOf(escalation_policy),
    priority: nameOf(priority),
    urgency: urgency ?? undefined,
    title: title ?? undefined,
  }
}

/** When it was changed last, as far as the incident itself tells. */
export function lastChange({ created_at, updated_at, last_status_change_at, resolved_at }: Incident): Instant {
  return Math.max(...[created_at, updated_at, last_status_change_at, resolved_at].flatMap((time) => (time ? [instant(time)] : [])))
}

function latest(instants: Instant[]): Instant | undefined {
  return instants.length === 0 ? undefined : Math.max(...instants)
}

export function instant(time: string): Instant {
  return Date.parse(time)
}
