/** Deployments that brought a backlog live: many changes at once that had waited much longer than usual, as after a freeze. */
import { refKey } from '../../facts.ts'
import type { LinkedDeployment } from '../../linked.ts'
import type { ServiceSums, Sums } from './sums.ts'

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
  /** Mean ln(1 + seconds) of the window's other changes; null where there are none. */
  logMeanWithout: number | null
}

/** A backlog holds at least so many changes... */
export const backlogChanges = 5
/** ...and so many times as many as usual... */
const backlogBatch = 2
/** ...that waited so many times as long as usual... */
const backlogWait = 3
/** ...and so many seconds longer. */
const backlogDelay = 86_400

/**
 * What is usual is told by the same service in the other window: the geometric mean of its waits from merge to live, and its mean number of changes in a deployment
 * that carries any. A backlog release carries at least 5 changes and twice as many as usual, and they had waited three times as long as
 * usual and a day longer. Where the other window has fewer than 5 changes of the service nothing is known to be usual, and none is named.
 * Largest effect on the window's mean first.
 */
export function backlogReleases(deliveries: readonly Delivery[], usual: readonly ServiceSums[], window: Sums): BacklogRelease[] {
  const known = new Map(usual.map((sums) => [sums.service, sums]))
  const releases = deliveries.flatMap((delivery): BacklogRelease[] => {
    const sums = known.get(delivery.service)
    if (sums === undefined || sums.n < backlogChanges || delivery.n < backlogChanges) return []
    const wait = Math.expm1(delivery.waitLogSum / delivery.n)
    const usualWait = Math.expm1(sums.waitLogSum / sums.n)
    const usualChanges = sums.n / sums.carrying
    if (delivery.n < backlogBatch * usualChanges || wait < backlogWait * usualWait || wait < usualWait + backlogDelay) return []
    const others = window.n - delivery.n
    const logMeanWithout = others > 0 ? (window.logSum - delivery.logSum) / others : null
    return [{ ...delivery, wait, usualWait, usualChanges, logMeanWithout }]
  })
  const mean = window.logSum / window.n
  const effect = ({ logMeanWithout }: BacklogRelease) => mean - (logMeanWithout ?? 0)
  return releases.sort((a, b) => effect(b) - effect(a) || (refKey(a.deployment) < refKey(b.deployment) ? -1 : 1))
}

/** The window whose changes typically took longer (geometric mean); null where neither did. */
export function slowerTypically(before: Sums, after: Sums): 'before' | 'after' | null {
  if (before.n === 0 || after.n === 0) return null
  const difference = after.logSum / after.n - before.logSum / before.n
  if (difference === 0) return null
  return difference > 0 ? 'after' : 'before'
}
