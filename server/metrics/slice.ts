/** What a metric is computed from: the sums of one window, or one bucket of it, and what is known of its time. */
import type { Definition } from '../definition.ts'
import type { Instant } from '../facts.ts'
import { type ServiceFacts, type Signal, signals } from '../linked.ts'
import type { EvidenceContext } from './evidence.ts'
import type { Summary } from './summary.ts'

export type ClusterUnit = 'deployment' | 'release' | 'week'

/** The span of time behind a frequency: its weeks, or why there is none. */
export type Exposure = { weeks: number; reason: null } | { weeks: null; reason: 'not_covered' | 'too_short' }

/** Changes that are merged and not delivered. */
export interface Waiting {
  count: number
  /** When the first of them was merged. */
  oldest: Instant | null
}

export interface Slice extends EvidenceContext {
  /** How much is told: of the asked window all; of a bucket its point; in a list's bucket only the value. */
  detail: 'all' | 'point' | 'value'
  /** Several services are pooled: a team's or the organisation's. */
  rollUp: boolean
  /** Number of services pooled. */
  services: number
  /** Signals of failure that the data could show, strongest first. */
  signals: readonly Signal[]
  covered: boolean
  exposure: Exposure
  /** How much less even than chance the window's weekly deployments are, at least 1. */
  dispersion: number
  clusterUnit: ClusterUnit
  summary: Summary
  /** At asOf; nothing in a bucket. */
  waiting: Waiting
}

export const nothingWaits: Waiting = { count: 0, oldest: null }

export function waitingOf(mergedAt: readonly Instant[]): Waiting {
  return { count: mergedAt.length, oldest: mergedAt.length === 0 ? null : mergedAt.reduce((a, b) => Math.min(a, b)) }
}

/** The weeks behind a rate: none without coverage or under the least number of days. */
export function exposureOf(covered: number, days: number, least: number): Exposure {
  if (covered === 0) return { weeks: null, reason: 'not_covered' }
  if (days < least) return { weeks: null, reason: 'too_short' }
  return { weeks: days / 7, reason: null }
}

/** What keeps an empty metric from a value: nothing is known, or nothing happened. */
export function absence<Reason>(slice: Slice, reason: Reason): Reason | 'not_covered' {
  return slice.covered ? reason : 'not_covered'
}

/** A window of this many days clusters by the deployment, the release or the ISO week. */
export function clusterUnitOf(days: number, rollUp: boolean, definition: Definition): ClusterUnit {
  if (days >= definition.weekClusters * 7) return 'week'
  return rollUp ? 'release' : 'deployment'
}

/** The signals that any of the services could show, strongest first. */
export function seenSignals(services: readonly ServiceFacts[]): Signal[] {
  return signals.filter((signal) => services.some((service) => service.signals.includes(signal)))
}
