/** Sums made from tallies: counts are exact, times are told by their bins. */
import type { Instant } from '../facts.ts'
import { stages } from '../linked.ts'
import { changeReasons, type DeploymentReason } from './answer.ts'
import { type Ascending, ascendingOf, quantileOf } from './ascending.ts'
import type { Sample } from './comparison/sample.ts'
import { type EvidenceContext, isPending, isUnsettled, longestSignalWindow } from './evidence.ts'
import { noneExcluded } from './observations.ts'
import type { Days, Deployed, Reading } from './reading.ts'
import type { ClusterUnit } from './slice.ts'
import { logOf, makeSpread, type Spread } from './spread.ts'
import type { Summary } from './summary.ts'
import { type Duration, durationOf } from './survival.ts'
import { binOf, coarseBins, coarseOf, partBelow, relativeError, secondsOfBin } from './tallies/bins.ts'
import { type Histogram, sumOf, total } from './tallies/histogram.ts'
import { clusterSquares } from './tallies/moments.ts'
import { joinGaps, type Period } from './tallies/period.ts'
import { apartReasons, type CounterName, counterNames } from './tallies/tally.ts'
import type { Timed } from './tallies/timeline.ts'
import { isoWeekStart, startOfDay } from './windows.ts'
import type { ClusterTotals } from './woodruff.ts'

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
    summarise: (windows, unit) => summaryOf(piecesOf(windows), unit, periods, context, isYoung),
    counted: (window) => sum(piecesOf([window]), 'counted'),
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

const counterPlace = new Map(counterNames.map((name, i) => [name, i]))

function sum(all: readonly Piece[], name: CounterName): number {
  const at = counterPlace.get(name) as number
  let count = 0
  for (const { period } of all) count += period.counters[at] as number
  return count
}

function summaryOf(
  all: readonly Piece[],
  unit: ClusterUnit,
  periods: Periods,
  context: EvidenceContext,
  isYoung: (piece: Piece) => boolean,
): Summary {
  const count = (name: CounterName) => sum(all, name)
  const apart: Summary['apart'] = {}
  for (const reason of apartReasons) if (count(reason) > 0) apart[reason satisfies DeploymentReason] = count(reason)
  const excluded = noneExcluded()
  for (const reason of changeReasons) excluded[reason] = count(reason)
  const young = youngOf(
    all.filter(isYoung).flatMap(({ period }) => period.timeline),
    context,
  )
  // Nobody asks for all of it.
  const known = all.length === 1 && unit !== 'week' ? spreadsOf(all[0] as Piece) : null
  const sizes = once(() => known?.sizes() ?? sizesOf(all, unit))
  const leads = once(() => known?.leads() ?? leadsOf(all, unit))
  const recoveries = once(() => recoveriesOf(all, young.pendingFailed, context.asOf))
  const restores = once(() =>
    durationsOf(
      sumOf(all.map(({ period }) => period.main.restores)),
      all.flatMap(({ period }) => instantsOf(period.main.openIncidents)),
      context.asOf,
    ),
  )
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

interface Spreads {
  leads(): Spread
  sizes(): Spread
}

const spreadsOfPeriods = new WeakMap<Period, Spreads>()

/** The spreads of a single period: every series asks for the same ones again. */
function spreadsOf(piece: Piece): Spreads {
  const known = spreadsOfPeriods.get(piece.period)
  if (known) return known
  const made = { leads: once(() => leadsOf([piece], 'release')), sizes: once(() => sizesOf([piece], 'release')) }
  spreadsOfPeriods.set(piece.period, made)
  return made
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
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
  const days = all.flatMap(({ from, days: length }) => Array.from({ length }, (_, i) => periods.day(from + i).gaps))
  const seconds = quantileOf(ascendingOfBins(joinGaps(days).bins), 0.5)
  return seconds === null ? null : (seconds * 1000) / dayMs
}

function ascendingOfBins({ keys, counts }: Histogram): Ascending {
  return ascendingOf(
    Float64Array.from(keys, (bin) => secondsOfBin(bin)),
    counts,
  )
}

function ascendingOfKeys({ keys, counts }: Histogram): Ascending {
  return ascendingOf(keys, counts)
}

/** The pieces by the ISO week in which they lie. */
function byWeek(all: readonly Piece[]): Piece[][] {
  const weeks = new Map<number, Piece[]>()
  for (const piece of all) {
    const week = isoWeekStart(piece.from)
    const list = weeks.get(week)
    if (list) list.push(piece)
    else weeks.set(week, [piece])
  }
  return [...weeks.values()]
}

function leadsOf(all: readonly Piece[], unit: ClusterUnit): Spread {
  if (unit === 'week') {
    const clusters = byWeek(all).map((week) => sumOf(week.map(({ period }) => period.main.leads)))
    return spreadOfClusters(clusters, secondsOfBin, 'times')
  }
  const histogram = sumOf(all.map(({ period }) => period.main.leads))
  const moments = sumOf(all.map(({ period }) => period.moments))
  return spreadOfMoments(histogram, moments, sum(all, 'releases'))
}

/** Without weeks each deployment is a cluster of its own. */
function sizesOf(all: readonly Piece[], unit: ClusterUnit): Spread {
  const identity = (size: number) => size
  if (unit === 'week') {
    const clusters = byWeek(all).map((week) => sumOf(week.map(({ period }) => period.main.sizes)))
    return spreadOfClusters(clusters, identity, 'sizes')
  }
  const histogram = sumOf(all.map(({ period }) => period.main.sizes))
  const ascending = ascendingOfKeys(histogram)
  const squaresOf = (of: (value: number) => number) => {
    let squares = 0
    for (let i = 0; i < histogram.keys.length; i++) squares += (histogram.counts[i] as number) * of(histogram.keys[i] as number) ** 2
    return squares
  }
  const totals: ClusterTotals = {
    count: ascending.n,
    sizeSquares: ascending.n,
    offsetSquares: (middle) => squaresOf((size) => Math.sign(middle - size) / 2),
  }
  return makeSpread(ascending, totals, () => ({
    levels: { ...ascending, values: Float64Array.from(ascending.values, logOf.sizes) },
    clusters: ascending.n,
    effective: ascending.n,
    sums: null,
    squares: (of) => squaresOf((size) => of(logOf.sizes(size))),
  }))
}

/** Of whole clusters, each a histogram of keys that stand for values. */
function spreadOfClusters(clusters: readonly Histogram[], valueOfKey: (key: number) => number, kind: keyof typeof logOf): Spread {
  const filled = clusters.filter(({ keys }) => keys.length > 0)
  const all = sumOf(filled)
  const ascending = ascendingOf(
    Float64Array.from(all.keys, (key) => valueOfKey(key)),
    all.counts,
  )
  const sums = (of: (key: number) => number): Float64Array => {
    const greatest = all.keys.length === 0 ? 0 : (all.keys[all.keys.length - 1] as number)
    const known = new Float64Array(greatest + 1)
    for (let i = 0; i < all.keys.length; i++) known[all.keys[i] as number] = of(all.keys[i] as number)
    return Float64Array.from(filled, ({ keys, counts }) => {
      let found = 0
      for (let i = 0; i < keys.length; i++) found += (known[keys[i] as number] as number) * (counts[i] as number)
      return found
    })
  }
  const squares = (of: (key: number) => number) => sums(of).reduce((found, each) => found + each * each, 0)
  const sizeSquares = squares(() => 1)
  const totals: ClusterTotals = {
    count: filled.length,
    sizeSquares,
    offsetSquares: (middle) => squares((key) => Math.sign(middle - valueOfKey(key)) / 2),
  }
  const logs = (): Sample => {
    const byLog = (of: (value: number) => number) => (key: number) => of(logOf[kind](valueOfKey(key)))
    return {
      levels: { ...ascending, coarse: kind === 'times', values: Float64Array.from(ascending.values, logOf[kind]) },
      clusters: filled.length,
      effective: sizeSquares === 0 ? 0 : ascending.n ** 2 / sizeSquares,
      sums: (of) => sums(byLog(of)),
      squares: (of) => squares(byLog(of)),
    }
  }
  return makeSpread(ascending, totals, logs)
}

/** Of clusters that are known by their moments over coarse bins. */
function spreadOfMoments(histogram: Histogram, moments: Histogram, clusters: number): Spread {
  const ascending = ascendingOfBins(histogram)
  const sizeSquares = once(() => clusterSquares(moments, () => 1))
  const totals: ClusterTotals = {
    count: clusters,
    get sizeSquares() {
      return sizeSquares()
    },
    offsetSquares(middle) {
      const bin = binOf(middle)
      const own = coarseOf(bin)
      return clusterSquares(moments, (coarse) => (coarse < own ? 0.5 : coarse > own ? -0.5 : partBelow(bin) - 0.5))
    },
  }
  return makeSpread(ascending, totals, () => ({
    levels: { ...ascending, coarse: true, values: Float64Array.from(ascending.values, logOf.times) },
    clusters,
    effective: totals.sizeSquares === 0 ? 0 : ascending.n ** 2 / totals.sizeSquares,
    sums: null,
    squares(of) {
      const means = coarseMeans(histogram, (seconds) => of(logOf.times(seconds)))
      return clusterSquares(moments, (coarse) => means[coarse] as number)
    },
  }))
}

/** The mean of a function of the value over each coarse bin. */
function coarseMeans({ keys, counts }: Histogram, of: (seconds: number) => number): Float64Array {
  const sums = new Float64Array(coarseBins)
  const sizes = new Float64Array(coarseBins)
  for (let i = 0; i < keys.length; i++) {
    const coarse = coarseOf(keys[i] as number)
    sums[coarse] = (sums[coarse] as number) + of(secondsOfBin(keys[i] as number)) * (counts[i] as number)
    sizes[coarse] = (sizes[coarse] as number) + (counts[i] as number)
  }
  return sums.map((found, coarse) => (sizes[coarse] === 0 ? 0 : found / (sizes[coarse] as number)))
}

function recoveriesOf(all: readonly Piece[], pending: readonly Timed[], asOf: Instant | null): Duration[] {
  const ended = new Map<number, number>()
  const open: Instant[] = all.flatMap(({ period }) => instantsOf(period.main.openFailures))
  const histogram = sumOf(all.map(({ period }) => period.main.recoveries))
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

function durationsOf({ keys, counts }: Histogram, open: readonly Instant[], asOf: Instant | null): Duration[] {
  const ended = Array.from(keys, (bin, i): Duration => ({ seconds: secondsOfBin(bin), ended: true, count: counts[i] as number }))
  return [...ended, ...open.map((beganAt) => durationOf(beganAt, null, asOf))]
}

function instantsOf({ keys, counts }: Histogram): Instant[] {
  return Array.from(keys).flatMap((at, i) => Array.from({ length: counts[i] as number }, () => at))
}

function stageMedians(all: readonly Piece[]): ReturnType<Summary['stages']> {
  const medians: ReturnType<Summary['stages']> = {}
  for (const [i, stage] of stages.entries()) {
    const histogram = sumOf(all.map(({ period }) => period.stages[i] as Histogram))
    const value = quantileOf(ascendingOfBins(histogram), 0.5)
    if (value !== null) medians[stage] = { value, n: total(histogram) }
  }
  return medians
}
