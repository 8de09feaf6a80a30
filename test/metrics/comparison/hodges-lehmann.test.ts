import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effectiveClusters, hodgesLehmann, satterthwaite } from '../../../server/metrics/comparison/hodges-lehmann.ts'
import { differenceQuantile } from '../../../server/metrics/comparison/pairwise.ts'
import { rankClusters } from '../../../server/metrics/comparison/rank-clusters.ts'
import { quantile, sorted } from '../../../server/metrics/statistics.ts'

const values = fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ min: -1e5, max: 1e5, noNaN: true })), {
  minLength: 1,
  maxLength: 25,
})
const sample = fc
  .array(fc.record({ value: fc.integer({ min: 0, max: 60 }), cluster: fc.integer({ min: 0, max: 8 }) }), { minLength: 1, maxLength: 40 })
  .map((rows) => ({ values: rows.map(({ value }) => value / 4), clusters: rows.map(({ cluster }) => cluster) }))

function alone(...list: number[]) {
  return { values: list, clusters: list.map((_, i) => i) }
}

describe('quantile of all pairwise differences', () => {
  it('equals that of the differences written out', () => {
    fc.assert(
      fc.property(values, values, fc.double({ min: 0, max: 1, noNaN: true }), (one, other, p) => {
        const all = sorted(other.flatMap((later) => one.map((earlier) => later - earlier)))
        const found = differenceQuantile(sorted(one), sorted(other), p)
        expect(Math.abs(found - (quantile(all, p) as number))).toBeLessThan(1e-6)
      }),
      { numRuns: 300 },
    )
  })
})

describe("Hodges and Lehmann's shift", () => {
  it('is 0.305 for the permeability of membranes (Hollander and Wolfe, table 4.1)', () => {
    const term = alone(0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46)
    const earlier = alone(1.15, 0.88, 0.9, 0.74, 1.21)
    expect(hodgesLehmann(earlier, term)?.estimate).toBeCloseTo(0.305, 9)
  })

  it('turns its sign with the sides', () => {
    fc.assert(
      fc.property(sample, sample, (one, other) => {
        const there = hodgesLehmann(one, other)
        const back = hodgesLehmann(other, one)
        expect(back?.estimate).toBeCloseTo(-(there?.estimate as number), 9)
        expect(back?.interval === null).toBe(there?.interval === null)
        if (there?.interval && back?.interval) {
          expect(back.interval[0]).toBeCloseTo(-there.interval[1], 6)
          expect(back.interval[1]).toBeCloseTo(-there.interval[0], 6)
        }
      }),
    )
  })

  it('moves with the later values, and its interval with it and around it', () => {
    fc.assert(
      fc.property(sample, sample, fc.integer({ min: -50, max: 50 }), (one, other, by) => {
        const here = hodgesLehmann(one, other)
        const moved = hodgesLehmann(one, { ...other, values: Array.from(other.values, (value) => value + by) })
        expect(moved?.estimate).toBeCloseTo((here?.estimate as number) + by, 9)
        if (here?.interval) {
          expect(moved?.interval?.[0]).toBeCloseTo(here.interval[0] + by, 9)
          expect(here.interval[0]).toBeLessThanOrEqual(here.estimate)
          expect(here.interval[1]).toBeGreaterThanOrEqual(here.estimate)
        }
      }),
    )
  })

  it('does not depend on the order of values', () => {
    fc.assert(
      fc.property(sample, sample, (one, other) => {
        const turned = { values: [...one.values].reverse(), clusters: [...one.clusters].reverse() }
        const here = hodgesLehmann(one, other)
        const there = hodgesLehmann(turned, other)
        expect(there?.estimate).toBe(here?.estimate)
        if (here?.interval) expect(there?.interval?.[0]).toBeCloseTo(here.interval[0], 9)
      }),
    )
  })

  it('is none of nothing, and has no interval where one cluster is all there is', () => {
    expect(hodgesLehmann(alone(), alone(1))).toBeNull()
    const one = { values: [1, 2, 3, 4, 5, 6], clusters: [1, 1, 1, 1, 1, 1] }
    expect(hodgesLehmann(one, alone(2, 3, 4, 5, 6, 7))?.interval).toBeNull()
  })

  it('has a wider interval where values come in clusters', () => {
    const list = Array.from({ length: 60 }, (_, i) => Math.floor(i / 6) * 3 + (i % 6) / 10)
    const clustered = { values: list, clusters: list.map((_, i) => Math.floor(i / 6)) }
    const width = (interval: [number, number] | null | undefined) => (interval ? interval[1] - interval[0] : Number.NaN)
    const [wide, narrow] = [clustered, alone(...list)].map((side) => width(hodgesLehmann(side, side)?.interval)) as [number, number]
    expect(wide).toBeGreaterThan(1.5 * narrow)
  })
})

describe('effective clusters', () => {
  it.each([
    [[1, 2, 3, 4], 4],
    [[1, 1, 2, 2], 2],
    [[1, 1, 1, 1], 1],
    [[1, 1, 1, 2], 1.6],
    [[], 0],
  ])('of %j are %d', (clusters, expected) => {
    expect(effectiveClusters({ values: clusters, clusters })).toBeCloseTo(expected, 9)
  })

  it('give the degrees of a sum of variances', () => {
    expect(satterthwaite(1, 9, 1, 9)).toBeCloseTo(18, 9)
    expect(satterthwaite(1, 9, 0, 4)).toBeCloseTo(9, 9)
    expect(satterthwaite(1, 0, 1, 4)).toBe(0)
  })
})

describe('clusters of ranks', () => {
  it('are the middle ranks of all values, from their middle', () => {
    const [one, other] = rankClusters({ values: [1, 5, 5], clusters: [1, 1, 2] }, { values: [9, 1], clusters: [1, 1] })
    // Ranks 0.5, 2.5, 2.5 and 4, 0.5; their middle is 2.
    expect(one).toEqual([
      { sum: -1, weight: 2 },
      { sum: 0.5, weight: 1 },
    ])
    expect(other).toEqual([{ sum: 0.5, weight: 2 }])
  })

  it('do not change with the unit of time', () => {
    fc.assert(
      fc.property(sample, sample, (one, other) => {
        const scaled = (side: typeof one) => ({ ...side, values: side.values.map((value) => Math.exp(value) * 60) })
        expect(rankClusters(scaled(one), scaled(other))).toEqual(rankClusters(one, other))
      }),
    )
  })
})
