/** Two samples of clustered values as clusters of ranks, and the test of whether one lies higher. */
import type { Ascending } from '../ascending.ts'
import { chiSquareTail } from '../distributions.ts'
import { type Cluster, type PermutationOptions, permuteClusters } from './permute-clusters.ts'
import { type Clustered, type Sample, sampleOf } from './sample.ts'

/**
 * Each cluster with the sum of its values' ranks among all values of both sides (equal ones share the middle rank; counted from the
 * middle of all). Ranks make the test one of "longer or shorter" that no single outlier decides and no change of unit touches (Wilcoxon, 1945).
 */
export function rankClusters(one: Clustered, other: Clustered): [Cluster[], Cluster[]] {
  const samples = [sampleOf(one), sampleOf(other)] as const
  const rankOf = middleRank(...samples)
  return [clustersOf(samples[0], rankOf), clustersOf(samples[1], rankOf)]
}

/** Two-sided p of the hypothesis that both samples' values are alike; null of fewer than two clusters on a side. */
export function rankTest(one: Sample, other: Sample, options: PermutationOptions): number | null {
  const rankOf = middleRank(one, other)
  if (one.sums !== null && other.sums !== null) return permuteClusters(clustersOf(one, rankOf), clustersOf(other, rankOf), options)
  if (one.clusters < 2 || other.clusters < 2) return null
  // So many clusters that their mean is normal; its variance comes from their moments.
  const [a, b] = [meanRank(one, rankOf), meanRank(other, rankOf)]
  const variance = a.variance + b.variance
  if (variance <= 0) return a.mean === b.mean ? 1 : 0
  return chiSquareTail((a.mean - b.mean) ** 2 / variance, 1)
}

function meanRank({ levels, clusters, squares }: Sample, rankOf: (value: number) => number): { mean: number; variance: number } {
  const { values, weights, n } = levels
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += rankOf(values[i] as number) * (weights === null ? 1 : (weights[i] as number))
  const mean = sum / n
  return { mean, variance: ((clusters / (clusters - 1)) * squares((value) => rankOf(value) - mean)) / n ** 2 }
}

/** The rank of a value of one of the samples among those of both, counted from the middle of all. */
function middleRank({ levels: one }: Sample, { levels: other }: Sample): (value: number) => number {
  const ranks = new Map<number, number>()
  const middle = (one.n + other.n - 1) / 2
  let before = 0
  let i = 0
  let j = 0
  while (i < one.values.length || j < other.values.length) {
    const [a, b] = [one.values[i] ?? Number.POSITIVE_INFINITY, other.values[j] ?? Number.POSITIVE_INFINITY]
    const value = Math.min(a, b)
    let weight = 0
    if (a === value) weight += weightAt(one, i++)
    if (b === value) weight += weightAt(other, j++)
    ranks.set(value, before + (weight - 1) / 2 - middle)
    before += weight
  }
  return (value) => ranks.get(value) as number
}

function weightAt({ weights }: Ascending, i: number): number {
  return weights === null ? 1 : (weights[i] as number)
}

function clustersOf({ sums }: Sample, rankOf: (value: number) => number): Cluster[] {
  if (sums === null) return []
  const sizes = sums(() => 1)
  return Array.from(sums(rankOf), (sum, i) => ({ sum, weight: sizes[i] as number }))
}
