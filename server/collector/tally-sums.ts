/** What a transaction adds to the tallies of teams and of the organisation, gathered and saved at once. */
import type { Config } from '../config.ts'
import { type Instant, Tier } from '../facts.ts'
import type { Entry } from '../metrics/tallies/entry.ts'
import { addDelta, emptyTally, packTally, type Tally, TallyDelta, unpackTally } from '../metrics/tallies/tally.ts'
import { dayFinder, isoWeekStart } from '../metrics/windows.ts'
import type { Db } from '../store/database.ts'
import type { IncidentTimes } from '../store/derived-incidents.ts'
import { scopeFinder } from '../store/scope.ts'
import type { ServiceKey } from '../store/services.ts'
import { type PackedTallyRow, readTallies, type TallyKey, writeTallies } from '../store/tallies.ts'

/** Everything of services with the same owners on one day: it goes to the same tallies. */
interface Gathered {
  scopes: string[]
  tier: string
  day: number
  delta: TallyDelta
}

export class TallySums {
  readonly #gathered = new Map<string, Gathered>()
  readonly #scopesOf: (service: string, at: Instant) => string[]
  readonly #dayOf: (at: Instant) => number

  constructor(config: Config) {
    this.#scopesOf = scopeFinder(config)
    this.#dayOf = dayFinder(config.timeZone)
  }

  addEntry(service: ServiceKey, tier: string, entry: Entry, sign: 1 | -1): void {
    this.#at(service.key, tier, entry.at).addEntry(service.id, entry, sign)
  }

  addIncident(service: ServiceKey, { openedAt, endedAt }: IncidentTimes, sign: 1 | -1): void {
    // Incidents are of no environment: they count whichever is asked.
    for (const tier of Tier.options) this.#at(service.key, tier, openedAt).addIncident(openedAt, endedAt, sign)
  }

  #at(service: string, tier: string, at: Instant): TallyDelta {
    const scopes = this.#scopesOf(service, at)
    const day = this.#dayOf(at)
    const key = `${day} ${tier} ${scopes.join(' ')}`
    let found = this.#gathered.get(key)
    if (found === undefined) {
      found = { scopes, tier, day, delta: new TallyDelta() }
      this.#gathered.set(key, found)
    }
    return found.delta
  }

  /** The sums of each tally that they change: of days, and of weeks from these. */
  #deltas(): (TallyKey & { delta: TallyDelta })[] {
    const deltas = new Map<string, TallyKey & { delta: TallyDelta }>()
    const at = (key: TallyKey): TallyDelta => {
      const text = keyText(key)
      const known = deltas.get(text)
      if (known) return known.delta
      const delta = new TallyDelta()
      deltas.set(text, { ...key, delta })
      return delta
    }
    for (const { scopes, tier, day, delta } of this.#gathered.values()) {
      for (const scope of scopes) at({ scope, tier, unit: 'day', period: day }).merge(delta)
    }
    for (const { scope, tier, period, delta } of [...deltas.values()]) {
      at({ scope, tier, unit: 'week', period: isoWeekStart(period) }).mergeSums(delta)
    }
    return [...deltas.values()]
  }

  /** Adds them to what is stored; the caller holds the row that all writers of tallies wait for. */
  async save(tx: Db, revision: number): Promise<void> {
    const changed = this.#deltas().filter(({ delta }) => !delta.isEmpty)
    const stored = new Map<string, Tally>()
    const wanted = changed.map(({ delta: _, ...key }) => key)
    for (const { main, stages, moments, timeline, ...key } of await readTallies(tx, wanted, ['main', 'stages', 'moments', 'timeline'])) {
      stored.set(keyText(key), unpackTally({ main, stages, moments, timeline }))
    }
    const tallies = changed.map(({ delta, ...key }) => ({
      ...key,
      packed: packTally(addDelta(stored.get(keyText(key)) ?? emptyTally, delta)),
    }))
    await writeTallies(tx, tallies, revision)
  }

  /** As all that there is of their tallies. */
  alone(): PackedTallyRow[] {
    return this.#deltas().map(({ delta, ...key }) => ({ ...key, packed: packTally(addDelta(emptyTally, delta)) }))
  }
}

export function keyText({ scope, tier, unit, period }: TallyKey): string {
  return `${unit} ${period} ${tier} ${scope}`
}
