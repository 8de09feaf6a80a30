import { describe, expect, it } from 'vitest'
import { studentQuantile } from '../../server/metrics/distributions.ts'
import { median, medianInterval, quantile, sorted } from '../../server/metrics/statistics.ts'
import { clusteredMedianInterval } from '../../server/metrics/woodruff.ts'
import { normal, seeded } from './rows.ts'

function interval(clusters: number[][]) {
  const values = clusters.flat()
  return clusteredMedianInterval(
    values,
    clusters.flatMap((cluster, i) => cluster.map(() => i)),
    sorted(values),
  )
}

describe('clusteredMedianInterval', () => {
  it('is the formula worked by hand', () => {
    // Median 7.5. Offsets of the six pairs: both below +1, both above -1, so that v = 6/5 * 6 / 144 = 0.05, and g = 144 / 24 = 6.
    const pairs = [
      [1, 2],
      [3, 4],
      [5, 7],
      [8, 9],
      [10, 11],
      [12, 13],
    ]
    const half = studentQuantile(0.975, 5) * Math.sqrt(0.05)
    expect(half).toBeGreaterThan(0.5)
    expect(interval(pairs)).toBeNull()

    const twelve = Array.from({ length: 12 }, (_, i) => [2 * i, 2 * i + 1])
    const wide = studentQuantile(0.975, 11) * Math.sqrt(((12 / 11) * 12) / 24 ** 2)
    const ascending = sorted(twelve.flat())
    expect(interval(twelve)).toEqual([quantile(ascending, 0.5 - wide), quantile(ascending, 0.5 + wide)])
  })

  it('is never narrower than with independent values: v is at least 1 / 4N', () => {
    // Each pair has one value below and one above the median: no variance between clusters.
    const even = Array.from({ length: 50 }, (_, i) => [i, 1000 + i])
    const half = studentQuantile(0.975, 49) * Math.sqrt(1 / 400)
    const ascending = sorted(even.flat())
    expect(interval(even)).toEqual([quantile(ascending, 0.5 - half), quantile(ascending, 0.5 + half)])
  })

  it('is the exact order statistics with one value a cluster, from six on', () => {
    const ten = Array.from({ length: 10 }, (_, i) => [i + 1])
    expect(interval(ten)).toEqual([2, 9])
    expect(interval(ten.slice(0, 6))).toEqual([1, 6])
    expect(interval(ten.slice(0, 5))).toBeNull()
  })

  it('is null under five effective clusters, also where one holds almost all', () => {
    expect(
      interval([
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ]),
    ).toBeNull()
    const uneven = [Array.from({ length: 100 }, (_, i) => i), ...Array.from({ length: 9 }, (_, i) => [i])]
    expect(interval(uneven)).toBeNull()
    expect(interval([])).toBeNull()
  })

  it('holds in about 95 % of the windows of 12 deployments of about 20 changes, where independent values would in about half', () => {
    const random = seeded(20_260_105)
    const windows = 2000
    let clustered = 0
    let naive = 0
    for (let i = 0; i < windows; i++) {
      // A change waits with the others of its deployment: the logs share a part, and the true median is e^0.
      const deployments = Array.from({ length: 12 }, () => {
        const shared = normal(random)
        return Array.from({ length: 10 + Math.floor(random() * 21) }, () => Math.exp(shared + normal(random)))
      })
      const [low, high] = interval(deployments) ?? [Number.NaN, Number.NaN]
      const [from, to] = medianInterval(sorted(deployments.flat())) as [number, number]
      if (low <= 1 && (high as number) >= 1) clustered++
      if (from <= 1 && to >= 1) naive++
    }
    expect(clustered / windows).toBeGreaterThan(0.93)
    expect(clustered / windows).toBeLessThan(0.98)
    expect(naive / windows).toBeGreaterThan(0.38)
    expect(naive / windows).toBeLessThan(0.65)
  })

  it('holds the median', () => {
    const random = seeded(7)
    const clusters = Array.from({ length: 15 }, () => Array.from({ length: 4 }, () => random()))
    const [low, high] = interval(clusters) as [number, number]
    const middle = median(clusters.flat()) as number
    expect(low).toBeLessThan(middle)
    expect(high).toBeGreaterThan(middle)
  })
})
