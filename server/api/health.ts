/** /healthz: the process lives. /readyz: its database answers. */
import { Hono } from 'hono'
import { readRevision } from '../store/revision.ts'
import type { ApiDeps } from './api-deps.ts'
import type { AppEnv } from './router.ts'

export function healthRoutes({ store, log }: Pick<ApiDeps, 'store' | 'log'>) {
  return new Hono<AppEnv>()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      try {
        await readRevision(store.db)
        return c.json({ status: 'ready' })
      } catch (err) {
        log.warn({ err }, 'database does not answer')
        return c.json({ status: 'unavailable' }, 503)
      }
    })
}
