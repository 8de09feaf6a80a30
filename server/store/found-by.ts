/** By what a deployment's row is found: what the metrics see of it and of the changes that it carries. */
import type { LinkedChange, LinkedDeployment } from '../linked.ts'
import { type ChangeReason, changeReasons } from '../metrics/answer.ts'
import { deploymentTime, explainChange, type Judged, judge, leadSeconds } from '../metrics/evidence.ts'

export interface FoundBy extends Pick<Judged, 'apart' | 'judgeable' | 'settled' | 'failed' | 'recoveredAt'> {
  /** Null unless it failed. */
  beganAt: number | null
  /** Its batch size. */
  size: number
  /** Milliseconds; null where no change is in the lead time. */
  longest: number | null
  /** Of its other changes. */
  longestLeftOut: number | null
  /** A bit for each of `changeReasons`. */
  leftOut: number
}

export function reasonBit(reason: ChangeReason): number {
  return 1 << changeReasons.indexOf(reason)
}

export function foundBy(deployment: LinkedDeployment, carried: Iterable<LinkedChange>): FoundBy {
  const { apart, judgeable, settled, failed, beganAt, recoveredAt, changes } = judge(deployment, deploymentTime(deployment) ?? 0)
  let longest: number | null = null
  let longestLeftOut: number | null = null
  let leftOut = 0
  for (const change of carried) {
    const lead = Math.round(leadSeconds(change) * 1000)
    const { reason } = explainChange(change, { ofTier: true })
    if (reason === null) longest = Math.max(lead, longest ?? lead)
    else {
      longestLeftOut = Math.max(lead, longestLeftOut ?? lead)
      leftOut |= reasonBit(reason)
    }
  }
  return {
    apart,
    judgeable,
    settled,
    failed,
    beganAt: failed ? beganAt : null,
    recoveredAt,
    size: changes,
    longest,
    longestLeftOut,
    leftOut,
  }
}
