import { describe, expect, it } from 'vitest'
import { computeMetrics } from '../../server/metrics/compute.ts'
import {
  type AnswerCode,
  durationCode,
  frequencyCode,
  quickCheck,
  quickCheck2025,
  quickCheckAnswers,
} from '../../server/metrics/quick-check.ts'
import { at, change, day, deployment, question } from './rows.ts'

const daySeconds = 86_400

describe('quickCheck', () => {
  it("scores DORA's own example", () => {
    const scored = quickCheck({
      change_lead_time: 5,
      deployment_frequency: 4,
      failed_deployment_recovery_time: 5,
      change_fail_rate: 0.15,
      deployment_rework_rate: 0.1,
    })
    expect(scored.scores).toEqual({
      change_lead_time: 8,
      deployment_frequency: 6,
      failed_deployment_recovery_time: 8,
      change_fail_rate: 8.5,
      deployment_rework_rate: 9,
    })
    expect(scored.overall).toBeCloseTo(7.9, 10)
    expect(scored.throughput).toBeCloseTo(22 / 3, 10)
    expect(scored.stability).toBeCloseTo(8.75, 10)
  })

  it('leaves the unanswered out of the means', () => {
    expect(quickCheck({})).toEqual({ scores: {}, throughput: null, stability: null, overall: null })
    expect(quickCheck({ change_lead_time: 6, change_fail_rate: 1 })).toMatchObject({ throughput: 10, stability: 0, overall: 5 })
  })

  it("has the 2025 edition's means, whose mean is 6.72", () => {
    const { edition: _, ...means } = quickCheck2025
    const values: number[] = Object.values(means).map(({ mean }) => mean)
    expect(values.reduce((sum, mean) => sum + mean, 0) / 5).toBeCloseTo(6.72, 10)
  })
})

describe('answers of measured metrics', () => {
  it.each<[number, AnswerCode]>([
    [3599, 6],
    [3600, 5],
    [daySeconds, 4],
    [7 * daySeconds, 3],
    [31 * daySeconds, 2],
    [200 * daySeconds, 1],
  ])('a time of %d s is answer %d', (seconds, code) => {
    expect(durationCode(seconds)).toBe(code)
  })

  it.each<[number, AnswerCode]>([
    [14, 6],
    [7, 5],
    [5, 4],
    [1, 4],
    [0.5, 3],
    [0.1, 2],
    [0.03, 1],
    [0, 1],
  ])('%d deployments a week are answer %d', (perWeek, code) => {
    expect(frequencyCode(perWeek)).toBe(code)
  })

  it('leaves metrics without a value out', () => {
    const finished = at('2026-01-10')
    const answer = computeMetrics(question({ deployments: [deployment('a', finished)], changes: [change('c', finished, day / 1000)] }))
    expect(quickCheckAnswers(answer)).toEqual({
      change_lead_time: 4,
      deployment_frequency: 2,
      change_fail_rate: 0,
      deployment_rework_rate: 0,
    })
  })
})
