/** The studentised permutation test of whole clusters, for times and for counts alike. */
import { chiSquareTail } from '../distributions.ts'
import { seededRandom } from './seeded-random.ts'

/** What one cluster adds to the ratio sum / weight of its side: times bring ranks and their number, weeks a count and their working days. */
export interface Cluster {
  sum: number
  weight: number
}

export interface PermutationOptions {
  /** As many random divisions at most; where there are no more than these, all of them are tried. */
  permutations: number
  /** The sums are counts: a side varies at least as much as chance would have it (Poisson). */
  counts?: boolean
  seed?: number
}

/** So many random divisions as extreme as the observed one settle that it is not. */
const enough = 50
const tolerance = 1e-9
/** Sides with at least so many clusters are not permuted. */
const manyClusters = 400

/** Totals of some clusters: number, sum, weight, and the sums of their squares and products. */
interface Totals {
  n: number
  s: number
  w: number
  ss: number
  sw: number
  ww: number
}

/**
 * Two-sided p of the hypothesis that it does not matter on which side a cluster lies (null of fewer than two clusters on a side). The
 * statistic is the difference of the sides' ratios over its standard error, taken between clusters; studentising keeps the test right where the
 * sides differ in spread alone (Janssen, "Studentized permutation tests for non-i.i.d. hypotheses", 1997; Chung and Romano, "Exact and
 * asymptotically robust permutation tests", 2013). With few divisions all are tried, else random ones from a fixed seed, until 50 are as
 * extreme (Besag and Clifford, "Sequential Monte Carlo p-values", 1991). The order of the clusters and of the sides does not matter.
 */
export function permuteClusters(one: readonly Cluster[], other: readonly Cluster[], options: PermutationOptions): number | null {
  if (one.length < 2 || other.length < 2) return null
  const counts = options.counts ?? false
  const pool = [...one, ...other].sort((x, y) => x.sum - y.sum || x.weight - y.weight)
  const size = Math.min(one.length, other.length)
  const all = totalsOf(pool)
  const observed = Math.abs(statistic(totalsOf(one.length === size ? one : other), all, counts)) * (1 - tolerance)
  if (divisions(pool.length, size) <= options.permutations) return everyDivision(pool, size, all, counts, observed)
  // With so many clusters the statistic is normal, whatever their distribution.
  if (size >= manyClusters) return chiSquareTail(observed * observed, 1)
  return someDivisions(pool, size, all, counts, observed, options)
}

function totalsOf(clusters: readonly Cluster[]): Totals {
  const totals = { n: 0, s: 0, w: 0, ss: 0, sw: 0, ww: 0 }
  for (const cluster of clusters) add(totals, cluster, 1)
  return totals
}

function add(totals: Totals, { sum, weight }: Cluster, sign: 1 | -1): void {
  totals.n += sign
  totals.s += sign * sum
  totals.w += sign * weight
  totals.ss += sign * sum * sum
  totals.sw += sign * sum * weight
  totals.ww += sign * weight * weight
}

/** Variance of the ratio of sums (Cochran, "Sampling Techniques", 6.3), the clusters being the sample. */
function ratioVariance(n: number, s: number, w: number, ss: number, sw: number, ww: number, counts: boolean): number {
  const ratio = s / w
  const between = (n / (n - 1)) * Math.max(0, ss - 2 * ratio * sw + ratio * ratio * ww)
  return (counts ? Math.max(between, s) : between) / (w * w)
}

function statistic(part: Totals, all: Totals, counts: boolean): number {
  const restS = all.s - part.s
  const restW = all.w - part.w
  const difference = part.s / part.w - restS / restW
  const variance =
    ratioVariance(part.n, part.s, part.w, part.ss, part.sw, part.ww, counts) +
    ratioVariance(all.n - part.n, restS, restW, all.ss - part.ss, all.sw - part.sw, all.ww - part.ww, counts)
  // What is left of two equal numbers after rounding is no difference, and no spread either.
  const scale = all.ss / (all.w * all.w)
  if (difference * difference <= scale * 1e-24) return 0
  return variance <= scale * 1e-20 ? Math.sign(difference) * Number.POSITIVE_INFINITY : difference / Math.sqrt(variance)
}

/** The number of ways to choose k of n, as far as a double goes. */
function divisions(n: number, k: number): number {
  let ways = 1
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i
  return Math.round(ways)
}

function everyDivision(pool: readonly Cluster[], size: number, all: Totals, counts: boolean, observed: number): number {
  let extreme = 0
  let tried = 0
  const part = totalsOf([])
  function choose(from: number, left: number): void {
    if (left === 0) {
      tried++
      if (Math.abs(statistic(part, all, counts)) >= observed) extreme++
      return
    }
    for (let i = from; i <= pool.length - left; i++) {
      const kept = { ...part }
      add(part, pool[i] as Cluster, 1)
      choose(i + 1, left - 1)
      Object.assign(part, kept)
    }
  }
  choose(0, size)
  return extreme / tried
}

function someDivisions(
  pool: readonly Cluster[],
  size: number,
  all: Totals,
  counts: boolean,
  observed: number,
  { permutations, seed }: PermutationOptions,
): number {
  const division = divisionsOf(pool.length, size, seed)
  const sums = Float64Array.from(pool, (cluster) => cluster.sum)
  const weights = Float64Array.from(pool, (cluster) => cluster.weight)
  const part = totalsOf([])
  part.n = size
  let extreme = 0
  for (let tried = 1; tried <= permutations; tried++) {
    const { drawn, from } = division(tried - 1)
    let s = 0
    let w = 0
    let ss = 0
    let sw = 0
    let ww = 0
    for (let i = from; i < from + size; i++) {
      const at = drawn[i] as number
      const sum = sums[at] as number
      const weight = weights[at] as number
      s += sum
      w += weight
      ss += sum * sum
      sw += sum * weight
      ww += weight * weight
    }
    part.s = s
    part.w = w
    part.ss = ss
    part.sw = sw
    part.ww = ww
    if (Math.abs(statistic(part, all, counts)) < observed) continue
    extreme++
    if (extreme === enough && tried < permutations) return extreme / tried
  }
  return (extreme + 1) / (permutations + 1)
}

/** Positions of the clusters that a division puts on one side: `size` of them from `from` on. */
type Division = (number: number) => { drawn: Uint8Array | Uint32Array; from: number }

/** Up to so many clusters divisions are remembered: the seed is fixed, so that questions ask for the same ones again and again. */
const mostRemembered = 128
const mostSets = 24
const remembered = new Map<string, Division>()

/** Random divisions of n clusters, the same ones each time. */
function divisionsOf(n: number, size: number, seed: number | undefined): Division {
  if (n > mostRemembered) return drawing(n, size, seed)
  const key = `${n} ${size} ${seed}`
  const known = remembered.get(key) ?? remembering(drawing(n, size, seed), size)
  remembered.delete(key)
  remembered.set(key, known)
  if (remembered.size > mostSets) remembered.delete(remembered.keys().next().value as string)
  return known
}

/** To be asked for one after the other. */
function drawing(n: number, size: number, seed: number | undefined): Division {
  const random = seededRandom(seed)
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  return () => {
    for (let i = 0; i < size; i++) {
      const j = i + Math.floor((random() / 4_294_967_296) * (n - i))
      const drawn = order[j] as number
      order[j] = order[i] as number
      order[i] = drawn
    }
    return { drawn: order, from: 0 }
  }
}

function remembering(draw: Division, size: number): Division {
  let all = new Uint8Array(256 * size)
  let filled = 0
  return (number) => {
    for (; filled <= number; filled++) {
      if ((filled + 1) * size > all.length) {
        const larger = new Uint8Array(all.length * 2)
        larger.set(all)
        all = larger
      }
      all.set(draw(filled).drawn.subarray(0, size), filled * size)
    }
    return { drawn: all, from: number * size }
  }
}
