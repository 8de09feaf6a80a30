/** GET /metrics. */
import type { Config } from '../config.ts'
import type { Bucket, MetricsAnswer } from '../metrics/answer.ts'
import { earliestCompared } from '../metrics/comparison/compared-windows.ts'
import { answerMetrics } from '../metrics/compute.ts'
import { readScope } from '../store/readings.ts'
import { resolveScope } from '../store/scope.ts'
import { type Answer, type Answers, reply } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { getMetrics } from './metrics-schema.ts'
import { type Window, windowFrom } from './query.ts'
import { createRouter } from './router.ts'

export interface MetricsQuestion extends Window {
  scope: string
  bucket: Bucket
  environment: string
  /** Exact times however many changes there are. */
  exact?: boolean
}

export function metricsRoutes(deps: ApiDeps, answers: Answers) {
  return createRouter().openapi(getMetrics, async (c) => {
    const { from, to, ...asked } = c.req.valid('query')
    const window = windowFrom({ from, to }, deps.now(), deps.config.timeZone)
    return reply(c, await askMetrics(deps, answers, { ...asked, ...window }))
  })
}

/** The metrics answer to one question, remembered. */
export function askMetrics(
  deps: { store: ApiDeps['store']; config: Config },
  answers: Answers,
  question: MetricsQuestion,
): Promise<Answer<MetricsAnswer>> {
  return answers.ask('metrics', { ...question }, async () => {
    const { store, config } = deps
    const earliest = earliestCompared(question)
    const resolved = await resolveScope(store.db, config, question.scope)
    const { question: known, reading } = await readScope(store.db, config, resolved, { ...question, earliest })
    return answerMetrics(known, reading, { earliest })
  })
}
