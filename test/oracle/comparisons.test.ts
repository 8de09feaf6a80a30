/** What the comparisons hold on data like a team's: how often they call what did not change a clear change, and how often an interval holds the truth. */
import { describe, expect, it } from 'vitest'
import { fisher } from '../../server/metrics/comparison/fisher.ts'
import { hodgesLehmann } from '../../server/metrics/comparison/hodges-lehmann.ts'
import { logRankScores, timeRatio } from '../../server/metrics/comparison/log-rank.ts'
import { newcombe, scoreTest } from '../../server/metrics/comparison/newcombe.ts'
import { permuteClusters } from '../../server/metrics/comparison/permute-clusters.ts'
import { rankClusters } from '../../server/metrics/comparison/rank-clusters.ts'
import { rateRatio } from '../../server/metrics/comparison/rate-ratio.ts'
import type { Clustered } from '../../server/metrics/comparison/sample.ts'
import type { Duration } from '../../server/metrics/survival.ts'
import { normal, seeded } from '../metrics/rows.ts'

const permutations = 1_999

/** Shares over all runs: called clear, and interval holding the true size. */
function shares(
  runs: number,
  seed: number,
  truth: number,
  run: (random: () => number) => { clear: boolean; interval: readonly [number, number | null] | null },
) {
  const random = seeded(seed)
  let clear = 0
  let known = 0
  let held = 0
  for (let i = 0; i < runs; i++) {
    const { clear: called, interval } = run(random)
    if (called) clear++
    if (interval === null) continue
    known++
    if (interval[0] <= truth && (interval[1] ?? Number.POSITIVE_INFINITY) >= truth) held++
  }
  return { clear: clear / runs, known: known / runs, coverage: held / known }
}

function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}

/** A gamma number of the given shape and mean (Marsaglia and Tsang). */
function gamma(shape: number, mean: number, random: () => number): number {
  if (shape < 1) return gamma(shape + 1, (mean * (shape + 1)) / shape, random) * random() ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const x = normal(random)
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - random()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return (d * v * mean) / shape
  }
}

/** Logarithms of lead times: changes of one deployment have a share of their variance in common, and deployments differ in size. */
function leadTimes(deployments: number, changes: number, icc: number, shift: number, random: () => number): Clustered {
  const values: number[] = []
  const clusters: number[] = []
  for (let cluster = 0; cluster < deployments; cluster++) {
    const common = normal(random) * Math.sqrt(icc)
    const size = 1 + poisson(gamma(3, changes - 1, random), random)
    for (let i = 0; i < size; i++) {
      values.push(shift + 1.2 * (common + normal(random) * Math.sqrt(1 - icc)))
      clusters.push(cluster)
    }
  }
  return { values, clusters }
}

/** Weekly counts with a variance of so many times their mean. */
function weeks(mean: number, dispersion: number, random: () => number) {
  return Array.from({ length: 12 }, () => ({
    sum: poisson(dispersion === 1 ? mean : gamma(mean / (dispersion - 1), mean, random), random),
    weight: 5,
  }))
}

function recoveries(n: number, stretch: number, random: () => number): Duration[] {
  return Array.from({ length: n }, () => {
    const seconds = 3600 * stretch * Math.exp(1.3 * normal(random))
    const watched = random() < 0.1 ? seconds * random() : seconds
    return { seconds: watched, ended: watched === seconds }
  })
}

const factorLimit = Math.log(1.1)

describe('lead times of changes in deployments', () => {
  it.each([
    [12, 20, 0.2, 0],
    [12, 20, 0.5, 0],
    [60, 4, 0.2, 0],
    [60, 4, 0.5, 0],
    [12, 20, 0.5, Math.log(2)],
  ])('%d of about %d, ICC %d, shift %d', (deployments, changes, icc, shift) => {
    const result = shares(500, deployments + icc * 100, shift, (random) => {
      const before = leadTimes(deployments, changes, icc, 0, random)
      const after = leadTimes(deployments, changes, icc, shift, random)
      const size = hodgesLehmann(before, after)
      const p = shift === 0 ? permuteClusters(...rankClusters(before, after), { permutations }) : 1
      return { clear: (p as number) < 0.01 && Math.abs(size?.estimate as number) >= factorLimit, interval: size?.interval ?? null }
    })
    expect(result.clear).toBeLessThanOrEqual(0.02)
    expect(result.known).toBeGreaterThan(0.95)
    expect(result.coverage).toBeGreaterThanOrEqual(0.9)
    expect(result.coverage).toBeLessThanOrEqual(0.98)
  })
})

describe('weekly counts', () => {
  it.each([
    [8, 1, 1],
    [8, 2, 1],
    [8, 4, 1],
    [8, 6, 1],
    [20, 6, 1],
    [8, 3, 1.5],
  ])('of mean %d and dispersion %d, times %d', (mean, dispersion, factor) => {
    const result = shares(1000, mean * 10 + dispersion, factor, (random) => {
      const before = weeks(mean, dispersion, random)
      const after = weeks(mean * factor, dispersion, random)
      const p = factor === 1 ? permuteClusters(before, after, { permutations, counts: true }) : 1
      const ratio = rateRatio(before, after)
      return { clear: (p as number) < 0.01 && Math.abs(Math.log(ratio.factor as number)) >= factorLimit, interval: ratio.interval }
    })
    expect(result.clear).toBeLessThanOrEqual(0.02)
    expect(result.coverage).toBeGreaterThanOrEqual(0.9)
    expect(result.coverage).toBeLessThanOrEqual(0.98)
  })
})

describe('rates', () => {
  it.each([
    [20, 0.15, 0.15],
    [60, 0.15, 0.15],
    [60, 0.05, 0.05],
    [60, 0.1, 0.25],
  ])('of %d deployments at %d and %d', (n, one, other) => {
    const result = shares(1500, n + one * 100, other - one, (random) => {
      const draw = (share: number) => ({ count: Array.from({ length: n }, random).filter((each) => each < share).length, n })
      const [before, after] = [draw(one), draw(other)]
      const p = n < 40 ? fisher(before, after) : scoreTest(before, after)
      const difference = Math.abs(before.count - after.count) / n
      return { clear: one === other && p < 0.01 && difference >= 0.02, interval: newcombe(before, after) }
    })
    expect(result.clear).toBeLessThanOrEqual(0.02)
    expect(result.coverage).toBeGreaterThanOrEqual(0.9)
    expect(result.coverage).toBeLessThanOrEqual(0.99)
  })
})

describe('recoveries', () => {
  it.each([
    [10, 1],
    [30, 1],
    [15, 2],
  ])('of %d failures on each side, times %d', (n, factor) => {
    const result = shares(1000, n + factor, factor, (random) => {
      const before = recoveries(n, 1, random)
      const after = recoveries(n, factor, random)
      const ratio = timeRatio(before, after)
      return {
        clear:
          factor === 1 &&
          (permuteClusters(...logRankScores(before, after), { permutations }) as number) < 0.01 &&
          Math.abs(Math.log(ratio.factor ?? 1)) >= factorLimit,
        interval: ratio.interval,
      }
    })
    expect(result.clear).toBeLessThanOrEqual(0.02)
    expect(result.coverage).toBeGreaterThanOrEqual(0.9)
    expect(result.coverage).toBeLessThanOrEqual(0.98)
  })
})
