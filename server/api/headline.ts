/** GET /headline: the window in one sentence. */
import { headline } from '../report/headline.ts'
import { resolveScope } from '../store/scope.ts'
import { type Answers, reply, valueIn } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { getHeadline } from './distribution-schema.ts'
import { askMetrics } from './metrics.ts'
import { windowFrom } from './query.ts'
import { createRouter } from './router.ts'

export function headlineRoutes(deps: ApiDeps, answers: Answers) {
  return createRouter().openapi(getHeadline, async (c) => {
    const { from, to, ...asked } = c.req.valid('query')
    const question = { ...asked, ...windowFrom({ from, to }, deps.now(), deps.config.timeZone), bucket: 'week' as const }
    const answer = await answers.ask('headline', question, async () => {
      const value = valueIn(await askMetrics(deps, answers, question))
      const { title } = await resolveScope(deps.store.db, deps.config, question.scope)
      return { headline: headline(value, title), asOf: value.asOf }
    })
    return reply(c, answer)
  })
}
