import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { median } from '../../server/metrics/statistics.ts'
import { type Duration, durationOf, survivalMedian } from '../../server/metrics/survival.ts'

const ended = (...seconds: number[]): Duration[] => seconds.map((each) => ({ seconds: each, ended: true }))
const open = (...seconds: number[]): Duration[] => seconds.map((each) => ({ seconds: each, ended: false }))

describe('survivalMedian', () => {
  it.each([
    ['an odd number of ended ones', ended(300, 900, 600), 600],
    ['an even number: the midpoint', ended(520_167, 120_000), 320_083.5],
    ['ties', ended(5, 5, 5, 9), 5],
    ['none', [], null],
    ['only open ones', open(100, 200), null],
    // Shares 3/4 at 100, then 1 of 2 left: 3/8 at 300.
    ['an open one between', [...ended(100, 300, 400), ...open(200)], 300],
    // Dropping the open ones would give 100.
    ['mostly open ones', [...ended(100), ...open(500, 600)], null],
    // Rests at one half for good: it is reached.
    ['an open half', [...ended(100), ...open(500)], 100],
    ['a tie of an ended and an open one: the open one lasted longer', [...ended(100, 200), ...open(100)], 200],
  ])('of %s', (_, durations, expected) => {
    expect(survivalMedian(durations).median).toBe(expected)
  })

  it('without open ones is the ordinary median', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 60 }), (seconds) => {
        expect(survivalMedian(ended(...seconds)).median).toBeCloseTo(median(seconds) as number, 9)
      }),
    )
  })

  it('rests on no order', () => {
    const duration = fc.record({ seconds: fc.integer({ min: 0, max: 20 }), ended: fc.boolean() })
    fc.assert(
      fc.property(fc.array(duration, { maxLength: 30 }), (durations) => {
        const reversed = survivalMedian([...durations].reverse())
        expect(reversed).toEqual(survivalMedian(durations))
      }),
    )
  })

  it('has no interval under six ended ones, whatever is open', () => {
    expect(survivalMedian([...ended(1, 2, 3, 4, 5), ...open(6, 7, 8)]).interval).toBeNull()
    expect(survivalMedian(ended(1, 2, 3, 4, 5, 6)).interval).toEqual([1, 6])
  })

  it('holds the median in its interval', () => {
    const duration = fc.record({ seconds: fc.integer({ min: 1, max: 500 }), ended: fc.boolean() })
    fc.assert(
      fc.property(fc.array(duration, { minLength: 12, maxLength: 60 }), (durations) => {
        const { median: middle, interval } = survivalMedian(durations)
        fc.pre(middle !== null && interval !== null)
        expect(interval?.[0]).toBeLessThanOrEqual(middle as number)
        expect(interval?.[1] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(middle as number)
      }),
    )
  })

  it('leaves the upper limit open where too many are', () => {
    const { interval } = survivalMedian([...ended(1, 2, 3, 4, 5, 6), ...open(7, 8, 9, 10, 11)])
    expect(interval?.[1]).toBeNull()
  })
})

describe('durationOf', () => {
  it('censors what has not ended at asOf, in seconds', () => {
    expect(durationOf(1000, 61_000, 99_000)).toEqual({ seconds: 60, ended: true })
    expect(durationOf(1000, null, 99_000)).toEqual({ seconds: 98, ended: false })
    expect(durationOf(1000, 500, 99_000)).toEqual({ seconds: 0, ended: true })
  })
})
