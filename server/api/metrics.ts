/** GET /metrics. */
import type { Bucket, MetricsAnswer } from '../metrics/answer.ts'
import { earliestCompared } from '../metrics/comparison/compared-windows.ts'
import { type SplitInput, splitInput } from '../metrics/comparison/split-input.ts'
import { computeMetrics } from '../metrics/compute.ts'
import { readMetricsInput } from '../store/metrics-input.ts'
import { resolveScope } from '../store/scope.ts'
import { type Answer, type Answers, type DataState, reply } from './answers.ts'
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
export async function comparedRows(
  { store, config }: Pick<ApiDeps, 'store' | 'config'>,
  answers: Answers,
  state: DataState,
  question: MetricsQuestion,
): Promise<SplitInput> {
  if (question.scope === 'org') return answers.orgRows(state, question)
  const resolved = await resolveScope(store.db, config, question.scope)
  const wide = await readMetricsInput(store.db, config, resolved, { ...question, from: earliestCompared(question) })
  return splitInput(wide, question.from)
}

/** The metrics answer to one question, remembered. */
export function askMetrics(
  deps: Pick<ApiDeps, 'store' | 'config'>,
  answers: Answers,
  question: MetricsQuestion,
): Promise<Answer<MetricsAnswer>> {
  return answers.ask('metrics', { ...question }, async (state) => {
    const { input, earlier } = await comparedRows(deps, answers, state, question)
    return computeMetrics({ ...input, bucket: question.bucket }, earlier)
  })
}
