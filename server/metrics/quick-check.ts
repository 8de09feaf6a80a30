/** The scale of DORA's Quick Check: five answers, each from 0 (worst) to 10. */
import type { MetricId, MetricsAnswer } from './answer.ts'

/** An answer of DORA's survey, from 1 (worst) to 6. */
export type AnswerCode = 1 | 2 | 3 | 4 | 5 | 6

const hour = 3600
const day = 24 * hour
/** A twelfth of the mean year of 365.25 days. */
const month = 30.4375 * day

/** Answers to the five questions; one that is missing is left out of the means. */
export interface QuickCheckAnswers {
  change_lead_time?: AnswerCode
  deployment_frequency?: AnswerCode
  failed_deployment_recovery_time?: AnswerCode
  /** Ratio from 0 to 1, as are the metrics' values. */
  change_fail_rate?: number
  deployment_rework_rate?: number
}

export interface QuickCheck {
  scores: Partial<Record<MetricId, number>>
  /** Means of the answered ones; null of none. `overall` is the mean of the five, not of the two. */
  throughput: number | null
  stability: number | null
  overall: number | null
}

/** Means and standard deviations over all industries, on the scale where 10 is best; rates are turned round (19 % fails: 8.1). */
export const quickCheck2025 = {
  edition: '2025',
  change_lead_time: { mean: 5.5, deviation: 2.4 },
  deployment_frequency: { mean: 4.8, deviation: 2.8 },
  failed_deployment_recovery_time: { mean: 7.4, deviation: 2.1 },
  change_fail_rate: { mean: 8.1, deviation: 2.1 },
  deployment_rework_rate: { mean: 7.8, deviation: 2.2 },
} as const

/** Score of an answer code: (code - 1) / 5 of 10. */
function codeScore(code: AnswerCode): number {
  return (code - 1) * 2
}

/** Score of a ratio: 10 for none, 0 for all. */
function ratioScore(ratio: number): number {
  return 10 - (ratio * 100) / 10
}

/** The answer that a measured lead or recovery time falls under; a bound belongs to the slower answer. */
export function durationCode(seconds: number): AnswerCode {
  if (seconds < hour) return 6
  if (seconds < day) return 5
  if (seconds < 7 * day) return 4
  if (seconds < month) return 3
  return seconds <= 6 * month ? 2 : 1
}

/** The answer that a measured frequency falls under; "on demand (multiple deploys per day)" is two a day or more. */
export function frequencyCode(perWeek: number): AnswerCode {
  const perMonth = (perWeek * month) / (7 * day)
  if (perWeek >= 14) return 6
  if (perWeek >= 7) return 5
  if (perWeek >= 1) return 4
  if (perMonth >= 1) return 3
  return perMonth * 6 >= 1 ? 2 : 1
}

/** Scores the answers; throughput and stability are means of their own. */
export function quickCheck(answers: QuickCheckAnswers): QuickCheck {
  const scores: QuickCheck['scores'] = {}
  for (const id of ['change_lead_time', 'deployment_frequency', 'failed_deployment_recovery_time'] as const) {
    const code = answers[id]
    if (code !== undefined) scores[id] = codeScore(code)
  }
  for (const id of ['change_fail_rate', 'deployment_rework_rate'] as const) {
    const ratio = answers[id]
    if (ratio !== undefined) scores[id] = ratioScore(ratio)
  }
  return {
    scores,
    throughput: meanOf([scores.change_lead_time, scores.deployment_frequency, scores.failed_deployment_recovery_time]),
    stability: meanOf([scores.change_fail_rate, scores.deployment_rework_rate]),
    overall: meanOf(Object.values(scores)),
  }
}

/** What the measured metrics would answer; a metric without a value is left out. */
export function quickCheckAnswers({ metrics }: Pick<MetricsAnswer, 'metrics'>): QuickCheckAnswers {
  const answers: QuickCheckAnswers = {}
  const { value: lead } = metrics.change_lead_time
  const { value: frequency } = metrics.deployment_frequency
  const { value: recovery } = metrics.failed_deployment_recovery_time
  const { value: failed } = metrics.change_fail_rate
  const { value: rework } = metrics.deployment_rework_rate
  if (lead !== null) answers.change_lead_time = durationCode(lead)
  if (frequency !== null) answers.deployment_frequency = frequencyCode(frequency)
  if (recovery !== null) answers.failed_deployment_recovery_time = durationCode(recovery)
  if (failed !== null) answers.change_fail_rate = failed
  if (rework !== null) answers.deployment_rework_rate = rework
  return answers
}

function meanOf(scores: (number | undefined)[]): number | null {
  const answered = scores.filter((score) => score !== undefined)
  return answered.length === 0 ? null : answered.reduce((sum, score) => sum + score, 0) / answered.length
}
