/** Two samples of clustered values as clusters of ranks, and the test of whether one lies higher. */
import { type Ascending, mapped, weightAt } from '../ascending.ts'
import { chiSquareTail } from '../distributions.ts'
import { type Cluster, type PermutationOptions, permuteClusters } from './permute-clusters.ts'
import { type Clustered, type Sample, sampleOf } from './sample.ts'

/**
 * Each cluster with the sum of its values' ranks among all values of both sides (equal ones share the middle rank; counted from the
 * middle of all). Ranks make the test one of "longer or shorter" that no single outlier decides and no change of unit touches (Wilcoxon, 1945).
 */
export function rankClusters(one: Clustered, other: Clustered): [Cluster[], Cluster[]] {
  const samples = [sampleOf(one), sampleOf(other)] as const
  const [ranks, otherRanks] = middleRanks(samples[0].levels, samples[1].levels)
  return [clustersOf(samples[0], ranks), clustersOf(samples[1], otherRanks)]
}

/** Two-sided p of the hypothesis that both samples' values are alike; null of fewer than two clusters on a side. */
export function rankTest(one: Sample, other: Sample, options: PermutationOptions): number | null {
  if (one.clusters < 2 || other.clusters < 2) return null
  const [ranks, otherRanks] = middleRanks(one.levels, other.levels)
  if (one.sums !== null && other.sums !== null) {
    return permuteClusters(clustersOf(one, ranks), clustersOf(other, otherRanks), options)
  }
  // So many clusters that their mean is normal; its variance comes from their moments.
  const [a, b] = [meanRank(one, ranks), meanRank(other, otherRanks)]
  const variance = a.variance + b.variance
  if (variance <= 0) return a.mean === b.mean ? 1 : 0
  return chiSquareTail((a.mean - b.mean) ** 2 / variance, 1)
}

function meanRank({ levels, clusters, squares }: Sample, ranks: Float64Array): { mean: number; variance: number } {
  let sum = 0
  for (let i = 0; i < ranks.length; i++) sum += (ranks[i] as number) * weightAt(levels, i)
  const mean = sum / levels.n
  return { mean, variance: ((clusters / (clusters - 1)) * squares(mapped(ranks, (rank) => rank - mean))) / levels.n ** 2 }
}

/** The rank of each level of both samples among the values of both, counted from the middle of all. */
function middleRanks(one: Ascending, other: Ascending): [Float64Array, Float64Array] {
  const ranks = new Float64Array(one.values.length)
  const otherRanks = new Float64Array(other.values.length)
  const middle = (one.n + other.n - 1) / 2
  let before = 0
  let i = 0
  let j = 0
  while (i < ranks.length || j < otherRanks.length) {
    const a = i < ranks.length ? (one.values[i] as number) : Number.POSITIVE_INFINITY
    const b = j < otherRanks.length ? (other.values[j] as number) : Number.POSITIVE_INFINITY
    const weight = (a <= b ? weightAt(one, i) : 0) + (b <= a ? weightAt(other, j) : 0)
    const rank = before + (weight - 1) / 2 - middle
    if (a <= b) ranks[i++] = rank
    if (b <= a) otherRanks[j++] = rank
    before += weight
  }
  return [ranks, otherRanks]
}

function clustersOf({ sums }: Sample, ranks: Float64Array): Cluster[] {
  if (sums === null) return []
  const sizes = sums(new Float64Array(ranks.length).fill(1))
  return Array.from(sums(ranks), (sum, i) => ({ sum, weight: sizes[i] as number }))
}
