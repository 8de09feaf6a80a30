import type { Answers } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { getDistribution } from './distribution-schema.ts'
import { createRouter } from './router.ts'

export function distributionRoutes(_deps: ApiDeps, _answers: Answers) {
  return createRouter().openapi(getDistribution, () => {
    throw new Error('to come')
  })
}
