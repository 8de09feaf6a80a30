import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rateRatio } from '../../../server/metrics/comparison/rate-ratio.ts'

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
