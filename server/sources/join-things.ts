/** Puts together what several deliveries say of one thing, such as that an incident began and that it is over; the order in which they came says nothing. */
import type { Deployment, Incident } from '../facts.ts'
import type { Thing } from './source.ts'

const never = Number.NEGATIVE_INFINITY

/** Of an incident the first or the last version gives title and service; what it leaves open the other says. */
export function joinThings(named: 'first' | 'last', one: Thing, other: Thing): Thing {
  if (one.kind === 'incident' && other.kind === 'incident') return { kind: 'incident', ...joinIncidents(named, one, other) }
  if (one.kind === 'deployment' && other.kind === 'deployment') return { kind: 'deployment', ...joinRuns(one, other) }
  return (other.updatedAt ?? never) >= (one.updatedAt ?? never) ? other : one
}

/** A run that has ended has, whatever its beginning is dated. */
function joinRuns(one: Deployment, other: Deployment): Deployment {
  const order = (run: Deployment) => [run.status === 'running' ? 0 : 1, run.updatedAt ?? never] as const
  const [[oneEnded, oneAt], [otherEnded, otherAt]] = [order(one), order(other)]
  const otherIsLater = oneEnded === otherEnded ? otherAt >= oneAt : otherEnded > oneEnded
  const [earlier, later] = otherIsLater ? [one, other] : [other, one]
  const joined = { ...earlier, ...later, ...greaterTime(earlier, later) }
  const starts = [one.startedAt, other.startedAt].filter((at) => at !== undefined)
  if (starts.length > 0) joined.startedAt = Math.min(...starts, joined.finishedAt ?? Number.POSITIVE_INFINITY)
  return joined
}

/** It began when the first event says so; whether it is over says the last. */
function joinIncidents(named: 'first' | 'last', one: Incident, other: Incident): Incident {
  const [first, second] = isBefore(one, other) ? [one, other] : [other, one]
  const [earlier, later] = isLater(one, other) ? [other, one] : [one, other]
  const [beneath, above] = named === 'first' ? [second, first] : [earlier, later]
  const { resolvedAt: _, ...joined } = { ...beneath, ...above, ...greaterTime(earlier, later), openedAt: first.openedAt }
  const severity = later.severity ?? earlier.severity
  if (severity !== undefined) joined.severity = severity
  return later.resolvedAt === undefined ? joined : { ...joined, resolvedAt: Math.max(later.resolvedAt, joined.openedAt) }
}

function isBefore(one: Incident, other: Incident): boolean {
  if (one.openedAt !== other.openedAt) return one.openedAt < other.openedAt
  const [oneEnds, otherEnds] = [one.resolvedAt === one.openedAt, other.resolvedAt === other.openedAt]
  return oneEnds === otherEnds ? one.title <= other.title : otherEnds
}

function isLater(one: Incident, other: Incident): boolean {
  const [oneAt, otherAt] = [one.updatedAt ?? never, other.updatedAt ?? never]
  return oneAt === otherAt ? one.resolvedAt !== undefined : oneAt > otherAt
}

function greaterTime(one: { updatedAt?: number }, other: { updatedAt?: number }): { updatedAt?: number } {
  const at = Math.max(one.updatedAt ?? never, other.updatedAt ?? never)
  return at === never ? {} : { updatedAt: at }
}
