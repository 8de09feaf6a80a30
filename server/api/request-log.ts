/** One line in the log for each request, without its query: that may hold what is nobody's business. */
import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import type { AppEnv } from './router.ts'

const quiet = new Set(['/healthz', '/readyz', '/metrics'])

export function requestLog(log: Logger): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const id = randomUUID()
    c.set('requestId', id)
    const started = performance.now()
    await next()
    const fields = {
      request: id,
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round(performance.now() - started),
    }
    if (quiet.has(c.req.path)) log.debug(fields, 'request')
    else log.info(fields, 'request')
  }
}
