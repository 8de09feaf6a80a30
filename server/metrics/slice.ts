/** The rows of one window or bucket, placed once: which week, which release, included or not. */
import type { Definition } from '../definition.ts'
import { type Instant, refKey } from '../facts.ts'
import { type LinkedDeployment, type LinkedIncident, type MeasuredChange, type Signal, signals } from '../linked.ts'
import type { ChangeReason } from './evidence.ts'
import {
  changeContext,
  deploymentTime,
  type EvidenceContext,
  type Explained,
  explainChanges,
  explainIncidents,
  leadSeconds,
} from './evidence.ts'
import type { MetricsInput } from './input.ts'
import { releasesOf } from './releases.ts'
import { type Span, spanIndex, type Window } from './windows.ts'

export type ClusterUnit = 'deployment' | 'release' | 'week'

export interface Placed {
  at: Instant
  /** Number of its deployment (release in a roll-up). */
  release: number
  /** Number of its ISO week in the reporting time zone. */
  week: number
}
export interface PlacedDeployment extends Placed {
  row: LinkedDeployment
}
export interface PlacedChange extends Placed {
  row: MeasuredChange
  explained: Explained<ChangeReason>
  seconds: number
}
/** An incident that counts: of a service, once in the scope. */
export interface PlacedIncident {
  at: Instant
  row: LinkedIncident
}

/** The span of time behind a frequency: its weeks, or why there is none. */
export type Exposure = { weeks: number; reason: null } | { weeks: null; reason: 'not_covered' | 'too_short' }

/** What a metric is computed from: one window, or one bucket of it. */
export interface Slice extends EvidenceContext {
  /** The asked window; a bucket needs only what its point shows. */
  whole: boolean
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
  deployments: PlacedDeployment[]
  changes: PlacedChange[]
  incidents: PlacedIncident[]
  /** Merge times of the changes that wait at asOf; none in a bucket. */
  waiting: readonly Instant[]
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

/** The cluster of a row in the slice's unit. */
export function clusterOf(slice: Slice, placed: Placed): number {
  return slice.clusterUnit === 'week' ? placed.week : placed.release
}

/** A window of this many days clusters by the deployment, the release or the ISO week. */
export function clusterUnitOf(days: number, rollUp: boolean, definition: Definition): ClusterUnit {
  if (days >= definition.weekClusters * 7) return 'week'
  return rollUp ? 'release' : 'deployment'
}

/** The window's rows in their places; rows outside of it are left out. `weeks` are the ISO weeks of the window. */
export function placeRows(input: MetricsInput, window: Window, weeks: readonly Span[], rollUp: boolean) {
  const inside = (at: Instant | null): at is Instant => at !== null && at >= window.from && at < window.to
  const releases = releasesOf(input.deployments, rollUp ? input.definition.releaseWindow : null)
  const deployments: PlacedDeployment[] = []
  for (const row of input.deployments) {
    const at = deploymentTime(row)
    if (inside(at)) deployments.push({ row, at, release: releases.of(refKey(row)), week: spanIndex(weeks, at) })
  }
  const delivered = input.changes.filter((row) => inside(row.deployedAt))
  const explained = explainChanges(delivered, changeContext(input))
  const changes = delivered.map((row, i): PlacedChange => {
    const at = row.deployedAt as Instant
    const release = row.deployment ? releases.of(refKey(row.deployment)) : releases.alone()
    return { row, explained: explained[i] as Explained<ChangeReason>, seconds: leadSeconds(row), at, release, week: spanIndex(weeks, at) }
  })
  const opened = input.incidents.filter((row) => inside(row.openedAt))
  const once = explainIncidents(opened)
  const incidents = opened.flatMap((row, i): PlacedIncident[] => (once[i]?.included ? [{ row, at: row.openedAt }] : []))
  return { deployments, changes, incidents }
}

/** The signals that any of the services could show, strongest first. */
export function seenSignals(input: MetricsInput): Signal[] {
  return signals.filter((signal) => input.services.some((service) => service.signals.includes(signal)))
}
