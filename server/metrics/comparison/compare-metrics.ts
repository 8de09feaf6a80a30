/** How each metric of a window differs from the window before, and whether that is clear. Pure. */
import type { Definition } from '../../definition.ts'
import type { BesideId, Comparison, Interval, MetricId, Metrics } from '../answer.ts'
import { metrics } from '../index.ts'
import type { MetricsInput } from '../input.ts'
import { nothingWaits, type Slice } from '../slice.ts'
import { countOf, type Duration } from '../survival.ts'
import { basisChanged, type ComparedSide } from './compared-side.ts'
import type { ComparedWindows } from './compared-windows.ts'
import { comparisonText } from './comparison-text.ts'
import { fisher } from './fisher.ts'
import { shiftBetween } from './hodges-lehmann.ts'
import { logRank, logRankScores, timeRatio } from './log-rank.ts'
import { newcombe, type Share, scoreTest } from './newcombe.ts'
import { permuteClusters } from './permute-clusters.ts'
import { rankTest } from './rank-clusters.ts'
import { rateRatio } from './rate-ratio.ts'

export type ComparedId = MetricId | BesideId
export type Comparisons = Record<ComparedId, Comparison>

/** What a test found, before a verdict is made of it. */
interface Found {
  /** Later over earlier, or null and `points` for a ratio. */
  factor?: number | null
  points?: number | null
  interval: Interval
  p: number | null
  /** What keeps the windows from being compared. */
  lacks: Pick<Comparison, 'reason' | 'needs'> | null
}

const comparers: Record<ComparedId, (before: ComparedSide, after: ComparedSide, inList: boolean) => Found> = {
  deployment_frequency: frequency,
  change_lead_time: (before, after, inList) => clustered(before.compared, after.compared, 'change_lead_time', inList),
  failed_deployment_recovery_time: ({ compared: before }, { compared: after }) =>
    durations(before.summary.recoveries, after.summary.recoveries, after.definition, 'failed deployment'),
  change_fail_rate: (before, after) => rates(before.compared, after.compared, 'change_fail_rate'),
  deployment_rework_rate: (before, after) => rates(before.compared, after.compared, 'deployment_rework_rate'),
  batch_size: (before, after, inList) => clustered(before.compared, after.compared, 'batch_size', inList),
  incident_time_to_restore: ({ compared: before }, { compared: after }) =>
    durations(before.summary.restores, after.summary.restores, after.definition, 'incident'),
}

/** The asked metrics' comparisons of a window with the one before (definition `dora@1`, section 6); in a list without some intervals. */
export function compareMetrics(
  windows: ComparedWindows,
  before: ComparedSide,
  after: ComparedSide,
  ids: readonly ComparedId[],
  inList = false,
): Partial<Comparisons> {
  const { definition } = after.slice
  const slice: Slice = { ...before.slice, detail: 'value', waiting: nothingWaits }
  const compared = ids.map(
    (id) => [id, judged(id, windows, metrics[id].compute(slice), comparers[id](before, after, inList), definition)] as const,
  )
  return Object.fromEntries(compared)
}

/** Where not even one day of the asked window is complete. */
export function nothingCompared(
  before: Pick<MetricsInput, 'from' | 'to'>,
  asked: Pick<MetricsInput, 'from'>,
  ids: readonly ComparedId[],
): Partial<Comparisons> {
  const windows = { before: { from: before.from, to: before.to }, current: { from: asked.from, to: asked.from }, name: 'these days' }
  const none = (id: ComparedId) => {
    const { lacks, ...size } = lacking('not_covered')
    const rest = {
      value: null,
      n: 0,
      current: windows.current,
      verdict: 'not enough data' as const,
      reason: 'not_covered' as const,
      needs: null,
    }
    const comparison = { ...windows.before, ...size, ...rest }
    return { ...comparison, text: comparisonText(id, comparison, windows.name) }
  }
  return Object.fromEntries(ids.map((id) => [id, none(id)]))
}

function judged(id: ComparedId, windows: ComparedWindows, value: Metrics[ComparedId], found: Found, definition: Definition): Comparison {
  const { lacks, ...size } = found
  const large = isLarge(found, definition)
  const certain = found.p !== null && found.p < definition.clearP
  const comparison: Omit<Comparison, 'text'> = {
    ...windows.before,
    value: value.value,
    n: value.n,
    ...('count' in value ? { count: value.count } : {}),
    current: windows.current,
    ...size,
    verdict: lacks !== null ? 'not enough data' : certain && large ? 'clear' : 'no clear change',
    reason: lacks?.reason ?? (certain && !large ? 'too_small' : null),
    needs: lacks?.needs ?? null,
  }
  return { ...comparison, text: comparisonText(id, comparison, windows.name) }
}

/** Whether a difference has the least size that is worth a word. */
export function isLarge({ factor, points }: Pick<Comparison, 'factor' | 'points'>, definition: Definition): boolean {
  if (points !== undefined) return points !== null && Math.abs(points) >= definition.clearPoints - 1e-9
  // Without a factor there was nothing before.
  return factor == null || factor >= definition.clearFactor || factor <= 1 / definition.clearFactor
}

function lacking(reason: Comparison['reason'], needs: Comparison['needs'] = null): Found {
  return { factor: null, interval: null, p: null, lacks: { reason, needs } }
}

/** Too few of something on the side that has fewer; null where there are enough. */
function tooFew(one: number, other: number, of: number, unit: string): Found | null {
  const n = Math.min(one, other)
  return n >= of - 1e-9 ? null : lacking('too_few', { n: Math.floor(n + 1e-9), of, unit })
}

function frequency(before: ComparedSide, after: ComparedSide): Found {
  const { definition, covered } = after.slice
  if (!before.slice.covered || !covered) return lacking('not_covered')
  const few = tooFew(before.weeks.length, after.weeks.length, definition.comparedClusters, 'whole week')
  if (few) return few
  const p = permuteClusters(before.weeks, after.weeks, { permutations: definition.permutations, counts: true })
  return { ...rateRatio(before.weeks, after.weeks), p, lacks: null }
}

/** Above so many values on both sides together, times are told by their bins: within half a percent. */
const mostExact = 5000

/** Logarithms of times or sizes, which come in clusters. */
function clustered(before: Slice, after: Slice, id: 'change_lead_time' | 'batch_size', inList: boolean): Found {
  const { definition } = after
  const [one, other] = id === 'batch_size' ? [before.summary.sizes, after.summary.sizes] : [before.summary.leads, after.summary.leads]
  if (one.n === 0 && !before.covered) return lacking('not_covered')
  const few = tooFew(one.effective, other.effective, definition.comparedClusters, after.clusterUnit)
  if (few) return few
  if (basisChanged(before.summary, after.summary, definition)) return lacking('basis_changed')
  const coarse = one.n + other.n > mostExact
  const [earlier, later] = [one.logs(coarse), other.logs(coarse)]
  const p = rankTest(earlier, later, { permutations: definition.permutations })
  // A list has room for the interval of what may stand out alone.
  const shift = shiftBetween(earlier, later, !inList || (p !== null && p < definition.falseDiscovery))
  const interval = shift?.interval ?? null
  return {
    factor: shift === null ? null : Math.exp(shift.estimate),
    interval: interval === null ? null : [Math.exp(interval[0]), Math.exp(interval[1])],
    p,
    lacks: null,
  }
}

function rates(before: Slice, after: Slice, metric: 'change_fail_rate' | 'deployment_rework_rate'): Found {
  const { definition } = after
  const found = (points: number | null, rest: Omit<Found, 'factor' | 'points'>): Found => ({ points, ...rest })
  const [one, other] = [shareOf(before, metric), shareOf(after, metric)]
  const lacks =
    one.n === 0 && !before.covered
      ? lacking('not_covered')
      : before.signals.length === 0
        ? lacking('no_value')
        : tooFew(one.n, other.n, definition.comparedClusters, 'deployment')
  if (lacks) return found(null, { interval: null, p: null, lacks: lacks.lacks })
  const interval = newcombe(one, other) as [number, number]
  const p = Math.min(one.n, other.n) < definition.exactBelow ? fisher(one, other) : scoreTest(one, other)
  const points = 100 * (other.count / other.n - one.count / one.n)
  return found(points, { interval: [100 * interval[0], 100 * interval[1]], p, lacks: null })
}

function shareOf({ summary }: Slice, metric: 'change_fail_rate' | 'deployment_rework_rate'): Share {
  if (metric === 'change_fail_rate') return { count: summary.failed, n: summary.judged }
  return { count: summary.rework, n: summary.counted }
}

/** Durations some of which still run. */
function durations(one: readonly Duration[], other: readonly Duration[], definition: Definition, unit: string): Found {
  const [n, m] = [countOf(one), countOf(other)]
  const few = tooFew(n, m, definition.comparedRecoveries, unit)
  if (few) return few
  const exact = Math.min(n, m) < definition.exactBelow
  const p = exact ? permuteClusters(...logRankScores(one, other), { permutations: definition.permutations }) : logRank(one, other)
  return { ...timeRatio(one, other), p, lacks: null }
}
