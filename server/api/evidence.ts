import type { Answers } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { getChanges, getDeployments, getIncidents } from './evidence-schema.ts'
import { createRouter } from './router.ts'

export function evidenceRoutes(_deps: ApiDeps, _answers: Answers) {
  return createRouter()
    .openapi(getDeployments, () => {
      throw new Error('to come')
    })
    .openapi(getChanges, () => {
      throw new Error('to come')
    })
    .openapi(getIncidents, () => {
      throw new Error('to come')
    })
}
