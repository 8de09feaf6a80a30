/** Where the sums of a scope come from: observations, which are exact, or tallies, which tell values by their bins. */
import type { ClusterUnit } from './slice.ts'
import type { Summary } from './summary.ts'

/** Calendar days [from, to) of the reporting time zone, as days since 1970-01-01. */
export interface Days {
  from: number
  to: number
}

/** Counted deployments of each service that had any deployment. */
export type Deployed = Map<string, number>

export interface Reading {
  /** Greatest relative error of times; null where they are exact. */
  relativeError: number | null
  /** The sums of some windows together, which do not overlap. */
  summarise(windows: readonly Days[], unit: ClusterUnit): Summary
  /** Number of counted deployments. */
  counted(window: Days): number
  deployed(window: Days): Deployed
}
