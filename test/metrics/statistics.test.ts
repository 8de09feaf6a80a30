import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { garwood, median, medianInterval, medianRank, overdispersion, quantile, sorted, wilson } from '../../server/metrics/statistics.ts'

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 })

describe('quantile', () => {
  it('interpolates linearly as R type 7 does', () => {
    expect([0.5, 0.75, 0.9, 0.95].map((p) => quantile([1, 2, 3, 4], p))).toEqual([2.5, 3.25, 3.7, 3.8499999999999996])
    expect(quantile([7], 0.9)).toBe(7)
    expect(quantile([], 0.5)).toBeNull()
  })

  it('equals the definition written out: a broken line through (k / (n - 1), k-th value)', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, p) => {
        const ascending = [...list].sort((a, b) => a - b)
        const n = ascending.length
        let expected = ascending[0] as number
        for (let k = 0; k + 1 < n; k++) {
          const low = ascending[k] as number
          const high = ascending[k + 1] as number
          if (p >= k / (n - 1)) expected = low + (high - low) * Math.min(1, p * (n - 1) - k)
        }
        expect(quantile(sorted(list), p)).toBeCloseTo(expected, 5)
      }),
    )
  })

  it('at one half is the median', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 80 }), (list) => {
        expect(median(list)).toBe(quantile(sorted(list), 0.5))
      }),
    )
  })

  it('leaves the values in their order', () => {
    const list = [3, 1, 2]
    expect(median(list)).toBe(2)
    expect(list).toEqual([3, 1, 2])
  })
})

describe('wilson', () => {
  it.each([
    [0, 20, 0, 0.1611],
    [1, 20, 0.0089, 0.2361],
    [3, 12, 0.0889, 0.5323],
    [20, 20, 0.8389, 1],
  ])('of %d of %d is %d to %d', (count, n, low, high) => {
    const interval = wilson(count, n) as [number, number]
    expect(interval[0]).toBeCloseTo(low, 4)
    expect(interval[1]).toBeCloseTo(high, 4)
  })

  it('is null of none', () => {
    expect(wilson(0, 0)).toBeNull()
  })

  it('lies in [0, 1] and holds the ratio', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const count = Math.round(n * share)
        const [low, high] = wilson(count, n) as [number, number]
        expect(low).toBeGreaterThanOrEqual(0)
        expect(high).toBeLessThanOrEqual(1)
        expect(low).toBeLessThanOrEqual(count / n)
        expect(high).toBeGreaterThanOrEqual(count / n)
      }),
    )
  })
})

describe('garwood', () => {
  it.each([
    [0, 0, 3.6889],
    [5, 1.6235, 11.6683],
    [20, 12.2165, 30.8884],
  ])('of %d is %d to %d', (count, low, high) => {
    const [lower, upper] = garwood(count)
    expect(lower).toBeCloseTo(low, 4)
    expect(upper).toBeCloseTo(high, 4)
  })

  it('takes a count that is spread out at count / dispersion, times the dispersion', () => {
    const [low, high] = garwood(10)
    expect(garwood(20, 2)).toEqual([2 * low, 2 * high])
  })

  it('has both limits finite for a count of many thousands', () => {
    const [low, high] = garwood(20_000)
    expect(low).toBeCloseTo(20_000 - 1.96 * Math.sqrt(20_000), -1)
    expect(high).toBeCloseTo(20_000 + 1.96 * Math.sqrt(20_000), -1)
  })
})

describe('overdispersion', () => {
  it.each([
    [[], 1],
    [[9], 1],
    [[0, 0, 0], 1],
    [[4, 4, 4, 4], 1],
    [[0, 10], 10],
    [[1, 2, 3, 10], 50 / 3 / 4],
  ])('of %j is %d', (counts, expected) => {
    expect(overdispersion(counts)).toBeCloseTo(expected, 12)
  })
})

describe('medianInterval', () => {
  it.each([
    [5, 0],
    [6, 1],
    [8, 1],
    [10, 2],
    [12, 3],
    [15, 4],
    [20, 6],
    [30, 10],
    [50, 18],
  ])('of %d values begins at rank %d', (n, rank) => {
    expect(medianRank(n)).toBe(rank)
  })

  it('keeps at least 95 % and would not with one rank more, also for large n', () => {
    for (const n of [6, 7, 33, 100, 997]) {
      const rank = medianRank(n)
      let term = 2 ** -n
      let below = 0
      for (let k = 0; k < rank; k++) {
        below += term
        term *= (n - k) / (k + 1)
      }
      expect(below).toBeLessThanOrEqual(0.025)
      expect(below + term).toBeGreaterThan(0.025)
    }
    expect(medianRank(30_000)).toBe(Math.floor((30_000 - 1.96 * Math.sqrt(30_000)) / 2 + 0.5))
  })

  it('takes the values at both ranks', () => {
    expect(medianInterval([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toEqual([2, 9])
    expect(medianInterval([1, 2, 3, 4, 5])).toBeNull()
  })
})
