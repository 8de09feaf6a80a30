/** /sources/{id}/deliveries: what became of what a system sent, and trying again. */
import { type DeliveryEntry, readDeliveries } from '../store/inbox.ts'
import type { ApiDeps } from './api-deps.ts'
import { type DeliveryBody, getDeliveries, postRetry } from './deliveries-schema.ts'
import { createRouter } from './router.ts'
import { requireConfigured } from './sources.ts'
import { timeText, timeTextOrNull } from './wire-time.ts'

export function deliveriesRoutes(deps: ApiDeps) {
  return createRouter()
    .openapi(getDeliveries, async (c) => {
      const { id } = c.req.valid('param')
      requireConfigured(deps, id)
      const deliveries = await readDeliveries(deps.store.db, { source: id, ...c.req.valid('query') })
      return c.json({ deliveries: deliveries.map(deliveryBody) }, 200)
    })
    .openapi(postRetry, async (c) => {
      const { id } = c.req.valid('param')
      requireConfigured(deps, id)
      return c.json({ retried: await deps.inbox.retry(id) }, 202)
    })
}

function deliveryBody({ n, size, receivedAt, nextAttemptAt, doneAt, ...entry }: DeliveryEntry): DeliveryBody {
  return {
    ...entry,
    id: String(n),
    bytes: size,
    receivedAt: timeText(receivedAt),
    nextAttemptAt: timeTextOrNull(nextAttemptAt),
    doneAt: timeTextOrNull(doneAt),
  }
}
