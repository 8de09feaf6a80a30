import type { Answers } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { createRouter } from './router.ts'
import { getPreview, getRuns, getSources, postRun } from './sources-schema.ts'

export function sourcesRoutes(_deps: ApiDeps, _answers: Answers) {
  return createRouter()
    .openapi(getSources, () => {
      throw new Error('to come')
    })
    .openapi(postRun, () => {
      throw new Error('to come')
    })
    .openapi(getRuns, () => {
      throw new Error('to come')
    })
    .openapi(getPreview, () => {
      throw new Error('to come')
    })
}
