import type { Answers } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { createRouter } from './router.ts'
import { deleteVerdict, getVerdict, putVerdict } from './verdicts-schema.ts'

export function verdictsRoutes(_deps: ApiDeps, _answers: Answers) {
  return createRouter()
    .openapi(getVerdict, () => {
      throw new Error('to come')
    })
    .openapi(putVerdict, () => {
      throw new Error('to come')
    })
    .openapi(deleteVerdict, () => {
      throw new Error('to come')
    })
}
