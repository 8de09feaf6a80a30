/** Sums made from observations: exact. */
import type { Instant } from '../facts.ts'
import { type Basis, stages } from '../linked.ts'
import { type EvidenceContext, isPending, isUnsettled } from './evidence.ts'
import { bases, type Carrier, noneExcluded, type Observations, type ObservedDeployment } from './observations.ts'
import { type Days, type Deployed, type Reading, rememberSums } from './reading.ts'
import type { ClusterUnit } from './slice.ts'
import { spreadOf } from './spread.ts'
import { median, medianOf } from './statistics.ts'
import type { Summary } from './summary.ts'
import { durationOf } from './survival.ts'
import { dayFinder, isoWeekStart, startOfDay } from './windows.ts'

const dayMs = 86_400_000

export function observedReading(observations: Observations, timeZone: string, context: EvidenceContext): Reading {
  const dayOf = dayFinder(timeZone)
  const ordered = {
    deployments: inOrder(observations.deployments),
    carriers: inOrder(observations.carriers),
    changes: observations.changes,
    incidents: inOrder(observations.incidents),
  }
  const within = <T extends { at: Instant }>(rows: readonly T[], windows: readonly Days[]): T[] =>
    joined(
      windows.map(({ from, to }) => rows.slice(firstFrom(rows, startOfDay(from, timeZone)), firstFrom(rows, startOfDay(to, timeZone)))),
    )
  return {
    relativeError: null,
    summarise: rememberSums((windows, unit) =>
      summaryOf(
        {
          ...ordered,
          deployments: within(ordered.deployments, windows),
          carriers: within(ordered.carriers, windows),
          incidents: within(ordered.incidents, windows),
        },
        { ...context, weekOf: (at) => isoWeekStart(dayOf(at)) },
        unit,
      ),
    ),
    counted({ from, to }) {
      const { deployments } = ordered
      const end = firstFrom(deployments, startOfDay(to, timeZone))
      let counted = 0
      for (let i = firstFrom(deployments, startOfDay(from, timeZone)); i < end; i++) if (deployments[i]?.apart === null) counted++
      return counted
    },
    deployed: (window) => deployedBy(within(ordered.deployments, [window])),
  }
}

function joined<T>(parts: T[][]): T[] {
  return parts.length === 1 ? (parts[0] as T[]) : parts.flat()
}

function inOrder<T extends { at: Instant }>(rows: readonly T[]): readonly T[] {
  const isInOrder = rows.every(({ at }, i) => i === 0 || (rows[i - 1] as T).at <= at)
  return isInOrder ? rows : [...rows].sort((a, b) => a.at - b.at)
}

/** Position of the first row at or after an instant. */
function firstFrom(rows: readonly { at: Instant }[], at: Instant): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle] as { at: Instant }).at < at) low = middle + 1
    else high = middle
  }
  return low
}

function deployedBy(deployments: readonly ObservedDeployment[]): Deployed {
  const found: Deployed = new Map()
  for (const { service, apart } of deployments) found.set(service, (found.get(service) ?? 0) + (apart === null ? 1 : 0))
  return found
}

interface Context extends EvidenceContext {
  weekOf(at: Instant): number
}

function summaryOf(rows: Observations, context: Context, unit: ClusterUnit): Summary {
  const apart: Summary['apart'] = {}
  const times: Instant[] = []
  const sizes: number[] = []
  const sizeClusters: number[] = []
  const recoveries: Summary['recoveries'] = []
  const sums = { judged: 0, failed: 0, pending: 0, provisional: 0, rework: 0, carriesNothing: 0 }
  let isProvisional = false
  for (const deployment of rows.deployments) {
    const { at, apart: reason } = deployment
    if (reason === null) {
      times.push(at)
      if (deployment.rework) sums.rework++
      if (deployment.changes === 0) sums.carriesNothing++
      else {
        sizes.push(deployment.changes)
        sizeClusters.push(unit === 'week' ? context.weekOf(at) : deployment.release)
      }
    } else apart[reason] = (apart[reason] ?? 0) + 1
    if (!deployment.judgeable) continue
    const isYoung = isUnsettled(deployment, context)
    isProvisional ||= isYoung
    if (isPending(deployment, context)) {
      sums.pending++
      continue
    }
    sums.judged++
    if (isYoung) sums.provisional++
    if (!deployment.failed) continue
    sums.failed++
    recoveries.push(durationOf(deployment.beganAt, deployment.recoveredAt, context.asOf))
  }
  return {
    counted: times.length,
    apart,
    medianGap: () => medianGap(times),
    ...sums,
    isProvisional,
    sizes: spreadOf({ values: sizes, clusters: sizeClusters }, 'sizes'),
    recoveries,
    restores: rows.incidents.map(({ at, endedAt }) => durationOf(at, endedAt, context.asOf)),
    ...summaryOfChanges(rows, context, unit),
  }
}

/** Median days between instants in order; null under two. */
function medianGap(times: readonly Instant[]): number | null {
  return median(times.slice(1).map((at, i) => (at - (times[i] as Instant)) / dayMs))
}

type ChangeSums = Pick<Summary, 'leads' | 'releases' | 'bases' | 'pulls' | 'excluded' | 'stages'>

function summaryOfChanges({ carriers, changes }: Observations, context: Context, unit: ClusterUnit): ChangeSums {
  const excluded = noneExcluded()
  let n = 0
  for (const carrier of carriers) {
    n += carrier.to - carrier.from
    excluded.baseline += carrier.excluded.baseline
    excluded.same_change += carrier.excluded.same_change
    excluded.promotion += carrier.excluded.promotion
    excluded.clock_skew += carrier.excluded.clock_skew
  }
  const values = new Float64Array(n)
  const clusters = new Int32Array(n)
  const basisCounts = bases.map(() => 0)
  const releases = new Set<number>()
  let pulls = 0
  let filled = 0
  for (const { at, release, from, to } of carriers) {
    if (from === to) continue
    releases.add(release)
    clusters.fill(unit === 'week' ? context.weekOf(at) : release, filled, filled + to - from)
    for (let i = from; i < to; i++) {
      values[filled++] = (changes.lead[i] as number) / 1000
      const basis = changes.basis[i] as number
      basisCounts[basis] = (basisCounts[basis] as number) + 1
      pulls += changes.isPull[i] as number
    }
  }
  return {
    leads: spreadOf({ values, clusters }, 'times'),
    releases: releases.size,
    bases: Object.fromEntries(bases.map((basis, i) => [basis, basisCounts[i]])) as Record<Basis, number>,
    pulls,
    excluded,
    stages: () => stageMedians(carriers, changes),
  }
}

/** Each over the changes where it was observed, so that they do not add up to the lead time. */
function stageMedians(carriers: readonly Carrier[], changes: Observations['changes']): ReturnType<Summary['stages']> {
  const medians: ReturnType<Summary['stages']> = {}
  for (const [i, stage] of stages.entries()) {
    const column = changes.stages[i] as Float64Array
    let n = 0
    for (const { from, to } of carriers) for (let at = from; at < to; at++) if (!Number.isNaN(column[at])) n++
    const value = medianOf(n, (seconds) => {
      let filled = 0
      for (const { from, to } of carriers) {
        for (let at = from; at < to; at++) if (!Number.isNaN(column[at])) seconds[filled++] = (column[at] as number) / 1000
      }
    })
    if (value !== null) medians[stage] = { value, n }
  }
  return medians
}
