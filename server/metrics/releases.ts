/** Releases: in a roll-up, deployments of one repository at one commit that finished close together. */
import { refKey } from '../facts.ts'
import type { LinkedDeployment } from '../linked.ts'
import { deploymentTime } from './evidence.ts'

export interface Releases {
  /** The number of a deployment's release; a deployment that is not known is a release of its own. */
  of(deployment: string): number
  /** The number of a release that nothing else shares. */
  alone(): number
}

/**
 * Numbers the releases. Deployments of one repository at one commit are one release while they finish within `seconds` of the first of them
 * (definition `dora@1`, section 4); with null each deployment is its own.
 */
export function releasesOf(deployments: readonly LinkedDeployment[], seconds: number | null): Releases {
  const numbers = new Map<string, number>()
  let count = 0
  function own(key: string): number {
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, count)
    return count++
  }
  if (seconds !== null) {
    const versions = new Map<string, { key: string; at: number }[]>()
    for (const row of deployments) {
      const at = deploymentTime(row)
      if (row.commit === null || at === null) continue
      const version = `${row.repository}\n${row.commit}`
      const group = versions.get(version)
      if (group) group.push({ key: refKey(row), at })
      else versions.set(version, [{ key: refKey(row), at }])
    }
    for (const group of versions.values()) {
      group.sort((a, b) => a.at - b.at)
      let began = Number.NEGATIVE_INFINITY
      for (const { key, at } of group) {
        if (at - began > seconds * 1000) {
          began = at
          count++
        }
        numbers.set(key, count - 1)
      }
    }
  }
  return { of: own, alone: () => count++ }
}
