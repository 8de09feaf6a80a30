import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { benjaminiHochberg } from '../../../server/metrics/comparison/benjamini-hochberg.ts'
import { fisher } from '../../../server/metrics/comparison/fisher.ts'
import { newcombe, type Share, scoreTest } from '../../../server/metrics/comparison/newcombe.ts'
import { rateRatio } from '../../../server/metrics/comparison/rate-ratio.ts'

const share = fc.integer({ min: 1, max: 60 }).chain((n) => fc.record({ count: fc.nat(n), n: fc.constant(n) }))

describe("Newcombe's interval", () => {
  // Newcombe 1998, table II, method 10.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])('of %d/%d less %d/%d is as published', (count, n, otherCount, otherN, low, high) => {
    const interval = newcombe({ count: otherCount, n: otherN }, { count, n }) as [number, number]
    expect(interval[0]).toBeCloseTo(low, 4)
    expect(interval[1]).toBeCloseTo(high, 4)
  })

  it('turns with the sides and holds the difference', () => {
    fc.assert(
      fc.property(share, share, (one, other) => {
        const [low, high] = newcombe(one, other) as [number, number]
        const [lowBack, highBack] = newcombe(other, one) as [number, number]
        expect(lowBack).toBeCloseTo(-high, 12)
        expect(highBack).toBeCloseTo(-low, 12)
        const difference = other.count / other.n - one.count / one.n
        expect(low).toBeLessThanOrEqual(difference + 1e-12)
        expect(high).toBeGreaterThanOrEqual(difference - 1e-12)
        expect(low).toBeGreaterThanOrEqual(-1 - 1e-12)
        expect(high).toBeLessThanOrEqual(1 + 1e-12)
      }),
    )
  })

  it('is none without observations', () => {
    expect(newcombe({ count: 0, n: 0 }, { count: 1, n: 2 })).toBeNull()
  })
})

describe("Fisher's exact test", () => {
  it.each([
    [3, 4, 1, 4, 0.4857142857],
    [1, 12, 9, 12, 0.0027594562],
    [0, 5, 5, 5, 2 / 252],
    [0, 20, 0, 30, 1],
  ])('of %d/%d and %d/%d', (count, n, otherCount, otherN, p) => {
    expect(fisher({ count, n }, { count: otherCount, n: otherN })).toBeCloseTo(p, 9)
  })

  it('equals the sum over all ways to spread the hits, counted one by one', () => {
    const small = fc.integer({ min: 1, max: 6 }).chain((n) => fc.record({ count: fc.nat(n), n: fc.constant(n) }))
    fc.assert(
      fc.property(small, small, (one, other) => {
        const hits = one.count + other.count
        const ways = new Map<number, number>()
        let all = 0
        for (let mask = 0; mask < 2 ** (one.n + other.n); mask++) {
          const bits = [...mask.toString(2).padStart(one.n + other.n, '0')].map(Number)
          if (bits.reduce((sum, bit) => sum + bit, 0) !== hits) continue
          const count = bits.slice(0, one.n).reduce((sum, bit) => sum + bit, 0)
          ways.set(count, (ways.get(count) ?? 0) + 1)
          all++
        }
        const observed = ways.get(one.count) as number
        const extreme = [...ways.values()].filter((each) => each <= observed).reduce((sum, each) => sum + each, 0)
        expect(fisher(one, other)).toBeCloseTo(extreme / all, 9)
      }),
      { numRuns: 80 },
    )
  })

  it('is the same from both sides, and of misses for hits', () => {
    const misses = ({ count, n }: Share) => ({ count: n - count, n })
    fc.assert(
      fc.property(share, share, (one, other) => {
        expect(fisher(other, one)).toBeCloseTo(fisher(one, other), 9)
        expect(fisher(misses(one), misses(other))).toBeCloseTo(fisher(one, other), 9)
      }),
    )
  })
})

describe('the score test', () => {
  it("is Pearson's chi-square without correction", () => {
    // R: prop.test(c(15, 30), c(100, 100), correct = FALSE): X-squared = 6.4516, p = 0.01109.
    expect(scoreTest({ count: 15, n: 100 }, { count: 30, n: 100 })).toBeCloseTo(0.01109, 5)
    expect(scoreTest({ count: 0, n: 50 }, { count: 0, n: 50 })).toBe(1)
  })

  it('comes close to the exact test where there is much', () => {
    const [one, other] = [
      { count: 300, n: 3000 },
      { count: 350, n: 3000 },
    ]
    expect(Math.abs(scoreTest(one, other) - fisher(one, other))).toBeLessThan(0.005)
  })
})

describe('the ratio of two rates', () => {
  const weeks = (...counts: number[]) => counts.map((sum) => ({ sum, weight: 5 }))

  it('is count over exposure on both sides, so that holidays do not count', () => {
    expect(rateRatio(weeks(10, 10), [{ sum: 6, weight: 3 }, ...weeks(10)]).factor).toBeCloseTo(1, 12)
    expect(rateRatio(weeks(4, 6), weeks(12, 8)).factor).toBeCloseTo(2, 12)
  })

  it('has the interval of two Poisson rates where weeks vary less than chance', () => {
    const many = Array.from({ length: 400 }, () => ({ sum: 1, weight: 5 }))
    const { interval } = rateRatio(many, many)
    expect(interval?.[0]).toBeCloseTo(Math.exp(-1.963 * Math.sqrt(2 / 400)), 3)
  })

  it('has none where a side has nothing', () => {
    expect(rateRatio(weeks(0, 0), weeks(1, 2))).toEqual({ factor: null, interval: null })
    expect(rateRatio(weeks(1, 2), weeks(0, 0))).toEqual({ factor: 0, interval: null })
    expect(rateRatio([], weeks(1))).toEqual({ factor: null, interval: null })
  })

  it('turns over with the sides, and does not know the unit of exposure nor the order of weeks', () => {
    const some = fc.array(fc.record({ sum: fc.integer({ min: 1, max: 20 }), weight: fc.integer({ min: 2, max: 5 }) }), {
      minLength: 2,
      maxLength: 14,
    })
    fc.assert(
      fc.property(some, some, (one, other) => {
        const there = rateRatio(one, other)
        const back = rateRatio(other, one)
        expect(back.factor).toBeCloseTo(1 / (there.factor as number), 9)
        expect(back.interval?.[0]).toBeCloseTo(1 / (there.interval?.[1] as number), 9)
        const hours = (side: typeof one) => side.map(({ sum, weight }) => ({ sum, weight: weight * 8 })).reverse()
        expect(rateRatio(hours(one), hours(other)).interval?.[1]).toBeCloseTo(there.interval?.[1] as number, 9)
      }),
    )
  })
})

describe('Benjamini and Hochberg', () => {
  it('rejects the first four of the example of 1995', () => {
    const ps = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1]
    expect(benjaminiHochberg(ps, 0.05).filter(Boolean)).toHaveLength(4)
    expect(benjaminiHochberg([...ps].reverse(), 0.05).slice(-4)).toEqual([true, true, true, true])
  })

  it('rejects the greatest set that its rule allows', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (ps) => {
        const rejected = benjaminiHochberg(ps, 0.1)
        const sizes = ps.map((_, i) => i + 1).filter((k) => ps.filter((p) => p <= (0.1 * k) / ps.length).length >= k)
        expect(rejected.filter(Boolean).length).toBe(Math.max(0, ...sizes.map((k) => ps.filter((p) => p <= (0.1 * k) / ps.length).length)))
      }),
    )
  })

  it('rejects nothing of nothing', () => {
    expect(benjaminiHochberg([], 0.1)).toEqual([])
  })
})
