/** GET /definition: what every number means, in words. */
import { defineMetrics } from '../definition.ts'
import { type Answers, reply } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { getDefinition } from './definition-schema.ts'
import { createRouter } from './router.ts'

export function definitionRoutes(_deps: ApiDeps, _answers: Answers) {
  return createRouter().openapi(getDefinition, (c) => reply(c, { etag: '', value: defineMetrics(), text: '' }))
}
