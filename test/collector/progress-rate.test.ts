import { describe, expect, it } from 'vitest'
import { createProgressRate } from '../../server/collector/progress-rate.ts'

/** What is told at the end of `[seconds, done, step?]`, of a total of 1,000. */
function lastOf(...told: [seconds: number, done: number, step?: string][]) {
  const withRate = createProgressRate()
  return told.map(([seconds, done, step = 'reading']) => withRate({ step, done, total: 1000 }, seconds * 1000)).at(-1)
}

describe('the rate of a step', () => {
  it('is not known at first, nor within two seconds, nor while nothing moves', () => {
    const unknown = { ratePerSecond: null, secondsLeft: null }
    expect(lastOf([0, 10])).toMatchObject(unknown)
    expect(lastOf([0, 10], [1.9, 30])).toMatchObject(unknown)
    expect(lastOf([0, 10], [100, 10])).toMatchObject(unknown)
  })

  it('rests on what this run saw, wherever it began', () => {
    expect(lastOf([0, 900], [10, 950])).toMatchObject({ done: 950, ratePerSecond: 5, secondsLeft: 10 })
  })

  it('follows a change of pace: what was seen a minute ago counts half', () => {
    const slower = lastOf([0, 0], [60, 600], [120, 600])
    expect(slower?.ratePerSecond).toBeCloseTo(600 / 2 / (30 + 60), 6)
  })

  it('leaves out other steps in between, and what was done meanwhile', () => {
    const waited = lastOf([0, 0], [10, 100], [11, 0, 'waiting for the rate limit until 14:05'], [3600, 500], [3610, 600])
    expect(waited?.ratePerSecond).toBeCloseTo(10, 1)
    expect(waited?.secondsLeft).toBeCloseTo(40, 0)
  })

  it('takes a step that begins anew for neither progress nor its loss', () => {
    expect(lastOf([0, 0], [10, 100], [10, 0], [20, 100])?.ratePerSecond).toBeCloseTo(10, 1)
  })

  it('has no time left without a total, and none to wait at the end', () => {
    const withRate = createProgressRate()
    withRate({ step: 'receiving', done: 0, total: null }, 0)
    expect(withRate({ step: 'receiving', done: 20, total: null }, 10_000)).toMatchObject({ ratePerSecond: 2, secondsLeft: null })
    expect(lastOf([0, 0], [10, 1000])).toMatchObject({ secondsLeft: 0 })
  })
})
