import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { benjaminiHochberg } from '../../../server/metrics/comparison/benjamini-hochberg.ts'

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
