/** Observations from the blocks of services. */
import type { Instant } from '../facts.ts'
import { type Carrier, ColumnsBuilder, type Observations, type ObservedDeployment } from './observations.ts'
import { PackedReader } from './packed.ts'
import { type PlacedEntry, readEntry, readTag } from './tallies/entry.ts'

export interface ServiceBlocks {
  service: string
  /** Only what happened in these times counts, [from, to). */
  windows: { from: Instant; to: Instant }[]
  blocks: Uint8Array[]
}

/** Bytes of a block for each of its changes, about. */
const bytesOfChange = 18

/** `releaseSeconds`: in a roll-up deployments of one version within this time are one release; null: each is its own. */
export function observeBlocks(services: readonly ServiceBlocks[], releaseSeconds: number | null): Omit<Observations, 'incidents'> {
  const bytes = services.reduce((sum, { blocks }) => sum + blocks.reduce((all, { length }) => all + length, 0), 0)
  const columns = new ColumnsBuilder(Math.max(16, Math.ceil(bytes / bytesOfChange)))
  const found: (ObservedDeployment & Carrier & { place: number; version: number })[] = []
  for (const { service, windows, blocks } of services) {
    for (const block of blocks) {
      const reader = new PackedReader(block)
      while (!reader.isDone) {
        const length = reader.count()
        const end = reader.at + length
        const at = readTag(reader).at
        const isOutside = windows.every(({ from, to }) => at < from || at >= to)
        reader.at = end - length
        if (isOutside) reader.at = end
        else found.push(observed(readEntry(reader, columns), service))
      }
    }
  }
  found.sort((a, b) => a.at - b.at || (a.service === b.service ? a.place - b.place : a.service < b.service ? -1 : 1))
  numberReleases(found, releaseSeconds)
  return { deployments: found, carriers: found, changes: columns.finish() }
}

/** A deployment of a block is its own carrier. */
function observed(
  { head: entry, from, to }: PlacedEntry,
  service: string,
): ObservedDeployment & Carrier & { place: number; version: number } {
  // Written out: there may be tens of thousands.
  return {
    service,
    place: entry.n,
    release: 0,
    version: entry.version,
    at: entry.at,
    apart: entry.apart,
    judgeable: entry.judgeable,
    failed: entry.failed,
    beganAt: entry.beganAt,
    recoveredAt: entry.recoveredAt,
    settled: entry.settled,
    rework: entry.rework,
    changes: entry.changes,
    from,
    to,
    excluded: entry.excluded,
  }
}

/** Numbers the releases of deployments in order of time (definition `dora@1`, section 4). */
function numberReleases(deployments: { at: Instant; version: number; release: number }[], seconds: number | null): void {
  const begun = new Map<number, { at: Instant; number: number }>()
  let count = 0
  for (const deployment of deployments) {
    const { at, version } = deployment
    if (seconds !== null && version !== 0) {
      const known = begun.get(version)
      if (known !== undefined && at - known.at <= seconds * 1000) {
        deployment.release = known.number
        continue
      }
      begun.set(version, { at, number: count })
    }
    deployment.release = count++
  }
}
