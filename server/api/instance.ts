/** GET /instance: version, time zone, and whether the data is invented. */
import manifest from '../../package.json' with { type: 'json' }
import type { ApiDeps } from './api-deps.ts'
import { getInstance } from './instance-schema.ts'
import { createRouter } from './router.ts'

export function instanceRoutes({ config }: Pick<ApiDeps, 'config'>) {
  return createRouter().openapi(getInstance, (c) =>
    c.json({ demo: config.demo, version: manifest.version, timeZone: config.timeZone }, 200),
  )
}
