import { describe, expect, it } from 'vitest'
import { carryingChanges, type LongChange, slowerByMean } from '../../../server/metrics/explain/carrying-changes.ts'
import { noSums, type Sums } from '../../../server/metrics/explain/sums.ts'

function window(n: number, seconds: number): Sums {
  return { ...noSums(), n, seconds }
}

function long(...seconds: number[]): LongChange[] {
  return seconds.map((each, i) => {
    return { service: 'shop', repository: 'shop', key: `c${i}`, title: `Change ${i}`, url: null, deployedAt: 0, seconds: each }
  })
}

describe('the changes that carry a difference', () => {
  it('are the fewest of the longest that carry half of it', () => {
    // 100 changes of mean 10 before; after 98 of mean 10, one of 1,010 and one of 610: mean 26.
    const found = carryingChanges(window(100, 1000), window(100, 980 + 1010 + 610), long(610, 1010, 12))
    expect(found).toMatchObject({ window: 'after', of: 100, most: true, share: 10 / 16, meanWithout: 1590 / 99 })
    expect(found?.changes.map(({ seconds, size }) => [seconds, size])).toEqual([[1010, 10]])
  })

  it('are of the window before where that was longer', () => {
    const found = carryingChanges(window(100, 2600), window(100, 1000), long(1010, 610))
    expect(found).toMatchObject({ window: 'before', most: true })
  })

  it('are said not to be most where the difference is spread', () => {
    const found = carryingChanges(window(100, 1000), window(100, 2000), long(30, 29, 28, 27, 26, 25))
    expect(found).toMatchObject({ most: false, changes: { length: 5 } })
    expect(found?.share).toBeCloseTo((20 + 19 + 18 + 17 + 16) / 1000, 12)
  })

  it('are at most one in ten, and five', () => {
    expect(carryingChanges(window(20, 200), window(20, 400), long(60, 50, 40))?.changes).toHaveLength(2)
    expect(carryingChanges(window(6, 60), window(6, 600), long(100, 100))?.changes).toHaveLength(1)
    expect(carryingChanges(window(900, 900), window(900, 9000), long(...Array(9).fill(11)))?.changes).toHaveLength(5)
  })

  it('may carry more than all of it, where the others moved the other way', () => {
    expect(carryingChanges(window(10, 100), window(10, 110), long(60))?.share).toBeCloseTo(5, 12)
  })

  it('are none of equal means, of an empty window, or of a single change', () => {
    expect(carryingChanges(window(10, 100), window(20, 200), long(60))).toBeNull()
    expect(carryingChanges(window(0, 0), window(20, 200), long(60))).toBeNull()
    expect(carryingChanges(window(10, 100), window(1, 60), long(60))).toBeNull()
    expect([slowerByMean(window(1, 1), window(1, 2)), slowerByMean(window(1, 2), window(1, 1))]).toEqual(['after', 'before'])
  })
})
