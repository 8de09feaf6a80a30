import { describe, expect, it } from 'vitest'
import { apart, jitter, logScale } from '../../../web/charts/distribution-scale.ts'

describe('logScale', () => {
  it('keeps a band at the bottom for zero, below every other duration', () => {
    const scale = logScale(10, 100_000, true, 0, 300)
    expect(scale.zeroTop).not.toBeNull()
    expect(scale.y(0)).toBeGreaterThan(scale.zeroTop ?? 0)
    expect(scale.y(10)).toBeLessThan(scale.zeroTop ?? 0)
  })

  it('has no such band where there are no zeros', () => {
    expect(logScale(10, 1000, false, 0, 300).zeroTop).toBeNull()
  })

  it('spaces equal factors equally', () => {
    const scale = logScale(10, 100_000, false, 0, 300)
    expect(scale.y(100) - scale.y(1000)).toBeCloseTo(scale.y(1000) - scale.y(10_000), 9)
  })
})

describe('jitter', () => {
  it('is the same each time, within [0, 1)', () => {
    for (const key of ['', 'a', 'github/1', 'github/2']) {
      expect(jitter(key)).toBe(jitter(key))
      expect(jitter(key)).toBeGreaterThanOrEqual(0)
      expect(jitter(key)).toBeLessThan(1)
    }
    expect(jitter('github/1')).not.toBe(jitter('github/2'))
  })
})

describe('apart', () => {
  it.each([
    ['far from one another they stay', 50, 200, { upper: 50, lower: 200 }],
    ['near one another they make room', 100, 110, { upper: 91, lower: 119 }],
    ['in one place they make room', 100, 100, { upper: 86, lower: 114 }],
    ['at the top both go down', 20, 22, { upper: 20, lower: 48 }],
    ['at the bottom both go up', 280, 282, { upper: 254, lower: 282 }],
  ])('%s', (_name, upper, lower, expected) => {
    expect(apart(upper, lower, 28, 20, 282)).toEqual(expected)
  })
})
