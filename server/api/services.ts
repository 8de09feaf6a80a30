import type { Answers } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { createRouter } from './router.ts'
import { getService, getServices, getTeams } from './services-schema.ts'

export function servicesRoutes(_deps: ApiDeps, _answers: Answers) {
  return createRouter()
    .openapi(getServices, () => {
      throw new Error('to come')
    })
    .openapi(getService, () => {
      throw new Error('to come')
    })
    .openapi(getTeams, () => {
      throw new Error('to come')
    })
}
