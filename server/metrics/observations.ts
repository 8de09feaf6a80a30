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
  #lead: Float64Array
  #basis: Uint8Array
  #isPull: Uint8Array
  #wait: Float64Array
  #stages: Float64Array[]

  constructor(capacity = 256) {
    this.#lead = new Float64Array(capacity)
    this.#basis = new Uint8Array(capacity)
    this.#isPull = new Uint8Array(capacity)
    this.#wait = new Float64Array(capacity)
    this.#stages = stages.map(() => new Float64Array(capacity))
  }

  /** The position of a new change, whose wait and stages are still unknown. */
  add(lead: number, basis: number, isPull: number): number {
    if (this.size === this.#lead.length) this.#grow()
    const at = this.size++
    this.#lead[at] = lead
    this.#basis[at] = basis
    this.#isPull[at] = isPull
    this.#wait[at] = 0
    for (const column of this.#stages) column[at] = Number.NaN
    return at
  }

  setStage(at: number, stage: number, ms: number): void {
    ;(this.#stages[stage] as Float64Array)[at] = ms
  }

  setWait(at: number, ms: number): void {
    this.#wait[at] = ms
  }

  #grow(): void {
    const larger = <T extends Float64Array | Uint8Array>(old: T): T => {
      const next = new (old.constructor as new (size: number) => T)(old.length * 2)
      next.set(old)
      return next
    }
    this.#lead = larger(this.#lead)
    this.#basis = larger(this.#basis)
    this.#isPull = larger(this.#isPull)
    this.#wait = larger(this.#wait)
    this.#stages = this.#stages.map(larger)
  }

  finish(): ChangeColumns {
    const { size } = this
    return {
      lead: this.#lead.subarray(0, size),
      basis: this.#basis.subarray(0, size),
      isPull: this.#isPull.subarray(0, size),
      wait: this.#wait.subarray(0, size),
      stages: this.#stages.map((column) => column.subarray(0, size)),
    }
  }
}

export function noneExcluded(): Record<ChangeReason, number> {
  return { baseline: 0, same_change: 0, promotion: 0, clock_skew: 0, already_delivered: 0 }
}
