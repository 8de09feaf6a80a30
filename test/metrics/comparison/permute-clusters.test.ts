import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cluster, permuteClusters } from '../../../server/metrics/comparison/permute-clusters.ts'

const permutations = 9_999
const cluster = fc.record({ sum: fc.integer({ min: -40, max: 40 }), weight: fc.integer({ min: 1, max: 20 }) })
const few = fc.array(cluster, { minLength: 2, maxLength: 5 })
const many = fc.array(cluster, { minLength: 8, maxLength: 20 })

function weeks(...counts: number[]): Cluster[] {
  return counts.map((sum) => ({ sum, weight: 5 }))
}

/** All divisions by bit masks, the statistic written out from its definition. */
function byHand(one: Cluster[], other: Cluster[], counts = false): number {
  const all = [...one, ...other]
  const t = (mask: number) => {
    const sides = [0, 1].map((side) => all.filter((_, i) => ((mask >> i) & 1) === side))
    const [a, b] = sides.map((side) => {
      const s = side.reduce((sum, each) => sum + each.sum, 0)
      const w = side.reduce((sum, each) => sum + each.weight, 0)
      const squares = side.reduce((sum, each) => sum + (each.sum - (s / w) * each.weight) ** 2, 0)
      const between = (side.length / (side.length - 1)) * squares
      return { ratio: s / w, variance: (counts ? Math.max(between, s) : between) / w ** 2 }
    }) as [{ ratio: number; variance: number }, { ratio: number; variance: number }]
    const difference = Math.abs(a.ratio - b.ratio)
    return difference < 1e-12 ? 0 : difference / Math.sqrt(a.variance + b.variance)
  }
  const observed = t(2 ** one.length - 1)
  let extreme = 0
  let tried = 0
  for (let mask = 0; mask < 2 ** all.length; mask++) {
    if ([...mask.toString(2)].filter((bit) => bit === '1').length !== one.length) continue
    tried++
    const each = t(mask)
    if (each >= observed * (1 - 1e-9) || each > 1e6) extreme++
  }
  return extreme / tried
}

describe('permutation of whole clusters', () => {
  it('of five on each side reaches two in 252 at the least', () => {
    expect(permuteClusters(weeks(1, 2, 3, 4, 5), weeks(11, 12, 13, 14, 15), { permutations })).toBe(2 / 252)
  })

  it('of sides that are the same is 1', () => {
    expect(permuteClusters(weeks(3, 3, 3, 3, 3), weeks(3, 3, 3, 3, 3), { permutations })).toBe(1)
    expect(permuteClusters(weeks(1, 2, 3, 4, 5), weeks(1, 2, 3, 4, 5), { permutations })).toBe(1)
  })

  it('needs two clusters on each side', () => {
    expect(permuteClusters(weeks(1), weeks(2, 3, 4), { permutations })).toBeNull()
  })

  it('equals the enumeration of all divisions by hand', () => {
    fc.assert(
      fc.property(few, few, (one, other) => {
        expect(permuteClusters(one, other, { permutations })).toBeCloseTo(byHand(one, other), 9)
      }),
      { numRuns: 60 },
    )
  })

  it('of counts too', () => {
    const counts = fc.array(fc.record({ sum: fc.nat(12), weight: fc.integer({ min: 3, max: 5 }) }), { minLength: 2, maxLength: 5 })
    fc.assert(
      fc.property(counts, counts, (one, other) => {
        expect(permuteClusters(one, other, { permutations, counts: true })).toBeCloseTo(byHand(one, other, true), 9)
      }),
      { numRuns: 60 },
    )
  })

  it('by random divisions comes close to that of all of them', () => {
    const one = weeks(4, 9, 2, 7, 5, 8)
    const other = weeks(9, 12, 6, 14, 8, 7)
    const exact = permuteClusters(one, other, { permutations }) as number
    for (const seed of [1, 2, 3]) {
      const drawn = permuteClusters(one, other, { permutations: 900, seed }) as number
      expect(Math.abs(drawn - exact)).toBeLessThan(4 * Math.sqrt(exact / 400))
    }
  })

  it('does not depend on the order of clusters, nor on which side is which, and is the same each time', () => {
    fc.assert(
      fc.property(many, many, (one, other) => {
        const p = permuteClusters(one, other, { permutations: 499 })
        expect(permuteClusters(other, one, { permutations: 499 })).toBe(p)
        expect(permuteClusters([...one].reverse(), [...other].reverse(), { permutations: 499 })).toBe(p)
      }),
      { numRuns: 60 },
    )
  })

  it('does not depend on the unit of the sums, nor on that of the weights', () => {
    fc.assert(
      fc.property(few, few, fc.constantFrom(0.25, 2, 1024), (one, other, unit) => {
        const p = permuteClusters(one, other, { permutations }) as number
        const scaled = (side: Cluster[]) => side.map(({ sum, weight }) => ({ sum: sum * unit, weight: weight * unit * 4 }))
        expect(permuteClusters(scaled(one), scaled(other), { permutations })).toBeCloseTo(p, 9)
      }),
      { numRuns: 60 },
    )
  })
})
