/** Two samples of clustered values as clusters of ranks, ready to be permuted. */
import type { Clustered } from './hodges-lehmann.ts'
import type { Cluster } from './permute-clusters.ts'

/**
 * Each cluster with the sum of its values' ranks among all values of both sides (equal ones share the middle rank; counted from the
 * middle of all). Ranks make the test one of "longer or shorter" that no single outlier decides and no change of unit touches (Wilcoxon, 1945).
 */
export function rankClusters(one: Clustered, other: Clustered): [Cluster[], Cluster[]] {
  const n = one.values.length
  const all = new Float64Array(n + other.values.length)
  all.set(Float64Array.from(one.values))
  all.set(Float64Array.from(other.values), n)
  const ascending = all.slice().sort()
  const ranks = new Map<number, number>()
  for (let i = 0; i < ascending.length; ) {
    const value = ascending[i] as number
    let next = i + 1
    while (next < ascending.length && ascending[next] === value) next++
    ranks.set(value, (i + next - 1) / 2 - (ascending.length - 1) / 2)
    i = next
  }
  return [clustersOf(one, ranks), clustersOf(other, ranks)]
}

function clustersOf({ values, clusters }: Clustered, ranks: Map<number, number>): Cluster[] {
  const found = new Map<number, Cluster>()
  for (let i = 0; i < values.length; i++) {
    const name = clusters[i] as number
    let cluster = found.get(name)
    if (cluster === undefined) {
      cluster = { sum: 0, weight: 0 }
      found.set(name, cluster)
    }
    cluster.sum += ranks.get(values[i] as number) as number
    cluster.weight++
  }
  return [...found.values()]
}
