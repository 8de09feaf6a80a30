/** The end of a transaction that changed anything: the revision, and the blocks and tallies that follow from what was written. */
import type { Config } from '../config.ts'
import { groupBy } from '../delivery/group-by.ts'
import type { Instant } from '../facts.ts'
import { entriesOf, type PackedEntry, packBlock, packedEntry } from '../metrics/tallies/block.ts'
import { type Entry, entryOf, packEntry, unpackEntry } from '../metrics/tallies/entry.ts'
import { dayFinder, isoWeekStart } from '../metrics/windows.ts'
import { type BlockKey, readAllBlocks, readBlocks, type StoredBlock, writeBlocks } from '../store/blocks.ts'
import type { Db } from '../store/database.ts'
import { bumpRevision } from '../store/meta.ts'
import { readOverlapping, updateOverlapping } from '../store/overlaps.ts'
import { readServiceKeys, type ServiceKey, stampServices } from '../store/services.ts'
import type { DerivedServices } from './derive-services.ts'
import { TallySums } from './tally-sums.ts'

type Written = DerivedServices['written'][number]

/** A deployment's entry as it was and as it is. */
interface ChangedEntry {
  service: ServiceKey
  before: { tier: string; entry: Entry } | null
  after: { tier: string; entry: Entry } | null
}

/**
 * Raises the revision first: whoever else would write tallies waits for that row, so that no two add to one tally at once, and whoever has seen a
 * revision has seen all that it brought.
 */
export async function settle(tx: Db, written: readonly Written[], { config, now }: { config: Config; now: Instant }): Promise<void> {
  const revision = await bumpRevision(tx, now)
  const moved = written.some(({ movedRepository }) => movedRepository) ? await updateOverlapping(tx) : { began: [], ended: [] }
  await stampServices(
    tx,
    written.map(({ id }) => id),
    revision,
  )
  const sums = new TallySums(config)
  const overlapping = await readOverlapping(tx)
  // The tallies hold of a service that shares its repository from now on what its blocks have been.
  await addBlocks(tx, sums, moved.began, -1)
  const ended = new Set(moved.ended)
  for (const { service, before, after } of await patchBlocks(tx, written, config)) {
    if (overlapping.has(service.id) || ended.has(service.id)) continue
    if (before !== null) sums.addEntry(service, before.tier, before.entry, -1)
    if (after !== null) sums.addEntry(service, after.tier, after.entry, 1)
  }
  await addBlocks(tx, sums, moved.ended, 1)
  for (const service of written) {
    for (const { before, after } of service.incidents) {
      if (before !== null) sums.addIncident(service, before, -1)
      if (after !== null) sums.addIncident(service, after, 1)
    }
  }
  await sums.save(tx, revision)
}

/** Adds all blocks of the services, or takes them away. */
async function addBlocks(tx: Db, sums: TallySums, ids: readonly number[], sign: 1 | -1): Promise<void> {
  for (const service of await readServiceKeys(tx, ids)) {
    for (const { tier, data } of await readAllBlocks(tx, service.id)) {
      for (const { bytes } of entriesOf(data)) sums.addEntry(service, tier, unpackEntry(bytes), sign)
    }
  }
}

/** Brings the blocks of the written deployments to what these are now. */
export async function patchBlocks(tx: Db, written: readonly Written[], config: Config): Promise<ChangedEntry[]> {
  const dayOf = dayFinder(config.timeZone)
  const keyOf = (serviceId: number, tier: string | null, at: Instant | null): BlockKey | null =>
    tier === null || at === null ? null : { serviceId, tier, week: isoWeekStart(dayOf(at)) }
  const keys = new Map<string, BlockKey>()
  for (const { id, deployments } of written) {
    for (const { before, after } of deployments) {
      for (const key of [
        before && keyOf(id, before.tier, before.at),
        after && keyOf(id, after.tier, after.finishedAt ?? after.startedAt),
      ]) {
        if (key !== null) keys.set(blockText(key), key)
      }
    }
  }
  const stored = new Map((await readBlocks(tx, [...keys.values()])).map((block) => [blockText(block), block]))
  const blocks = new Map([...keys].map(([text, key]) => [text, new OpenBlock(key, stored.get(text))]))
  const changed = new Map<string, ChangedEntry>()
  for (const { id, key, deployments } of written) {
    for (const { n, before, after, carried } of deployments) {
      const left = before && keyOf(id, before.tier, before.at)
      const old = left === null ? null : (blocks.get(blockText(left)) as OpenBlock).take(n)
      const at = after && (after.finishedAt ?? after.startedAt)
      const place = after && keyOf(id, after.tier, at)
      let entry: Entry | null = null
      if (place !== null && after !== null) {
        entry = entryOf(n, after, at as Instant, carried ?? [])
        if (carried === null && old !== null) entry = { ...entry, excluded: old.excluded, included: old.included }
        ;(blocks.get(blockText(place)) as OpenBlock).put(entry)
      }
      changed.set(`${id} ${n}`, {
        service: { id, key },
        before: left === null || old === null ? null : { tier: left.tier, entry: old },
        after: place === null || entry === null ? null : { tier: place.tier, entry },
      })
    }
  }
  const services = new Map(written.map(({ id, key }) => [id, { id, key }]))
  for (const [text, block] of blocks) {
    const { serviceId, tier } = keys.get(text) as BlockKey
    for (const { before, after } of block.followReleases(config.definition.releaseWindow)) {
      const known = changed.get(`${serviceId} ${after.n}`)
      if (known) known.after = { tier, entry: after }
      else
        changed.set(`${serviceId} ${after.n}`, {
          service: services.get(serviceId) as ServiceKey,
          before: { tier, entry: before },
          after: { tier, entry: after },
        })
    }
  }
  await writeBlocks(
    tx,
    [...blocks.values()].map((block) => block.stored()),
  )
  return [...changed.values()]
}

function blockText({ serviceId, tier, week }: BlockKey): string {
  return `${serviceId} ${week} ${tier}`
}

/** A block taken apart. */
class OpenBlock {
  readonly #key: BlockKey
  readonly #entries: Map<number, PackedEntry>

  constructor(key: BlockKey, stored: StoredBlock | undefined) {
    this.#key = key
    this.#entries = new Map(stored === undefined ? [] : Array.from(entriesOf(stored.data), (entry) => [entry.n, entry]))
  }

  /** Takes the entry of a deployment out. */
  take(n: number): Entry | null {
    const entry = this.#entries.get(n)
    this.#entries.delete(n)
    return entry === undefined ? null : unpackEntry(entry.bytes)
  }

  put(entry: Entry): void {
    this.#entries.set(entry.n, packedEntry(packEntry(entry)))
  }

  /** Notes which deployments follow another of their release that carried changes; answers those for which that is new. */
  followReleases(seconds: number): { before: Entry; after: Entry }[] {
    const byVersion = groupBy(
      [...this.#entries.values()].filter(({ version }) => version !== 0),
      ({ version }) => version,
    )
    const differing: { before: Entry; after: Entry }[] = []
    for (const group of byVersion.values()) {
      const alone = group.length === 1 && !group[0]?.follows
      if (alone) continue
      let began = Number.NEGATIVE_INFINITY
      let carried = false
      for (const packed of group.sort((a, b) => a.at - b.at || a.n - b.n)) {
        if (packed.at - began > seconds * 1000) {
          began = packed.at
          carried = false
        }
        const before = unpackEntry(packed.bytes)
        const carries = before.included.n > 0
        const after = { ...before, follows: carries && carried }
        carried ||= carries
        if (after.follows === before.follows) continue
        differing.push({ before, after })
        this.put(after)
      }
    }
    return differing
  }

  stored(): StoredBlock {
    return { ...this.#key, data: packBlock(this.#entries.values()) }
  }
}
