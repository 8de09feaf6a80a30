/** GET /metrics/explain. */
import { type ExplainedMetric, isExplained } from '../metrics/explain/explanation.ts'
import { whyOf } from '../report/why.ts'
import { readExplanation } from '../store/explanation.ts'
import { resolveScope } from '../store/scope.ts'
import { type Answers, reply, valueIn } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { type ExplainBody, getExplanation } from './explain-schema.ts'
import { askMetrics, type MetricsQuestion } from './metrics.ts'
import { windowFrom } from './query.ts'
import { createRouter } from './router.ts'

export function explainRoutes(deps: ApiDeps, answers: Answers) {
  return createRouter().openapi(getExplanation, async (c) => {
    const { from, to, metric, ...asked } = c.req.valid('query')
    const question = { ...asked, ...windowFrom({ from, to }, deps.now(), deps.config.timeZone) }
    return reply(c, await askExplanation(deps, answers, question, metric))
  })
}

/** The explanation of the metric's own comparison; more is read only where that is clear. */
function askExplanation(deps: ApiDeps, answers: Answers, question: MetricsQuestion, metric: ExplainedMetric) {
  return answers.ask('explain', { ...question, metric }, async (): Promise<ExplainBody> => {
    const { store, config } = deps
    const value = valueIn(await askMetrics(deps, answers, question))
    const { scope, from, to, timeZone, bucket, environment, asOf, definition } = value
    const comparison = value.metrics[metric].comparison ?? null
    const explanation =
      comparison === null || !isExplained(comparison)
        ? null
        : await readExplanation(
            store.db,
            config,
            await resolveScope(store.db, config, question.scope),
            { environment, asOf: asOf === null ? null : Date.parse(asOf) },
            metric,
            comparison,
          )
    const asked = { metric, scope, from, to, timeZone, bucket, environment, asOf, definition, comparison }
    return { ...asked, ...whyOf(explanation, comparison) }
  })
}
