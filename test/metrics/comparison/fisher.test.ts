import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fisher } from '../../../server/metrics/comparison/fisher.ts'
import type { Share } from '../../../server/metrics/comparison/newcombe.ts'

const share = fc.integer({ min: 1, max: 60 }).chain((n) => fc.record({ count: fc.nat(n), n: fc.constant(n) }))

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
