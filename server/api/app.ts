/** The HTTP API and the pages as one application. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { compress } from 'hono/compress'
import { createAccess } from './access.ts'
import { type Answers, createAnswers } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { definitionRoutes } from './definition.ts'
import { deliveriesRoutes } from './deliveries.ts'
import { distributionRoutes } from './distribution.ts'
import { docsRoutes } from './docs.ts'
import { doctorRoutes } from './doctor.ts'
import { describeError, errorBody } from './error-body.ts'
import { evidenceRoutes } from './evidence.ts'
import { explainRoutes } from './explain.ts'
import { createExposition } from './exposition.ts'
import { factsRoutes } from './facts.ts'
import { headlineRoutes } from './headline.ts'
import { healthRoutes } from './health.ts'
import { hooksRoutes } from './hooks.ts'
import { instanceRoutes } from './instance.ts'
import { metricsRoutes } from './metrics.ts'
import { checkOrigin } from './origins.ts'
import { createPages, type Pages } from './pages.ts'
import { reportsRoutes } from './reports.ts'
import { requestLog } from './request-log.ts'
import { type AppEnv, createRouter } from './router.ts'
import { securityHeaders } from './security-headers.ts'
import { servicesRoutes } from './services.ts'
import { sourcesRoutes } from './sources.ts'
import { verdictsRoutes } from './verdicts.ts'

/** What the web client calls under /api/v1. */
function clientRoutes(deps: ApiDeps, answers: Answers) {
  return createRouter()
    .route('/', instanceRoutes(deps))
    .route('/', metricsRoutes(deps, answers))
    .route('/', explainRoutes(deps, answers))
    .route('/', headlineRoutes(deps, answers))
    .route('/', distributionRoutes(deps, answers))
    .route('/', definitionRoutes(deps, answers))
    .route('/', servicesRoutes(deps, answers))
    .route('/', evidenceRoutes(deps, answers))
    .route('/', verdictsRoutes(deps))
    .route('/', sourcesRoutes(deps, answers))
    .route('/', deliveriesRoutes(deps))
    .route('/', reportsRoutes(deps))
}

/** For hono's `hc` at /api/v1. */
export type ClientRoutes = ReturnType<typeof clientRoutes>

/** Answers requests by `app.fetch` or, in tests, `app.request`; opens no port and ends nothing. */
export function createApp(deps: ApiDeps): OpenAPIHono<AppEnv> {
  const { settings, log, now } = deps
  const access = createAccess(settings, now)
  const pages = createPages(deps.webDir)
  const answers = createAnswers(deps)
  const exposition = createExposition(deps, answers)
  const app = createRouter()
  app.use(requestLog(log))
  app.use(exposition.observe)
  app.use(securityHeaders)
  app.use(compress())
  app.use(checkOrigin(settings))
  app.use(access.guard)
  app.route('/', healthRoutes(deps))
  app.route('/', access.routes)
  app.route('/', exposition.routes)
  app.route(
    '/api/v1',
    createRouter()
      .route('/', clientRoutes(deps, answers))
      .route('/', factsRoutes(deps))
      .route('/', doctorRoutes(deps))
      .route('/', hooksRoutes(deps)),
  )
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'The value of SHIPLOG_TOKEN, where the server has one.',
  })
  app.route('/api', docsRoutes(app))
  app.notFound((c) => answerUnknown(app, pages, c))
  app.onError((error, c) => {
    const { status, body, expected } = describeError(error)
    if (!expected) log.error({ request: c.get('requestId'), err: error }, 'request failed')
    return c.json(body, status)
  })
  return app
}

const methods = ['GET', 'POST', 'PUT', 'DELETE'] as const

/** A page or file of the web; else what is wrong: the method, or the address. */
async function answerUnknown(app: OpenAPIHono<AppEnv>, pages: Pages, c: Context<AppEnv>): Promise<Response> {
  const allowed = allowedMethods(app, c.req.path)
  if (allowed.length > 0) {
    c.header('Allow', allowed.join(', '))
    if (c.req.method === 'OPTIONS') return c.body(null, 204)
    return c.json(errorBody('method_not_allowed', `${c.req.method} is not possible here. Use ${allowed.join(' or ')}.`), 405)
  }
  if (!c.req.path.startsWith('/api/')) {
    const page = await pages(c)
    if (page !== null) return page
  }
  return c.json(errorBody('not_found', `There is nothing at ${c.req.path.slice(0, 200)}. The API is described at /api/docs.`), 404)
}

/** The methods that some route of this path takes; middleware takes all and does not count. */
function allowedMethods(app: OpenAPIHono<AppEnv>, path: string): string[] {
  const allowed: string[] = methods.filter((method) => app.router.match(method, path)[0].some(([[, route]]) => route.method === method))
  return allowed.includes('GET') ? ['GET', 'HEAD', ...allowed.filter((method) => method !== 'GET')] : allowed
}
