/** GET /doctor: checks of the data. */
import { diagnose } from '../collector/diagnosis/diagnose.ts'
import type { ApiDeps } from './api-deps.ts'
import { getDoctor } from './doctor-schema.ts'
import { createRouter } from './router.ts'

export function doctorRoutes({ store, config, now }: ApiDeps) {
  return createRouter().openapi(getDoctor, async (c) => c.json({ findings: await diagnose(store, config, now) }, 200))
}
