/** Everything that happens in the demo's organisation from its first Monday to an instant, and how it looked at any moment between. */
import { DateTime } from 'luxon'
import type { Fact, Incident, Instant } from '../../facts.ts'
import { calendarOf, type Day, demoTimeZone, firstMonday } from './calendar.ts'
import { demoServices } from './organisation.ts'
import { minutesAfter } from './pull-request.ts'
import { type Random, randomOf } from './random.ts'
import { type Item, ServiceLife, type Setting, webAddress } from './service-life.ts'
import { incidentTitle } from './titles.ts'

export interface World {
  /** Sorted by when they first show; parents before children. */
  items: Item[]
}

export interface WorldOptions {
  seed: string
  source: string
  /** The first day of use, in the demo's time zone. */
  anchor: string
  weeks: number
  until: Instant
}

/** The same options give the same world; a later `until` only adds to it. */
export function worldOf({ seed, source, anchor, weeks, until }: WorldOptions): World {
  const calendar = calendarOf(firstMonday(anchor, weeks), until)
  const before = calendar.days.filter((day) => day.day < anchor && day.working && !day.frozen).at(-1)
  const setting = { seed, source, calendar, presentWeek: weeks, breakDay: before?.day ?? '' }
  const items: Item[] = []
  const incidents: Incident[] = []
  for (const service of demoServices) {
    const life = new ServiceLife(service, { ...setting, breaks: service.id === 'payments-api' } satisfies Setting)
    life.live()
    for (const item of life.items) items.push(item)
    incidents.push(...life.incidents)
  }
  for (const day of calendar.days) incidents.push(...elsewhere(day, randomOf(`${seed}/incidents/${day.day}`)))
  incidents.push(slowOne(anchor))
  incidents.sort((a, b) => a.openedAt - b.openedAt)
  for (const [index, incident] of incidents.entries()) {
    const id = `INC-${1001 + index}`
    items.push({ at: incident.openedAt, fact: { kind: 'incident', ...incident, source, id, url: `${webAddress}/incidents/${id}` } })
  }
  items.sort((a, b) => a.at - b.at)
  return { items }
}

/** Incidents that no deployment caused, and some that nobody assigned. */
function elsewhere(day: Day, random: Random): Incident[] {
  if (!random.chance(day.working ? 0.16 : 0.07)) return []
  const openedAt = minutesAfter(day.start, random.between(2, 23) * 60)
  const acknowledgedAt = minutesAfter(openedAt, random.around(8, 0.7))
  const mitigatedAt = minutesAfter(acknowledgedAt, random.around(45, 0.8))
  const resolvedAt = minutesAfter(mitigatedAt, random.around(60, 0.8))
  const times = { openedAt, acknowledgedAt, mitigatedAt, resolvedAt }
  const severity = random.pick(['SEV1', 'SEV2', 'SEV3', 'SEV3'])
  const base = { source: '', id: '', severity, ...times }
  const { id, things } = random.pick(demoServices.filter((service) => service.bornWeeksAgo === null && service.silentWeeksAgo === null))
  const luck = random.next()
  if (luck < 0.36)
    return [
      {
        ...base,
        service: id,
        title: `${id}: ${random.pick(['database failover', 'node pool out of memory', 'certificate expired', 'network partition'])}`,
        cause: 'infrastructure',
      },
    ]
  if (luck < 0.54)
    return [
      {
        ...base,
        service: id,
        title: `${id}: ${random.pick(['payment provider', 'carrier', 'mail provider', 'map provider'])} unavailable`,
        cause: 'third_party',
      },
    ]
  if (luck < 0.68) return [{ ...base, service: id, title: incidentTitle(id, things, random) }]
  if (luck < 0.82)
    return [
      { ...base, title: random.pick(['Elevated error rate at the edge', 'Customers report slow pages', 'Checkout conversion drops']) },
    ]
  const services = [...new Set([id, random.pick(['checkout', 'cart', 'orders']), 'api-gateway'])]
  return [{ ...base, services, title: `Several services degraded: ${services.join(', ')}` }]
}

/** Opened nine days before the first day of use, and in nobody's hurry. */
function slowOne(anchor: string): Incident {
  const openedAt = minutesAfter(DateTime.fromISO(anchor, { zone: demoTimeZone }).minus({ days: 9 }).toMillis(), 11 * 60 + 12)
  const acknowledgedAt = minutesAfter(openedAt, 190)
  const resolvedAt = minutesAfter(openedAt, 45 * 24 * 60)
  return {
    source: '',
    id: '',
    service: 'media',
    title: 'media: some video posters show the wrong frame',
    severity: 'SEV4',
    openedAt,
    acknowledgedAt,
    resolvedAt,
    cause: 'other',
  }
}

/** When a fact changes after it first showed. */
function updatesOf(fact: Fact): Instant[] {
  if (fact.kind === 'deployment' && fact.finishedAt !== undefined) return [fact.finishedAt]
  if (fact.kind !== 'incident') return []
  return [fact.acknowledgedAt, fact.mitigatedAt, fact.resolvedAt].filter((at) => at !== undefined)
}

/** A fact as it was known at `now`: what had not happened yet is left out. */
export function factAt(item: Item, now: Instant): Fact {
  const { fact } = item
  if (fact.kind === 'deployment') {
    const { finishedAt, ...started } = fact
    if (finishedAt !== undefined && finishedAt <= now) return { ...fact, updatedAt: finishedAt }
    return { ...started, status: 'running', updatedAt: item.at }
  }
  if (fact.kind !== 'incident') return fact
  const known = (at: Instant | undefined) => (at !== undefined && at <= now ? at : undefined)
  const times = { acknowledgedAt: known(fact.acknowledgedAt), mitigatedAt: known(fact.mitigatedAt), resolvedAt: known(fact.resolvedAt) }
  const updatedAt = Math.max(fact.openedAt, ...Object.values(times).filter((at) => at !== undefined))
  return { ...fact, ...times, updatedAt }
}

/** What began or changed after `after` and by `now`, in order of the first instant that is new. */
export function newsOf(world: World, after: Instant, now: Instant): { at: Instant; fact: Fact }[] {
  const news: { at: Instant; fact: Fact }[] = []
  for (const item of world.items) {
    if (item.at > now) break
    const fresh = item.at > after ? item.at : Math.min(...updatesOf(item.fact).filter((at) => at > after))
    if (fresh <= now) news.push({ at: fresh, fact: factAt(item, now) })
  }
  return news.sort((a, b) => a.at - b.at)
}
