/** GET /metrics: the five metrics and the health of this server, in the text format that Prometheus reads. */
import { Hono, type MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Answers } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import type { ServerMetrics } from './exposition-server.ts'
import type { AppEnv } from './router.ts'

export interface Exposition {
  /** Times every request, once somebody has asked for the metrics. */
  observe: MiddlewareHandler<AppEnv>
  routes: Hono<AppEnv>
}

/** What it takes is loaded with the first question: a server that nobody scrapes does without. */
export function createExposition(deps: ApiDeps, answers: Answers): Exposition {
  let server: ServerMetrics | null = null
  let opening: ReturnType<typeof open> | null = null

  async function open() {
    const [{ createServerMetrics }, { createDoraText }, { healthText }] = await Promise.all([
      import('./exposition-server.ts'),
      import('./exposition-dora.ts'),
      import('./exposition-health.ts'),
    ])
    server = createServerMetrics()
    return { server, doraText: createDoraText(deps, answers), healthText }
  }

  return {
    observe: async (c, next) => {
      const began = performance.now()
      await next()
      const seconds = (performance.now() - began) / 1000
      server?.observe({ method: c.req.method, route: routePath(c, -1), status: String(c.res.status) }, seconds)
    },
    routes: new Hono<AppEnv>().get('/metrics', async (c) => {
      opening ??= open()
      const parts = await opening
      const texts = [await parts.doraText(), await parts.healthText(deps), await parts.server.text()]
      return c.body(texts.join('\n'), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
    }),
  }
}
