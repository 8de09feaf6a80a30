/** Tallies in memory, as far as they fit: each question reads only what is newer than what is at hand. */
import { type Period, StoredPeriod } from '../metrics/tallies/period.ts'
import type { Db } from './database.ts'
import { readTallies, type TallyKey, type TallyPart } from './tallies.ts'

/** Packed bytes; unpacked they take about three times as much. */
const mostBytes = 24 * 1024 * 1024

interface Held {
  revision: number
  parts: number
  bytes: number
  period: Period
}

const allParts: readonly TallyPart[] = ['main', 'stages', 'moments', 'timeline']

class TallyCache {
  readonly #held = new Map<string, Held>()
  #bytes = 0

  /** The tallies by the text of their key; those that do not exist are absent. */
  async read(db: Db, keys: readonly TallyKey[], parts: readonly TallyPart[]): Promise<Map<string, Period>> {
    const mask = maskOf(parts)
    const texts = keys.map(textOf)
    const wanted = keys.map((key, i) => {
      const held = this.#held.get(texts[i] as string)
      return { ...key, known: held !== undefined && (held.parts & mask) === mask ? held.revision : -1 }
    })
    for (const { scope, tier, unit, period, revision, ...packed } of await readTallies(db, wanted, parts)) {
      const bytes = Object.values(packed).reduce((sum, each) => sum + each.length, 0)
      this.#keep(textOf({ scope, tier, unit, period }), {
        revision,
        parts: mask,
        bytes,
        period: new StoredPeriod(packed),
      })
    }
    const found = new Map<string, Period>()
    for (const text of texts) {
      const held = this.#held.get(text)
      if (held === undefined || (held.parts & mask) !== mask) continue
      found.set(text, held.period)
      this.#held.delete(text)
      this.#held.set(text, held)
    }
    this.#forgetOldest()
    return found
  }

  #keep(text: string, held: Held): void {
    this.#bytes += held.bytes - (this.#held.get(text)?.bytes ?? 0)
    this.#held.delete(text)
    this.#held.set(text, held)
  }

  #forgetOldest(): void {
    for (const [text, { bytes }] of this.#held) {
      if (this.#bytes <= mostBytes) return
      this.#held.delete(text)
      this.#bytes -= bytes
    }
  }
}

export function textOf({ scope, tier, unit, period }: TallyKey): string {
  return `${scope} ${tier} ${unit} ${period}`
}

function maskOf(parts: readonly TallyPart[]): number {
  return parts.reduce((mask, part) => mask | (1 << allParts.indexOf(part)), 0)
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
