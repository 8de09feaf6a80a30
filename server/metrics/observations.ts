/** Deployments with what they carried and incidents, one by one but compact: read from rows or from blocks. */
import type { Ref } from '../facts.ts'
import { type Basis, stages } from '../linked.ts'
import type { ChangeReason } from './answer.ts'
import type { Judged } from './evidence.ts'

export const bases = ['first_commit', 'opened', 'merge'] as const satisfies Basis[]

/** Where a deployment is found: by its number in its service, which blocks know, or by its reference, which rows know. */
export type DeploymentPlace = number | Ref

export interface ObservedDeployment extends Judged {
  service: string
  place: DeploymentPlace
  /** Number of its deployment (release in a roll-up). */
  release: number
}

/** What carried changes: a deployment, as far as they are concerned. */
export interface Carrier {
  service: string
  /** Null: no deployment is known. */
  place: DeploymentPlace | null
  at: number
  /** Number of its deployment (release in a roll-up). */
  release: number
  /** Its changes in the lead time are those of the columns from here... */
  from: number
  /** ...to before here. */
  to: number
  excluded: Record<ChangeReason, number>
}

/** Changes in the lead time, column by column; durations in milliseconds. */
export interface ChangeColumns {
  lead: Float64Array
  /** Position in `bases`. */
  basis: Uint8Array
  /** 1: a pull request; 0: a commit. */
  isPull: Uint8Array
  /** From merge to live; 0 where it was merged later. */
  wait: Float64Array
  /** In the order of `stages`; NaN where one was not observed. */
  stages: Float64Array[]
}

export interface ObservedIncident {
  at: number
  endedAt: number | null
}

export interface Observations {
  deployments: ObservedDeployment[]
  carriers: Carrier[]
  changes: ChangeColumns
  incidents: ObservedIncident[]
}

/** Columns that grow. */
export class ColumnsBuilder {
  size = 0
  #capacity: number
  #columns: ChangeColumns

  constructor(capacity = 256) {
    this.#capacity = capacity
    this.#columns = {
      lead: new Float64Array(capacity),
      basis: new Uint8Array(capacity),
      isPull: new Uint8Array(capacity),
      wait: new Float64Array(capacity),
      stages: stages.map(() => new Float64Array(capacity)),
    }
  }

  /** The columns with room for so many more changes, all of which are to be written from `size` on: what was there is left over. */
  reserve(n: number): ChangeColumns {
    const wanted = this.size + n
    if (wanted > this.#capacity) this.#grow(Math.max(2 * this.#capacity, wanted))
    this.size = wanted
    return this.#columns
  }

  #grow(capacity: number): void {
    const larger = <T extends Float64Array | Uint8Array>(old: T): T => {
      const next = new (old.constructor as new (size: number) => T)(capacity)
      next.set(old)
      return next
    }
    const { lead, basis, isPull, wait, stages: spent } = this.#columns
    this.#columns = { lead: larger(lead), basis: larger(basis), isPull: larger(isPull), wait: larger(wait), stages: spent.map(larger) }
    this.#capacity = capacity
  }

  finish(): ChangeColumns {
    const { size } = this
    const { lead, basis, isPull, wait, stages: spent } = this.#columns
    return {
      lead: lead.subarray(0, size),
      basis: basis.subarray(0, size),
      isPull: isPull.subarray(0, size),
      wait: wait.subarray(0, size),
      stages: spent.map((column) => column.subarray(0, size)),
    }
  }
}

export function noneExcluded(): Record<ChangeReason, number> {
  return { baseline: 0, same_change: 0, promotion: 0, clock_skew: 0, already_delivered: 0 }
}
