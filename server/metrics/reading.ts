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

/** Sums that are asked for again are made once: the window itself is one side of its comparison. */
export function rememberSums(summarise: Reading['summarise']): Reading['summarise'] {
  const known = new Map<string, Summary>()
  return (windows, unit) => {
    const name = windows.reduce((text, { from, to }) => `${text} ${from} ${to}`, unit as string)
    const summary = known.get(name) ?? summarise(windows, unit)
    known.set(name, summary)
    return summary
  }
}
