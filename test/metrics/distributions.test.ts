import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { betaLower, chiSquareQuantile, gammaLower, logGamma, studentQuantile } from '../../server/metrics/distributions.ts'

describe('logGamma', () => {
  it.each([
    [1, 0],
    [2, 0],
    [5, Math.log(24)],
    [0.5, Math.log(Math.PI) / 2],
    [101, 363.7393755555635],
  ])('of %d is %d', (x, expected) => {
    expect(logGamma(x)).toBeCloseTo(expected, 10)
  })
})

describe('chiSquareQuantile', () => {
  // With two degrees of freedom it is -2 ln(1 - p); the others are in every printed table.
  it.each([
    [0.975, 2, -2 * Math.log(0.025)],
    [0.5, 2, 2 * Math.log(2)],
    [0.95, 1, 3.841458820694124],
    [0.95, 10, 18.307038053275146],
    [0.025, 10, 3.246972780236842],
    [0.975, 30, 46.97924224367],
    [0.05, 100, 77.929465165],
  ])('at %d with %d degrees is %d', (p, degrees, expected) => {
    expect(chiSquareQuantile(p, degrees)).toBeCloseTo(expected, 8)
  })

  it('of no degrees of freedom is 0', () => {
    expect(chiSquareQuantile(0.025, 0)).toBe(0)
  })

  it('is the inverse of the distribution', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), fc.double({ min: 0.5, max: 5000, noNaN: true }), (p, degrees) => {
        expect(gammaLower(degrees / 2, chiSquareQuantile(p, degrees) / 2)).toBeCloseTo(p, 9)
      }),
      { numRuns: 50 },
    )
  })
})

describe('studentQuantile', () => {
  // One degree is Cauchy's tan, two have a closed form; the others are in every printed table.
  it.each([
    [0.975, 1, Math.tan(Math.PI * 0.475)],
    [0.975, 2, 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2))],
    [0.975, 4, 2.7764451052],
    [0.975, 10, 2.228138852],
    [0.975, 30, 2.0422724563],
    [0.025, 10, -2.228138852],
    [0.5, 3, 0],
  ])('at %d with %d degrees is %d', (p, degrees, expected) => {
    expect(studentQuantile(p, degrees)).toBeCloseTo(expected, 8)
  })

  it('lies between its neighbours for a fraction of a degree', () => {
    expect(studentQuantile(0.975, 4.5)).toBeLessThan(studentQuantile(0.975, 4))
    expect(studentQuantile(0.975, 4.5)).toBeGreaterThan(studentQuantile(0.975, 5))
  })

  it('approaches the normal quantile', () => {
    expect(studentQuantile(0.975, 1e7)).toBeCloseTo(1.959963985, 5)
  })
})

describe('betaLower', () => {
  it.each([
    [0.3, 1, 1, 0.3],
    [0.3, 2, 1, 0.09],
    [0.3, 1, 2, 0.51],
    [0.5, 7, 7, 0.5],
    [0, 2, 3, 0],
    [1, 2, 3, 1],
  ])('at %d of (%d, %d) is %d', (x, a, b, expected) => {
    expect(betaLower(x, a, b)).toBeCloseTo(expected, 12)
  })
})
