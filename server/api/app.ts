/** The HTTP API as one application. */

import { createAnswers } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { definitionRoutes } from './definition.ts'
import { distributionRoutes } from './distribution.ts'
import { evidenceRoutes } from './evidence.ts'
import { headlineRoutes } from './headline.ts'
import { metricsRoutes } from './metrics.ts'
import { reportsRoutes } from './reports.ts'
import { createRouter } from './router.ts'
import { servicesRoutes } from './services.ts'
import { sourcesRoutes } from './sources.ts'
import { verdictsRoutes } from './verdicts.ts'

/** Everything under /api/v1; its type is what the web client calls. */
function versionOne(deps: ApiDeps) {
  const answers = createAnswers(deps)
  return createRouter()
    .route('/', metricsRoutes(deps, answers))
    .route('/', headlineRoutes(deps, answers))
    .route('/', distributionRoutes(deps, answers))
    .route('/', definitionRoutes(deps, answers))
    .route('/', servicesRoutes(deps, answers))
    .route('/', evidenceRoutes(deps, answers))
    .route('/', verdictsRoutes(deps, answers))
    .route('/', sourcesRoutes(deps, answers))
    .route('/', reportsRoutes(deps, answers))
}

export function createApp(deps: ApiDeps) {
  return createRouter().route('/api/v1', versionOne(deps))
}

/** For hono's `hc`: `hc<AppType>(origin)`. */
export type AppType = ReturnType<typeof createApp>
