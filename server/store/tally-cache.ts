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
  /** All periods that were asked for are as of this revision. */
  revision: number
  periods: Map<number, Period>
  bytes: number
}

class TallyCache {
  readonly #groups = new Map<string, Group>()
  #bytes = 0

  /** For each scope its periods; each scope may want others. */
  async read(
    db: Db,
    { scopes, tier, unit, parts, revision }: TallyQuestion,
    wanted: readonly (readonly number[])[],
  ): Promise<Map<number, Period>[]> {
    const nameOf = (scope: string) => `${scope} ${tier} ${unit} ${parts.join()}`
    const groups = scopes.map((scope) => this.#groups.get(nameOf(scope)) ?? { revision, periods: new Map<number, Period>(), bytes: 0 })
    const byScope = new Map(scopes.map((scope, i) => [scope, groups[i] as Group]))
    const known = Math.min(revision, ...groups.map((group) => group.revision))
    if (known < revision) {
      for (const row of await readNewerTallies(db, { tier, unit, newer: known }, parts)) {
        const group = byScope.get(row.scope)
        if (group?.periods.has(row.period)) this.#put(group, row)
      }
    }
    const missing = scopes.flatMap((scope, i) =>
      (wanted[i] ?? []).filter((period) => !groups[i]?.periods.has(period)).map((period) => ({ scope, period })),
    )
    for (const { scope, period } of missing) byScope.get(scope)?.periods.set(period, emptyPeriod)
    for (const row of await readTallies(
      db,
      missing.map((key) => ({ ...key, tier, unit })),
      parts,
    ))
      this.#put(byScope.get(row.scope) as Group, row)
    for (const [i, scope] of scopes.entries()) {
      const group = groups[i] as Group
      group.revision = revision
      this.#groups.delete(nameOf(scope))
      this.#groups.set(nameOf(scope), group)
    }
    const found = groups.map(({ periods }) => periods)
    this.#forgetOldest()
    return found
  }

  #put(group: Group, { period, ...row }: { period: number } & Partial<Record<TallyPart, Uint8Array>>): void {
    const { main, stages, moments, timeline } = row
    const packed = { ...(main && { main }), ...(stages && { stages }), ...(moments && { moments }), ...(timeline && { timeline }) }
    const bytes = Object.values(packed).reduce((sum, each) => sum + each.length, 0)
    group.periods.set(period, new StoredPeriod(packed))
    group.bytes += bytes
    this.#bytes += bytes
  }

  #forgetOldest(): void {
    for (const [name, { bytes }] of this.#groups) {
      if (this.#bytes <= mostBytes) return
      this.#groups.delete(name)
      this.#bytes -= bytes
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
