/** Tallies in memory, as far as they fit: each question reads only what is newer than what is at hand. */
import { emptyPeriod, type Period, StoredPeriod } from '../metrics/tallies/period.ts'
import type { Db } from './database.ts'
import { readNewerTallies, readTallies, type TallyKey, type TallyPart } from './tallies.ts'

/** Packed bytes; unpacked they take about three times as much. */
const mostBytes = 24 * 1024 * 1024

export interface TallyQuestion {
  scopes: readonly string[]
  tier: string
  unit: TallyKey['unit']
  parts: readonly TallyPart[]
  /** To be as of this one at least. */
  revision: number
}

/** The tallies of one scope, tier and unit with the same parts. */
interface Group {
  /** All periods are as of this revision, or of a later one. */
  revision: number
  periods: Map<number, Period>
  /** Packed bytes of each period that has any. */
  sizes: Map<number, number>
}

type Row = TallyKey & Partial<Record<TallyPart, Uint8Array>>

class TallyCache {
  readonly #groups = new Map<string, Group>()
  #bytes = 0
  #last: Promise<unknown> = Promise.resolve()

  /** For each scope its periods; each scope may want others. One reading after the other, so that none takes the place of a newer one. */
  read(db: Db, question: TallyQuestion, wanted: readonly (readonly number[])[]): Promise<Map<number, Period>[]> {
    const groups = question.scopes.map((scope) => this.#groupOf(scope, question))
    const isKnown = groups.every(({ revision, periods }, i) => {
      return revision >= question.revision && (wanted[i] ?? []).every((period) => periods.has(period))
    })
    if (isKnown) return Promise.resolve(groups.map(({ periods }) => periods))
    const reading = this.#last.then(() => this.#read(db, question, wanted))
    this.#last = reading.catch(() => {})
    return reading
  }

  async #read(db: Db, question: TallyQuestion, wanted: readonly (readonly number[])[]): Promise<Map<number, Period>[]> {
    const { scopes, tier, unit, parts, revision } = question
    const groups = new Map(scopes.map((scope) => [scope, this.#groupOf(scope, question)]))
    const missing = scopes.flatMap((scope, i) =>
      (wanted[i] ?? []).filter((period) => !groups.get(scope)?.periods.has(period)).map((period) => ({ scope, tier, unit, period })),
    )
    const known = Math.min(revision, ...[...groups.values()].map((group) => group.revision))
    const newer: Row[] = known < revision ? await readNewerTallies(db, { tier, unit, newer: known }, parts) : []
    const found: Row[] = await readTallies(db, missing, parts)
    // Nothing is noted before all of it is read: one that fails leaves what stands.
    for (const row of newer) {
      const group = groups.get(row.scope)
      if (group?.periods.has(row.period)) this.#put(group, row)
    }
    for (const { scope, period } of missing) groups.get(scope)?.periods.set(period, emptyPeriod)
    for (const row of found) this.#put(groups.get(row.scope) as Group, row)
    for (const group of groups.values()) group.revision = Math.max(group.revision, revision)
    this.#forgetOldest()
    return scopes.map((scope) => (groups.get(scope) as Group).periods)
  }

  /** The most recently used one from now on. */
  #groupOf(scope: string, { tier, unit, parts, revision }: TallyQuestion): Group {
    const name = `${scope} ${tier} ${unit} ${parts.join()}`
    const group = this.#groups.get(name) ?? { revision, periods: new Map(), sizes: new Map() }
    this.#groups.delete(name)
    this.#groups.set(name, group)
    return group
  }

  #put({ periods, sizes }: Group, { period, main, stages, moments, timeline }: Row): void {
    const packed = { ...(main && { main }), ...(stages && { stages }), ...(moments && { moments }), ...(timeline && { timeline }) }
    const bytes = Object.values(packed).reduce((sum, each) => sum + each.length, 0)
    this.#bytes += bytes - (sizes.get(period) ?? 0)
    periods.set(period, new StoredPeriod(packed))
    sizes.set(period, bytes)
  }

  #forgetOldest(): void {
    for (const [name, { sizes }] of this.#groups) {
      if (this.#bytes <= mostBytes) return
      this.#groups.delete(name)
      for (const bytes of sizes.values()) this.#bytes -= bytes
    }
  }
}

const caches = new WeakMap<Db, TallyCache>()

export function tallyCache(db: Db): TallyCache {
  const known = caches.get(db)
  if (known) return known
  const made = new TallyCache()
  caches.set(db, made)
  return made
}

/** Forgets what was read: for a database that is emptied. */
export function forgetTallies(db: Db): void {
  caches.delete(db)
}
