/** Observations from the blocks of services. */
import type { Instant } from '../facts.ts'
import { type Carrier, ColumnsBuilder, type Observations, type ObservedDeployment } from './observations.ts'
import { entriesOf } from './tallies/block.ts'
import { type PlacedEntry, readEntry } from './tallies/entry.ts'

export interface ServiceBlocks {
  service: string
  /** Only what happened in these times counts, [from, to). */
  windows: { from: Instant; to: Instant }[]
  blocks: Uint8Array[]
}

/** `releaseSeconds`: in a roll-up deployments of one version within this time are one release; null: each is its own. */
export function observeBlocks(services: readonly ServiceBlocks[], releaseSeconds: number | null): Omit<Observations, 'incidents'> {
  const columns = new ColumnsBuilder(4096)
  const found: (PlacedEntry & { service: string })[] = []
  for (const { service, windows, blocks } of services) {
    for (const block of blocks) {
      for (const { at, bytes } of entriesOf(block)) {
        if (windows.some(({ from, to }) => at >= from && at < to)) found.push({ ...readEntry(bytes, columns), service })
      }
    }
  }
  found.sort((a, b) => a.at - b.at || (a.service === b.service ? a.n - b.n : a.service < b.service ? -1 : 1))
  const releases = numberReleases(found, releaseSeconds)
  const deployments: ObservedDeployment[] = []
  const carriers: Carrier[] = []
  for (const [i, { from, to, excluded, version: _, n: place, ...judged }] of found.entries()) {
    const release = releases[i] as number
    const { service, at } = judged
    deployments.push({ ...judged, place, release })
    carriers.push({ service, place, at, release, from, to, excluded })
  }
  return { deployments, carriers, changes: columns.finish() }
}

/** Numbers of the releases of deployments in order of time (definition `dora@1`, section 4). */
function numberReleases(deployments: readonly { at: Instant; version: number }[], seconds: number | null): Uint32Array {
  const numbers = new Uint32Array(deployments.length)
  const begun = new Map<number, { at: Instant; number: number }>()
  let count = 0
  for (const [i, { at, version }] of deployments.entries()) {
    const known = seconds === null || version === 0 ? undefined : begun.get(version)
    if (known !== undefined && at - known.at <= (seconds as number) * 1000) {
      numbers[i] = known.number
      continue
    }
    numbers[i] = count
    if (version !== 0) begun.set(version, { at, number: count })
    count++
  }
  return numbers
}
