/** Deployments that brought a backlog live: many changes at once that had waited much longer than usual, as after a freeze. */
import { refKey } from '../../facts.ts'
import type { LinkedDeployment } from '../../linked.ts'
import { type ServiceSums, type Sums, totalOf } from './sums.ts'

/** What is told of a deployment that is named. */
export type NamedDeployment = Pick<LinkedDeployment, 'service' | 'source' | 'id' | 'version' | 'commit' | 'url' | 'finishedAt'>

export function named({ service, source, id, version, commit, url, finishedAt }: LinkedDeployment): NamedDeployment {
  return { service, source, id, version, commit, url, finishedAt }
}

/** What a deployment carried of the changes in the lead time. */
export interface Delivery {
  service: string
  deployment: NamedDeployment
  n: number
  /** Σ ln(1 + seconds of lead time), and of the wait from merge to live. */
  logSum: number
  waitLogSum: number
}

export interface BacklogRelease extends Delivery {
  /** Seconds from merge to live, geometric mean: of its changes, and usual for its service. */
  wait: number
  usualWait: number
  /** Changes in a deployment of its service, usually. */
  usualChanges: number
}

export interface Backlog {
  /** Largest effect first. */
  releases: BacklogRelease[]
  /** Mean ln(1 + seconds) of the window's other changes. */
  logMeanWithout: number
}

/** A backlog holds at least so many changes... */
export const backlogChanges = 5
/** ...and so many times as many as usual... */
const backlogBatch = 2
/** ...that waited so many times as long as usual... */
const backlogWait = 3
/** ...and so many seconds longer. */
const backlogDelay = 86_400
/** Together they are at least this share of the difference between the windows, else they explain none of it. */
const backlogShare = 0.1

/**
 * The backlog releases of the window that was typically slower, which is told by its sums and the other's. A deployment is one where it carries at
 * least 5 changes and twice as many as usual, and they had waited three times as long as usual from merge to live, and a day longer.
 * Usual for its service are, whichever is more, the mean number of changes of a carrying deployment and the geometric mean of the waits in the
 * other window, and the same in its own window without it: so a service that always released so has released no backlog. Where the
 * other window has fewer than 5 changes of the service nothing is known to be usual. Null where there is none, or they matter too little.
 */
export function backlogOf(deliveries: readonly Delivery[], own: readonly ServiceSums[], other: readonly ServiceSums[]): Backlog | null {
  const [mine, others] = [own, other].map((sums) => new Map(sums.map((each) => [each.service, each]))) as [Known, Known]
  const releases = deliveries.flatMap((delivery): BacklogRelease[] => {
    const usual = usualOf(delivery, mine.get(delivery.service), others.get(delivery.service))
    if (usual === null || delivery.n < backlogChanges) return []
    const wait = Math.expm1(delivery.waitLogSum / delivery.n)
    const { usualWait, usualChanges } = usual
    if (delivery.n < backlogBatch * usualChanges || wait < backlogWait * usualWait || wait < usualWait + backlogDelay) return []
    return [{ ...delivery, wait, usualWait, usualChanges }]
  })
  const [window, before] = [totalOf(own), totalOf(other)]
  const rest = window.n - releases.reduce((sum, { n }) => sum + n, 0)
  if (releases.length === 0 || rest === 0 || before.n === 0) return null
  const ordered = releases.sort((a, b) => effect(b, window) - effect(a, window) || (refKey(a.deployment) < refKey(b.deployment) ? -1 : 1))
  const logMeanWithout = (window.logSum - ordered.reduce((sum, { logSum }) => sum + logSum, 0)) / rest
  const mean = window.logSum / window.n
  return mean - logMeanWithout < backlogShare * (mean - before.logSum / before.n) ? null : { releases: ordered, logMeanWithout }
}

type Known = Map<string, ServiceSums>

function usualOf(delivery: Delivery, own: ServiceSums | undefined, other: ServiceSums | undefined) {
  if (other === undefined || other.n < backlogChanges) return null
  const [n, carrying] = [(own?.n ?? 0) - delivery.n, (own?.carrying ?? 0) - 1]
  const [waits, changes] = [[other.waitLogSum / other.n], [other.n / other.carrying]]
  if (own !== undefined && n >= backlogChanges && carrying > 0) {
    waits.push((own.waitLogSum - delivery.waitLogSum) / n)
    changes.push(n / carrying)
  }
  return { usualWait: Math.expm1(Math.max(...waits)), usualChanges: Math.max(...changes) }
}

/** How far it moves the mean of its window. */
function effect({ n, logSum }: Delivery, window: Sums): number {
  return (logSum - (n * window.logSum) / window.n) / window.n
}

/** The window whose changes typically took longer (geometric mean); null where neither did. */
export function slowerTypically(before: Sums, after: Sums): 'before' | 'after' | null {
  if (before.n === 0 || after.n === 0) return null
  const difference = after.logSum / after.n - before.logSum / before.n
  if (difference === 0) return null
  return difference > 0 ? 'after' : 'before'
}
