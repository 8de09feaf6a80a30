/** A tally as a reader holds it: the parts that were asked for, and what is worked out of them once. */
import type { Instant } from '../../facts.ts'
import { binOf } from './bins.ts'
import { addCounts, emptyHistogram, type Histogram, sumOf } from './histogram.ts'
import {
  addMain,
  addStages,
  emptyTally,
  type PackedTally,
  type Tally,
  type TallyDelta,
  unpackMain,
  unpackMoments,
  unpackStages,
} from './tally.ts'
import { addTimes, type Timeline, unpackTimeline } from './timeline.ts'

/** Gaps between the counted deployments of a period, and its first and last one. */
export interface Gaps {
  first: Instant | null
  last: Instant | null
  /** Bins of seconds. */
  bins: Histogram
}

export interface Period {
  readonly counters: Tally['counters']
  readonly main: Tally['main']
  readonly stages: Histogram[]
  readonly moments: Histogram
  /** Of a day. */
  readonly timeline: Timeline
  /** Of a day. */
  readonly gaps: Gaps
}

/** Parts that were not asked for read as empty. */
export class StoredPeriod implements Period {
  readonly counters: Tally['counters']
  readonly main: Tally['main']
  readonly #packed: Omit<Partial<PackedTally>, 'main'>
  #stages: Histogram[] | null = null
  #moments: Histogram | null = null
  #timeline: Timeline | null = null
  #gaps: Gaps | null = null

  constructor({ main: packedMain, ...packed }: Partial<PackedTally>) {
    const { counters, main } = packedMain === undefined ? emptyTally : unpackMain(packedMain)
    this.counters = counters
    this.main = main
    this.#packed = packed
  }

  get stages(): Histogram[] {
    this.#stages ??= this.#packed.stages === undefined ? emptyTally.stages : unpackStages(this.#packed.stages)
    return this.#stages
  }

  get moments(): Histogram {
    this.#moments ??= this.#packed.moments === undefined ? emptyHistogram : unpackMoments(this.#packed.moments)
    return this.#moments
  }

  get timeline(): Timeline {
    this.#timeline ??= this.#packed.timeline === undefined ? [] : unpackTimeline(this.#packed.timeline)
    return this.#timeline
  }

  get gaps(): Gaps {
    // The timeline itself is large, and only young days need it again.
    this.#gaps ??= gapsOf(this.#packed.timeline === undefined ? [] : unpackTimeline(this.#packed.timeline))
    return this.#gaps
  }
}

export const emptyPeriod: Period = new StoredPeriod({})

/** A period with what is to be added to it; most questions ask for few of its parts. */
class AddedPeriod implements Period {
  readonly counters: Tally['counters']
  readonly main: Tally['main']
  readonly #period: Period
  readonly #delta: TallyDelta

  constructor(period: Period, delta: TallyDelta) {
    const { counters, main } = addMain(period, delta)
    this.counters = counters
    this.main = main
    this.#period = period
    this.#delta = delta
  }

  get stages(): Histogram[] {
    return addStages(this.#period.stages, this.#delta)
  }

  get moments(): Histogram {
    return addCounts(this.#period.moments, this.#delta.moments)
  }

  get timeline(): Timeline {
    return addTimes(this.#period.timeline, this.#delta.timeline)
  }

  get gaps(): Gaps {
    return this.#delta.timeline.size === 0 ? this.#period.gaps : gapsOf(this.timeline)
  }
}

export function periodWith(period: Period, delta: TallyDelta): Period {
  return new AddedPeriod(period, delta)
}

function gapsOf(timeline: Timeline): Gaps {
  const counts = new Map<number, number>()
  let first: Instant | null = null
  let last: Instant | null = null
  for (const { at, counted } of timeline) {
    if (!counted) continue
    if (last !== null) addGap(counts, last, at)
    first ??= at
    last = at
  }
  return { first, last, bins: addCounts(emptyHistogram, counts) }
}

function addGap(counts: Map<number, number>, from: Instant, to: Instant): void {
  const bin = binOf((to - from) / 1000)
  counts.set(bin, (counts.get(bin) ?? 0) + 1)
}

/** The gaps of periods that follow each other. */
export function joinGaps(periods: readonly Gaps[]): Gaps {
  const between = new Map<number, number>()
  let first: Instant | null = null
  let last: Instant | null = null
  for (const gaps of periods) {
    if (gaps.first === null || gaps.last === null) continue
    if (last !== null) addGap(between, last, gaps.first)
    first ??= gaps.first
    last = gaps.last
  }
  return { first, last, bins: sumOf([...periods.map(({ bins }) => bins), addCounts(emptyHistogram, between)]) }
}
