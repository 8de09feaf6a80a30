/** Sums made from tallies: counts are exact, times are told by their bins. */
import type { Instant } from '../facts.ts'
import { stages } from '../linked.ts'
import { changeReasons, type DeploymentReason } from './answer.ts'
import { ascendingOf, quantileOf } from './ascending.ts'
import { type EvidenceContext, isPending, isUnsettled, longestSignalWindow } from './evidence.ts'
import { noneExcluded } from './observations.ts'
import { once } from './once.ts'
import { type Days, type Deployed, type Reading, rememberSums } from './reading.ts'
import type { ClusterUnit } from './slice.ts'
import type { Spread } from './spread.ts'
import type { Summary } from './summary.ts'
import { type Duration, durationOf } from './survival.ts'
import { binOf, relativeError, secondsOfBin } from './tallies/bins.ts'
import { type Histogram, sumOf, total } from './tallies/histogram.ts'
import { type Gaps, joinGaps, type Period } from './tallies/period.ts'
import { apartReasons, type CounterName, counterNames, counterOf, type HistogramName } from './tallies/tally.ts'
import type { Timed } from './tallies/timeline.ts'
import { bins, sizes, spreadOfClusters, spreadOfMoments, spreadOfSingles } from './tally-spreads.ts'
import { isoWeekStart, startOfDay } from './windows.ts'

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
interface Piece {
  from: number
  days: number
  period: Period
}

export function tallyReading(periods: Periods, timeZone: string, context: EvidenceContext): Reading {
  const isYoung = ({ from, days }: Piece) =>
    context.asOf !== null && startOfDay(from + days, timeZone) > context.asOf - longestSignalWindow(context.definition) * 1000
  const piecesOf = (windows: readonly Days[]) => windows.flatMap((window) => pieces(periods, window))
  return {
    relativeError,
    summarise: rememberSums((windows, unit) => summaryOf(piecesOf(windows), unit, periods, context, isYoung)),
    counted: (window) => piecesOf([window]).reduce((sum, { period }) => sum + counterOf(period, 'counted'), 0),
    deployed(window) {
      const found: Deployed = new Map()
      const all = piecesOf([window])
      const { keys } = sumOf(all.map(({ period }) => period.main.deployed))
      for (let i = 0; i < keys.length; i++) found.set(periods.nameOf(keys[i] as number), 0)
      const counted = sumOf(all.map(({ period }) => period.main.countedBy))
      for (let i = 0; i < counted.keys.length; i++) found.set(periods.nameOf(counted.keys[i] as number), counted.counts[i] as number)
      return found
    },
  }
}

function pieces(periods: Periods, { from, to }: Days): Piece[] {
  const found: Piece[] = []
  for (let day = from; day < to; ) {
    const week = isoWeekStart(day) === day && day + 7 <= to ? periods.week(day) : null
    const days = week === null ? 1 : 7
    found.push({ from: day, days, period: week ?? periods.day(day) })
    day += days
  }
  return found
}

/** The counters of all pieces together. */
function countersOf(all: readonly Piece[]): Float64Array {
  if (all.length === 1) return (all[0] as Piece).period.counters
  const sum = new Float64Array(counterNames.length)
  for (const { period } of all) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (period.counters[i] as number)
  return sum
}

function summaryOf(
  all: readonly Piece[],
  unit: ClusterUnit,
  periods: Periods,
  context: EvidenceContext,
  isYoung: (piece: Piece) => boolean,
): Summary {
  const counters = countersOf(all)
  const count = (name: CounterName) => counterOf({ counters }, name)
  const apart: Summary['apart'] = {}
  for (const reason of apartReasons) if (count(reason) > 0) apart[reason satisfies DeploymentReason] = count(reason)
  const excluded = noneExcluded()
  for (const reason of changeReasons) excluded[reason] = count(reason)
  const young = youngOf(
    all.filter(isYoung).flatMap(({ period }) => period.timeline),
    context,
  )
  const single = all.length === 1 ? (all[0] as Piece).period.main : null
  // Nobody asks for all of it.
  const spreadOf = (histogram: 'leads' | 'sizes', make: typeof leadsOf) =>
    once(() => (single === null || unit === 'week' ? make(all, unit) : kept(spreads[histogram], single[histogram], () => make(all, unit))))
  const leads = spreadOf('leads', leadsOf)
  const sizes = spreadOf('sizes', sizesOf)
  const recoveries = once(() => recoveriesOf(all, young.pendingFailed, context.asOf))
  const restores = once(() => {
    const open = all.flatMap(({ period }) => instantsOf(period.main.openIncidents))
    return durationsOf(sumOf(all.map(({ period }) => period.main.restores)), open, context.asOf)
  })
  return {
    counted: count('counted'),
    apart,
    medianGap: () => medianGap(all, periods),
    judged: count('judgeable') - young.pending,
    failed: count('failed') - young.pendingFailed.length,
    pending: young.pending,
    provisional: young.provisional,
    isProvisional: young.pending + young.provisional > 0,
    rework: count('rework'),
    carriesNothing: count('carriesNothing'),
    get sizes() {
      return sizes()
    },
    get recoveries() {
      return recoveries()
    },
    get restores() {
      return restores()
    },
    get leads() {
      return leads()
    },
    releases: count('releases'),
    bases: { first_commit: count('first_commit'), opened: count('opened'), merge: count('merge') },
    pulls: count('pulls'),
    excluded,
    stages: () => stageMedians(all),
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
function youngOf(timeline: readonly Timed[], context: EvidenceContext) {
  const pendingFailed: Timed[] = []
  let pending = 0
  let provisional = 0
  for (const timed of timeline) {
    if (isPending(timed, context)) {
      pending++
      if (timed.failed) pendingFailed.push(timed)
    } else if (isUnsettled(timed, context)) provisional++
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
  if (unit === 'week') return spreadOfClusters(weeklySums(all, 'leads'), bins)
  const histogram = sumOf(all.map(({ period }) => period.main.leads))
  const moments = sumOf(all.map(({ period }) => period.moments))
  return spreadOfMoments(
    histogram,
    moments,
    all.reduce((sum, { period }) => sum + counterOf(period, 'releases'), 0),
  )
}

/** Without weeks each deployment is a cluster of its own. */
function sizesOf(all: readonly Piece[], unit: ClusterUnit): Spread {
  if (unit === 'week') return spreadOfClusters(weeklySums(all, 'sizes'), sizes)
  return spreadOfSingles(sumOf(all.map(({ period }) => period.main.sizes)), sizes)
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
  const open: Instant[] = all.flatMap(({ period }) => instantsOf(period.main.openFailures))
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

function instantsOf({ keys, counts }: Histogram): Instant[] {
  if (keys.length === 0) return []
  return Array.from(keys).flatMap((at, i) => Array.from({ length: counts[i] as number }, () => at))
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
