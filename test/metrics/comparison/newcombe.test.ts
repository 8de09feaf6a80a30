import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fisher } from '../../../server/metrics/comparison/fisher.ts'
import { newcombe, scoreTest } from '../../../server/metrics/comparison/newcombe.ts'

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
