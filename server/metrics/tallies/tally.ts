/** A tally: the sums of one scope, tier and day or ISO week. Whole numbers all, so that it does not matter in which order they were added. */
import { stages } from '../../linked.ts'
import { changeReasons } from '../answer.ts'
import { mapped } from '../ascending.ts'
import { bases } from '../observations.ts'
import { PackedReader, PackedWriter } from '../packed.ts'
import { binOf } from './bins.ts'
import type { Entry } from './entry.ts'
import { addCounts, emptyHistogram, type Histogram, readHistograms, readInstants, writeHistogram } from './histogram.ts'
import { addProducts } from './moments.ts'
import { addTimes, emptyTimeline, packTimeline, type Timeline, timelineText, timeOf, unpackTimeline } from './timeline.ts'

export const apartReasons = ['redeploy', 'config', 'empty', 'running', 'failed_attempt', 'cancelled', 'aborted', 'witness'] as const

export const counterNames = [
  'counted',
  ...apartReasons,
  'judgeable',
  'failed',
  'rework',
  'carriesNothing',
  'included',
  ...changeReasons,
  ...bases,
  'pulls',
  'releases',
  /** Sums of the lead time, in milliseconds, and of ln(1 + seconds) in millionths. */
  'leadMs',
  'leadLogs',
  /** Sums of each stage, in milliseconds. */
  ...stages.map((stage) => `${stage}Ms` as const),
  'incidents',
] as const
export type CounterName = (typeof counterNames)[number]
const place = new Map<CounterName, number>(counterNames.map((name, i) => [name, i]))

const sumNames = ['leads', 'sizes', 'recoveries', 'restores', 'deployed', 'countedBy'] as const
const instantNames = ['openFailures', 'openIncidents'] as const
export const histogramNames = [...sumNames, ...instantNames] as const
export type HistogramName = (typeof histogramNames)[number]

/** The parts of a tally that are stored apart, because few questions need them. */
export interface Tally {
  counters: Float64Array
  /** Bins of seconds, except: sizes are changes, `deployed` and `countedBy` numbers of services, the open ones instants of their beginning. */
  main: Record<HistogramName, Histogram>
  /** Bins of seconds; in the order of `stages`. */
  stages: Histogram[]
  /** Of lead times within deployments. */
  moments: Histogram
  /** Every deployment with its time. */
  timeline: Timeline
}

export const emptyTally: Tally = {
  counters: new Float64Array(counterNames.length),
  main: Object.fromEntries(histogramNames.map((name) => [name, emptyHistogram])) as Tally['main'],
  stages: stages.map(() => emptyHistogram),
  moments: emptyHistogram,
  timeline: emptyTimeline,
}

export function counterOf({ counters }: Pick<Tally, 'counters'>, name: CounterName): number {
  return counters[place.get(name) as number] as number
}

/** What is to be added to a tally. */
export class TallyDelta {
  readonly counters = new Float64Array(counterNames.length)
  readonly main = Object.fromEntries(histogramNames.map((name) => [name, new Map<number, number>()])) as Record<
    HistogramName,
    Map<number, number>
  >
  readonly stages = stages.map(() => new Map<number, number>())
  readonly moments = new Map<number, number>()
  /** By the packed text of a time. */
  readonly timeline = new Map<string, number>()

  /** Adds a deployment with what it carried, or takes it away. */
  addEntry(service: number, entry: Entry, sign: 1 | -1): void {
    this.#count(entry.apart === null ? 'counted' : (entry.apart as CounterName), sign)
    this.#key('deployed', service, sign)
    if (entry.apart === null) {
      this.#key('countedBy', service, sign)
      if (entry.changes === 0) this.#count('carriesNothing', sign)
      else this.#key('sizes', entry.changes, sign)
      if (entry.rework) this.#count('rework', sign)
    }
    if (entry.judgeable) this.#count('judgeable', sign)
    if (entry.judgeable && entry.failed) {
      this.#count('failed', sign)
      if (entry.recoveredAt === null) this.#key('openFailures', entry.beganAt, sign)
      else this.#key('recoveries', binOf(Math.max(0, entry.recoveredAt - entry.beganAt) / 1000), sign)
    }
    for (const reason of changeReasons) this.#count(reason, sign * entry.excluded[reason])
    if (entry.included.n > 0) this.#addChanges(entry, sign)
    const text = timelineText(timeOf(entry))
    this.timeline.set(text, (this.timeline.get(text) ?? 0) + sign)
  }

  #addChanges(entry: Entry, sign: 1 | -1): void {
    const { included } = entry
    const bins: number[] = []
    this.#count('included', sign * included.n)
    if (!entry.follows) this.#count('releases', sign)
    for (let i = 0; i < included.n; i++) {
      const lead = included.lead[i] as number
      const bin = binOf(lead / 1000)
      bins.push(bin)
      this.#key('leads', bin, sign)
      this.#count('leadMs', sign * lead)
      this.#count('leadLogs', sign * logMillionths(lead))
      this.#count(bases[included.basis[i] as number] as CounterName, sign)
      if (included.isPull[i] === 1) this.#count('pulls', sign)
      for (const [stage, name] of stages.entries()) {
        const spent = (included.stages[stage] as Float64Array)[i] as number
        if (Number.isNaN(spent)) continue
        this.#count(`${name}Ms`, sign * spent)
        add(this.stages[stage] as Map<number, number>, binOf(spent / 1000), sign)
      }
    }
    addProducts(this.moments, bins, sign)
  }

  addIncident(openedAt: number, endedAt: number | null, sign: 1 | -1): void {
    this.#count('incidents', sign)
    if (endedAt === null) this.#key('openIncidents', openedAt, sign)
    else this.#key('restores', binOf(Math.max(0, endedAt - openedAt) / 1000), sign)
  }

  /** Adds what another one would add. */
  merge(other: TallyDelta): void {
    this.mergeSums(other)
    for (const [text, by] of other.timeline) this.timeline.set(text, (this.timeline.get(text) ?? 0) + by)
  }

  /** As `merge`, without the times: those of a week are with its days. */
  mergeSums(other: TallyDelta): void {
    for (const [i, count] of other.counters.entries()) this.counters[i] = (this.counters[i] as number) + count
    for (const name of histogramNames) for (const [key, by] of other.main[name]) add(this.main[name], key, by)
    for (const [i, more] of other.stages.entries()) for (const [key, by] of more) add(this.stages[i] as Map<number, number>, key, by)
    for (const [key, by] of other.moments) add(this.moments, key, by)
  }

  /** Whether adding it changes nothing. */
  get isEmpty(): boolean {
    const none = (counts: Map<unknown, number>) => [...counts.values()].every((count) => count === 0)
    return (
      this.counters.every((count) => count === 0) && Object.values(this.main).every(none) && this.stages.every(none) && none(this.timeline)
    )
  }

  #count(name: CounterName, by: number): void {
    const at = place.get(name) as number
    this.counters[at] = (this.counters[at] as number) + by
  }

  #key(name: HistogramName, key: number, by: number): void {
    add(this.main[name], key, by)
  }
}

/** ln(1 + seconds) in millionths: whole, so that sums do not depend on their order. */
export function logMillionths(ms: number): number {
  return Math.round(Math.log1p(ms / 1000) * 1e6)
}

function add(counts: Map<number, number>, key: number, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

export function addDelta(tally: Tally, delta: TallyDelta): Tally {
  return {
    ...addMain(tally, delta),
    stages: addStages(tally.stages, delta),
    moments: addCounts(tally.moments, delta.moments),
    timeline: addTimes(tally.timeline, delta.timeline),
  }
}

/** What nothing is added to stays the same object. */
export function addMain({ counters, main }: Pick<Tally, 'counters' | 'main'>, delta: TallyDelta): Pick<Tally, 'counters' | 'main'> {
  return {
    counters: mapped(counters, (count, i) => count + (delta.counters[i] as number)),
    main: Object.fromEntries(histogramNames.map((name) => [name, addCounts(main[name], delta.main[name])])) as Tally['main'],
  }
}

export function addStages(stages: readonly Histogram[], delta: TallyDelta): Histogram[] {
  return stages.map((histogram, i) => addCounts(histogram, delta.stages[i] as Map<number, number>))
}

/** A tally as it is stored: each part in bytes of its own. */
export interface PackedTally {
  main: Uint8Array
  stages: Uint8Array
  moments: Uint8Array
  timeline: Uint8Array
}

export function packTally(tally: Tally): PackedTally {
  const main = new PackedWriter()
  for (const count of tally.counters) main.signed(count)
  for (const name of histogramNames) writeHistogram(main, tally.main[name])
  const observed = new PackedWriter()
  for (const histogram of tally.stages) writeHistogram(observed, histogram)
  const moments = new PackedWriter()
  writeHistogram(moments, tally.moments)
  return { main: main.finish(), stages: observed.finish(), moments: moments.finish(), timeline: packTimeline(tally.timeline) }
}

export function unpackMain(bytes: Uint8Array): Pick<Tally, 'counters' | 'main'> {
  const reader = new PackedReader(bytes)
  const counters = new Float64Array(counterNames.length)
  for (let i = 0; i < counters.length; i++) counters[i] = reader.signed()
  const [leads, sizes, recoveries, restores, deployed, countedBy] = readHistograms(reader, sumNames.length) as SumHistograms
  const [openFailures, openIncidents] = [readInstants(reader), readInstants(reader)]
  return { counters, main: { leads, sizes, recoveries, restores, deployed, countedBy, openFailures, openIncidents } }
}

type SumHistograms = [Histogram, Histogram, Histogram, Histogram, Histogram, Histogram]

export function unpackStages(bytes: Uint8Array): Histogram[] {
  return readHistograms(new PackedReader(bytes), stages.length)
}

export function unpackMoments(bytes: Uint8Array): Histogram {
  return readHistograms(new PackedReader(bytes), 1)[0] as Histogram
}

export function unpackTally(packed: PackedTally): Tally {
  return {
    ...unpackMain(packed.main),
    stages: unpackStages(packed.stages),
    moments: unpackMoments(packed.moments),
    timeline: unpackTimeline(packed.timeline),
  }
}
