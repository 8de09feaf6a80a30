import type { Answers } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { getReport, listReports, postReport, refreshReport } from './reports-schema.ts'
import { createRouter } from './router.ts'

export function reportsRoutes(_deps: ApiDeps, _answers: Answers) {
  return createRouter()
    .openapi(postReport, () => {
      throw new Error('to come')
    })
    .openapi(refreshReport, () => {
      throw new Error('to come')
    })
    .openapi(listReports, () => {
      throw new Error('to come')
    })
    .openapi(getReport, () => {
      throw new Error('to come')
    })
}
