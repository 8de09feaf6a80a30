/** The sums of a window made from tallies: counts are exact, times are told by their bins. */
import type { Instant } from '../facts.ts'
import { stages } from '../linked.ts'
import { changeReasons, type DeploymentReason } from './answer.ts'
import { ascendingOf, quantileOf } from './ascending.ts'
import { type EvidenceContext, isPending, isUnsettled } from './evidence.ts'
import { noneExcluded } from './observations.ts'
import type { ClusterUnit } from './slice.ts'
import type { Spread } from './spread.ts'
import type { Summary } from './summary.ts'
import { type Duration, durationOf } from './survival.ts'
import { binOf, secondsOfBin } from './tallies/bins.ts'
import { type Histogram, sumOf, total } from './tallies/histogram.ts'
import { type Gaps, joinGaps, type Period } from './tallies/period.ts'
import { apartReasons, counterNames, counterOf, type HistogramName } from './tallies/tally.ts'
import type { Timed } from './tallies/timeline.ts'
import { bins, ClusterSpread, MomentSpread, SingleSpread, sizes } from './tally-spreads.ts'
import { isoWeekStart } from './windows.ts'

const dayMs = 86_400_000

/** The tallies of a scope, as they were read: days where a week is cut or may still change with the clock, else whole weeks. */
export interface Periods {
  day(day: number): Period
  /** By its Monday; null where it is to be put together from its days. */
  week(monday: number): Period | null
  /** The name of a service by its number. */
  nameOf(service: number): string
}

/** A day or a week of a window. */
export interface Piece {
  from: number
  days: number
  period: Period
}

/** The counters of all pieces together. */
function countersOf(all: readonly Piece[]): Float64Array {
  if (all.length === 1) return (all[0] as Piece).period.counters
  const sum = new Float64Array(counterNames.length)
  for (const { period } of all) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (period.counters[i] as number)
  return sum
}

/** Nobody asks for all of it: spreads and durations are made when they are. */
export class TallySummary implements Summary {
  readonly counted: number
  readonly apart: Summary['apart'] = {}
  readonly judged: number
  readonly failed: number
  readonly pending: number
  readonly provisional: number
  readonly isProvisional: boolean
  readonly rework: number
  readonly carriesNothing: number
  readonly releases: number
  readonly bases: Summary['bases']
  readonly pulls: number
  readonly excluded: Summary['excluded']
  readonly #pieces: readonly Piece[]
  readonly #unit: ClusterUnit
  readonly #periods: Periods
  readonly #asOf: Instant | null
  readonly #pendingFailed: readonly Timed[]
  #leads: Spread | null = null
  #sizes: Spread | null = null
  #recoveries: Duration[] | null = null
  #restores: Duration[] | null = null

  constructor(all: readonly Piece[], unit: ClusterUnit, periods: Periods, context: EvidenceContext, isYoung: (piece: Piece) => boolean) {
    const counters = { counters: countersOf(all) }
    const young = youngOf(all.filter(isYoung), context)
    this.counted = counterOf(counters, 'counted')
    for (const reason of apartReasons) {
      const count = counterOf(counters, reason)
      if (count > 0) this.apart[reason satisfies DeploymentReason] = count
    }
    this.judged = counterOf(counters, 'judgeable') - young.pending
    this.failed = counterOf(counters, 'failed') - young.pendingFailed.length
    this.pending = young.pending
    this.provisional = young.provisional
    this.isProvisional = young.pending + young.provisional > 0
    this.rework = counterOf(counters, 'rework')
    this.carriesNothing = counterOf(counters, 'carriesNothing')
    this.releases = counterOf(counters, 'releases')
    const [first_commit, opened, merge] = [counterOf(counters, 'first_commit'), counterOf(counters, 'opened'), counterOf(counters, 'merge')]
    this.bases = { first_commit, opened, merge }
    this.pulls = counterOf(counters, 'pulls')
    this.excluded = noneExcluded()
    for (const reason of changeReasons) this.excluded[reason] = counterOf(counters, reason)
    this.#pieces = all
    this.#unit = unit
    this.#periods = periods
    this.#asOf = context.asOf
    this.#pendingFailed = young.pendingFailed
  }

  get leads(): Spread {
    this.#leads ??= this.#spread('leads', leadsOf)
    return this.#leads
  }

  get sizes(): Spread {
    this.#sizes ??= this.#spread('sizes', sizesOf)
    return this.#sizes
  }

  #spread(name: keyof typeof spreads, make: typeof leadsOf): Spread {
    const [first] = this.#pieces
    if (first === undefined || this.#pieces.length > 1 || this.#unit === 'week') return make(this.#pieces, this.#unit)
    return kept(spreads[name], first.period.main[name], () => make(this.#pieces, this.#unit))
  }

  get recoveries(): Duration[] {
    this.#recoveries ??= recoveriesOf(this.#pieces, this.#pendingFailed, this.#asOf)
    return this.#recoveries
  }

  get restores(): Duration[] {
    this.#restores ??= durationsOf(this.#sum('restores'), openOf(this.#pieces, 'openIncidents'), this.#asOf)
    return this.#restores
  }

  medianGap(): number | null {
    return medianGap(this.#pieces, this.#periods)
  }

  stages(): ReturnType<Summary['stages']> {
    return stageMedians(this.#pieces)
  }

  #sum(name: HistogramName): Histogram {
    return sumOf(this.#pieces.map(({ period }) => period.main[name]))
  }
}

/** What is worked out of a histogram of a single period: every series asks for the same ones again. */
type Kept<T> = WeakMap<Histogram, T>

const spreads = { leads: new WeakMap<Histogram, Spread>(), sizes: new WeakMap<Histogram, Spread>() }
const endedOnly: Kept<Duration[]> = new WeakMap()

function kept<T>(of: Kept<T>, histogram: Histogram, make: () => T): T {
  const known = of.get(histogram) ?? make()
  of.set(histogram, known)
  return known
}

/** What the clock says of the deployments that are young enough for it to matter. */
function youngOf(young: readonly Piece[], context: EvidenceContext) {
  const pendingFailed: Timed[] = []
  let pending = 0
  let provisional = 0
  for (const { period } of young) {
    for (const timed of period.timeline) {
      if (isPending(timed, context)) {
        pending++
        if (timed.failed) pendingFailed.push(timed)
      } else if (isUnsettled(timed, context)) provisional++
    }
  }
  return { pending, provisional, pendingFailed }
}

function medianGap(all: readonly Piece[], periods: Periods): number | null {
  const { keys, counts } = joinGaps(all.map((piece) => gapsOf(piece, periods))).bins
  const seconds = quantileOf(ascendingOf(keys, counts), 0.5, secondsOfBin)
  return seconds === null ? null : (seconds * 1000) / dayMs
}

/** The gaps of a week by its first day, and the days of which they were made. */
const weeklyGaps = new WeakMap<Period, { days: Period[]; gaps: Gaps }>()

function gapsOf({ from, days: length }: Piece, periods: Periods): Gaps {
  const first = periods.day(from)
  if (length === 1) return first.gaps
  const days = Array.from({ length }, (_, i) => periods.day(from + i))
  const known = weeklyGaps.get(first)
  if (known?.days.every((day, i) => day === days[i])) return known.gaps
  const gaps = joinGaps(days.map((day) => day.gaps))
  weeklyGaps.set(first, { days, gaps })
  return gaps
}

function leadsOf(all: readonly Piece[], unit: ClusterUnit): Spread {
  if (unit === 'week') return new ClusterSpread(weeklySums(all, 'leads'), bins)
  const histogram = sumOf(all.map(({ period }) => period.main.leads))
  const moments = sumOf(all.map(({ period }) => period.moments))
  return new MomentSpread(
    histogram,
    moments,
    all.reduce((sum, { period }) => sum + counterOf(period, 'releases'), 0),
  )
}

/** Without weeks each deployment is a cluster of its own. */
function sizesOf(all: readonly Piece[], unit: ClusterUnit): Spread {
  if (unit === 'week') return new ClusterSpread(weeklySums(all, 'sizes'), sizes)
  return new SingleSpread(sumOf(all.map(({ period }) => period.main.sizes)), sizes)
}

/** The sums of the ISO weeks in which the pieces lie. */
function weeklySums(all: readonly Piece[], name: HistogramName): Histogram[] {
  const weeks = new Map<number, Histogram[]>()
  for (const { from, period } of all) {
    const week = isoWeekStart(from)
    const list = weeks.get(week)
    if (list) list.push(period.main[name])
    else weeks.set(week, [period.main[name]])
  }
  return [...weeks.values()].map(sumOf)
}

function recoveriesOf(all: readonly Piece[], pending: readonly Timed[], asOf: Instant | null): Duration[] {
  const open = openOf(all, 'openFailures')
  const histogram = sumOf(all.map(({ period }) => period.main.recoveries))
  if (pending.length === 0) return durationsOf(histogram, open, asOf)
  const ended = new Map<number, number>()
  for (let i = 0; i < histogram.keys.length; i++) ended.set(histogram.keys[i] as number, histogram.counts[i] as number)
  for (const { beganAt, recoveredAt } of pending) {
    if (recoveredAt === null) open.splice(open.indexOf(beganAt), 1)
    else {
      const bin = binOf(Math.max(0, recoveredAt - beganAt) / 1000)
      ended.set(bin, (ended.get(bin) as number) - 1)
    }
  }
  const kept = [...ended].filter(([, count]) => count > 0)
  return durationsOf({ keys: kept.map(([bin]) => bin), counts: kept.map(([, count]) => count) }, open, asOf)
}

function durationsOf(histogram: Histogram, open: readonly Instant[], asOf: Instant | null): Duration[] {
  const ended = kept(endedOnly, histogram, () => endedOf(histogram))
  return open.length === 0 ? ended : [...ended, ...open.map((beganAt) => durationOf(beganAt, null, asOf))]
}

function endedOf({ keys, counts }: Histogram): Duration[] {
  return Array.from({ length: keys.length }, (_, i) => {
    return { seconds: secondsOfBin(keys[i] as number), ended: true, count: counts[i] as number }
  })
}

/** When each open one began. */
function openOf(all: readonly Piece[], name: 'openFailures' | 'openIncidents'): Instant[] {
  const open: Instant[] = []
  for (const { period } of all) {
    const { keys, counts } = period.main[name]
    for (let i = 0; i < keys.length; i++) for (let n = 0; n < (counts[i] as number); n++) open.push(keys[i] as number)
  }
  return open
}

function stageMedians(all: readonly Piece[]): ReturnType<Summary['stages']> {
  const medians: ReturnType<Summary['stages']> = {}
  for (const [i, stage] of stages.entries()) {
    const histogram = sumOf(all.map(({ period }) => period.stages[i] as Histogram))
    const value = quantileOf(ascendingOf(histogram.keys, histogram.counts), 0.5, secondsOfBin)
    if (value !== null) medians[stage] = { value, n: total(histogram) }
  }
  return medians
}
