/**
 * What an explanation takes from observations: sums, and where the few rows stand that it may name. Small, so that a large scope can be gone
 * through in parts.
 */
import { refKey } from '../../facts.ts'
import { explainJudged } from '../evidence.ts'
import type { Carrier, DeploymentPlace } from '../observations.ts'
import type { ObservedRows } from '../observe-rows.ts'
import type { Days } from '../reading.ts'
import { withinDays } from '../windows.ts'
import { backlogChanges } from './backlog-releases.ts'
import { fewChanges } from './carrying-changes.ts'
import { carriedSums, type Observed, type ServiceSums, type SumsContext, sumsOf } from './sums.ts'

/** A deployment that may be named. */
export interface PlacedDeployment {
  service: string
  place: DeploymentPlace
  at: number
}

/** A change that may be named. */
export interface PlacedChange extends PlacedDeployment {
  /** Lead time in milliseconds. */
  lead: number
  /** Null: any change of its deployment with that lead time. */
  change: { repository: string; key: string } | null
}

/** What a deployment carried, before it has a name. */
export interface PlacedDelivery extends PlacedDeployment {
  n: number
  logSum: number
  waitLogSum: number
  /** Σ milliseconds from merge to live. */
  waited: number
}

export interface Findings {
  /** Of each service. */
  sums: readonly ServiceSums[]
  /** The longest changes, longest first. */
  longest: readonly PlacedChange[]
  /** The deployments of at least so many changes as a backlog has whose changes waited longest in all, longest first. */
  deliveries: readonly PlacedDelivery[]
  /** The newest failed deployments of each service, newest first. */
  failures: ReadonlyMap<string, readonly PlacedDeployment[]>
}

export const noFindings: Findings = { sums: [], longest: [], deliveries: [], failures: new Map() }

/** Deliveries that are looked at, and failures of a service. */
const maxDeliveries = 20
export const maxFailures = 5

/** Of the windows together; `observed` may hold more. */
export function findingsOf(observed: Observed & Partial<ObservedRows>, windows: readonly Days[], context: SumsContext): Findings {
  const isIn = withinDays(windows, context.timeZone)
  const carriers = observed.carriers.filter(({ at, from, to }) => from < to && isIn(at))
  return {
    sums: sumsOf(observed, windows, context),
    longest: longestOf(carriers, observed),
    deliveries: deliveriesOf(carriers, observed),
    failures: failuresOf(observed, isIn, context),
  }
}

/** The findings of services together with those of others. */
export function joinFindings(one: Findings, other: Findings): Findings {
  return {
    sums: [...one.sums, ...other.sums],
    longest: [...one.longest, ...other.longest].sort(longestFirst).slice(0, fewChanges),
    deliveries: [...one.deliveries, ...other.deliveries].sort(longestWaitFirst).slice(0, maxDeliveries),
    failures: new Map([...one.failures, ...other.failures]),
  }
}

function longestOf(carriers: readonly Carrier[], { changes, rows }: Observed & Partial<ObservedRows>): PlacedChange[] {
  let found: PlacedChange[] = []
  let least = -1
  for (const { service, place, at, from, to } of carriers) {
    if (place === null) continue
    for (let i = from; i < to; i++) {
      const lead = changes.lead[i] as number
      if (lead < least) continue
      const row = rows?.[i]
      found.push({ service, place, at, lead, change: row === undefined ? null : { repository: row.repository, key: row.key } })
    }
    if (found.length < 4 * fewChanges) continue
    found = found.sort(longestFirst).slice(0, fewChanges)
    least = (found.at(-1) as PlacedChange).lead
  }
  return found.sort(longestFirst).slice(0, fewChanges)
}

function deliveriesOf(carriers: readonly Carrier[], { changes }: Observed): PlacedDelivery[] {
  const large = carriers.flatMap((carrier) => {
    if (carrier.place === null || carrier.to - carrier.from < backlogChanges) return []
    let waited = 0
    for (let i = carrier.from; i < carrier.to; i++) waited += changes.wait[i] as number
    return [{ carrier, service: carrier.service, place: carrier.place, at: carrier.at, waited }]
  })
  return large
    .sort(longestWaitFirst)
    .slice(0, maxDeliveries)
    .map(({ carrier, ...delivery }) => ({ ...delivery, ...carriedSums(carrier, changes) }))
}

function failuresOf({ deployments }: Observed, isIn: (at: number) => boolean, context: SumsContext): Findings['failures'] {
  const failed = new Map<string, PlacedDeployment[]>()
  for (const deployment of deployments) {
    if (!isIn(deployment.at) || !explainJudged(deployment, 'change_fail_rate', context).counts) continue
    const { service, place, at } = deployment
    const own = failed.get(service)
    if (own) own.push({ service, place, at })
    else failed.set(service, [{ service, place, at }])
  }
  return new Map([...failed].map(([service, own]) => [service, own.sort(newestFirst).slice(0, maxFailures)]))
}

export function newestFirst(a: PlacedDeployment, b: PlacedDeployment): number {
  return b.at - a.at || byPlace(a, b)
}

function longestFirst(a: PlacedChange, b: PlacedChange): number {
  return b.lead - a.lead || a.at - b.at || byPlace(a, b) || byText(a.change?.key ?? '', b.change?.key ?? '')
}

function longestWaitFirst(a: PlacedDeployment & { waited: number }, b: PlacedDeployment & { waited: number }): number {
  return b.waited - a.waited || a.at - b.at || byPlace(a, b)
}

function byPlace(a: PlacedDeployment, b: PlacedDeployment): number {
  if (a.service !== b.service) return byText(a.service, b.service)
  // The deployments of one service are all told in one way.
  if (typeof a.place === 'number' || typeof b.place === 'number') return Number(a.place) - Number(b.place)
  return byText(refKey(a.place), refKey(b.place))
}

function byText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
