/** GET /metrics. */
import type { Config } from '../config.ts'
import type { Bucket, MetricsAnswer } from '../metrics/answer.ts'
import { earliestCompared } from '../metrics/comparison/compared-windows.ts'
import { type SplitInput, splitInput } from '../metrics/comparison/split-input.ts'
import { computeMetrics } from '../metrics/compute.ts'
import type { Db } from '../store/database.ts'
import { readMetricsInput } from '../store/metrics-input.ts'
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
}

export function metricsRoutes(deps: ApiDeps, answers: Answers) {
  return createRouter().openapi(getMetrics, async (c) => {
    const { from, to, ...asked } = c.req.valid('query')
    const window = windowFrom({ from, to }, deps.now(), deps.config.timeZone)
    return reply(c, await askMetrics(deps, answers, { ...asked, ...window }))
  })
}

/** The rows of the asked window and of those that it is compared with, in one reading. */
async function readCompared(db: Db, config: Config, question: MetricsQuestion): Promise<SplitInput> {
  const resolved = await resolveScope(db, config, question.scope)
  const wide = await readMetricsInput(db, config, resolved, { ...question, from: earliestCompared(question) })
  return splitInput(wide, question.from)
}

/** The metrics answer to one question, remembered. */
export function askMetrics(
  deps: { store: ApiDeps['store']; config: Config },
  answers: Answers,
  question: MetricsQuestion,
): Promise<Answer<MetricsAnswer>> {
  return answers.ask('metrics', { ...question }, async (state) => {
    const { store, config } = deps
    const { bucket } = question
    const { input, earlier } =
      question.scope === 'org' ? await answers.orgRows(state, question) : await readCompared(store.db, config, question)
    return computeMetrics({ ...input, bucket }, earlier)
  })
}
