import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logRank, logRankScores, timeRatio } from '../../../server/metrics/comparison/log-rank.ts'
import { chiSquareTail, gammaLower } from '../../../server/metrics/distributions.ts'
import type { Duration } from '../../../server/metrics/survival.ts'

const durations = fc.array(fc.record({ seconds: fc.integer({ min: 1, max: 500 }), ended: fc.constantFrom(true, true, true, false) }), {
  minLength: 1,
  maxLength: 25,
})

function lasted(seconds: number[], ended = true): Duration[] {
  return seconds.map((each) => ({ seconds: each, ended }))
}

/** Remission of leukaemia in weeks, 6-MP against placebo (Freireich, 1963). */
const treated = [...lasted([6, 6, 6, 7, 10, 13, 16, 22, 23]), ...lasted([6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35], false)]
const placebo = lasted([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23])

/** Observed and expected ends, and their variance, from the list of moments. */
function byHand(one: Duration[], other: Duration[]): number {
  const all = [...one, ...other]
  let difference = 0
  let variance = 0
  for (const at of new Set(all.filter(({ ended }) => ended).map(({ seconds }) => seconds))) {
    const risk = (side: Duration[]) => side.filter(({ seconds }) => seconds >= at).length
    const ends = (side: Duration[]) => side.filter(({ seconds, ended }) => ended && seconds === at).length
    const [n, n1, d] = [risk(all), risk(one), ends(all)]
    difference += ends(one) - (d * n1) / n
    if (n > 1) variance += (d * (n1 / n) * (1 - n1 / n) * (n - d)) / (n - 1)
  }
  return variance === 0 ? 0 : (difference * difference) / variance
}

describe('the log-rank test', () => {
  it('of the leukaemia trial has chi-square 16.79', () => {
    expect(byHand(treated, placebo)).toBeCloseTo(16.793, 3)
    expect(logRank(treated, placebo)).toBeCloseTo(chiSquareTail(16.793, 1), 7)
  })

  it('equals observed less expected ends over all moments', () => {
    fc.assert(
      fc.property(durations, durations, (one, other) => {
        expect(logRank(one, other)).toBeCloseTo(chiSquareTail(byHand(one, other), 1), 9)
      }),
    )
  })

  it('has scores that add up to observed less expected ends', () => {
    const [one, other] = logRankScores(treated, placebo)
    const sum = (side: typeof one) => side.reduce((total, each) => total + each.sum, 0)
    // 9 observed and 19.25 expected; 21 and 10.75.
    expect(sum(one)).toBeCloseTo(9 - 19.2505, 3)
    expect(sum(other)).toBeCloseTo(21 - 10.7495, 3)
  })

  it('is the same from both sides, in any order and in any unit', () => {
    fc.assert(
      fc.property(durations, durations, (one, other) => {
        const p = logRank(one, other)
        expect(logRank(other, one)).toBeCloseTo(p, 9)
        const minutes = (side: Duration[]) => side.map(({ seconds, ended }) => ({ seconds: seconds / 64, ended })).reverse()
        expect(logRank(minutes(one), minutes(other))).toBeCloseTo(p, 9)
      }),
    )
  })

  it('says nothing where both sides never stand at risk together', () => {
    expect(logRank([], placebo)).toBe(1)
  })
})

describe('the factor between two sets of durations', () => {
  it('is the one that they were stretched by', () => {
    const { factor, interval } = timeRatio(
      placebo.map(({ seconds, ended }) => ({ seconds: seconds * 100, ended })),
      placebo.map(({ seconds, ended }) => ({ seconds: seconds * 300, ended })),
    )
    expect(factor).toBeCloseTo(3, 6)
    expect(interval?.[0]).toBeLessThan(3)
    expect(interval?.[1]).toBeGreaterThan(3)
  })

  it('does not hold 1 where the test sees a difference, and does where it sees none', () => {
    const { interval } = timeRatio(lastedBy(placebo, 1000), lastedBy(treated, 1000))
    expect(interval?.[0]).toBeGreaterThan(1)
    fc.assert(
      fc.property(durations, durations, (one, other) => {
        const ratio = timeRatio(one, other)
        const p = logRank(one, other)
        if (ratio.interval === null || Math.abs(p - 0.05) < 0.02 || p > 0.9) return
        const [low, high] = ratio.interval
        expect(low <= 1 && (high ?? Number.POSITIVE_INFINITY) >= 1).toBe(p > 0.05)
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  it('turns over with the sides', () => {
    fc.assert(
      fc.property(durations, durations, (one, other) => {
        const there = timeRatio(one, other)
        const back = timeRatio(other, one)
        if (there.factor !== null && back.factor !== null) expect(Math.log(back.factor)).toBeCloseTo(-Math.log(there.factor), 5)
      }),
    )
  })

  it('is not known where nothing has ended', () => {
    expect(timeRatio(lasted([5, 6], false), placebo)).toEqual({ factor: null, interval: null })
  })
})

function lastedBy(side: Duration[], unit: number): Duration[] {
  return side.map(({ seconds, ended }) => ({ seconds: seconds * unit, ended }))
}

describe('the tail of chi-square', () => {
  it.each([
    [3.841458820694124, 1, 0.05],
    [6.634896601021213, 1, 0.01],
    [18.307038053275146, 10, 0.05],
    [40, 1, 2.53962858947e-10],
  ])('beyond %d of %d degrees', (x, degrees, p) => {
    expect(chiSquareTail(x, degrees) / p).toBeCloseTo(1, 9)
  })

  it('is what the lower part leaves', () => {
    for (const x of [0.1, 1, 2, 3, 7]) expect(chiSquareTail(x, 3) + gammaLower(1.5, x / 2)).toBeCloseTo(1, 12)
  })
})
