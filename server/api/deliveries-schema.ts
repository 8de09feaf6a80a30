/** What became of deliveries, on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { deliveryStates } from '../store/inbox.ts'
import { Instant } from './evidence-schema.ts'
import { failures, json } from './router.ts'
import { limit, sourceId } from './sources-schema.ts'

const State = z.enum(deliveryStates)

export const DeliveryBody = z
  .object({
    id: z.string(),
    key: z.string().openapi({ description: "The sender's name for it, or a digest of its body." }),
    receivedAt: Instant,
    state: State.openapi({ description: '`pending`: to be read, or to be tried again; `failed`: given up; `done`: its facts are in.' }),
    bytes: z.int(),
    attempts: z.int().openapi({ description: 'Those that failed.' }),
    nextAttemptAt: Instant.nullable().openapi({ description: 'While it is pending.' }),
    doneAt: Instant.nullable(),
    error: z
      .object({ message: z.string(), mend: z.string().nullable() })
      .nullable()
      .openapi({ description: 'Why the last attempt failed.' }),
  })
  .openapi('Delivery')
export type DeliveryBody = z.infer<typeof DeliveryBody>

export const getDeliveries = createRoute({
  method: 'get',
  path: '/sources/{id}/deliveries',
  tags: ['Sources'],
  summary: 'What the system of a source sent',
  description: 'Newest first, without their bodies. Kept for 30 days.',
  request: { params: sourceId, query: z.strictObject({ state: State.optional(), limit }) },
  responses: {
    200: json(z.object({ deliveries: z.array(DeliveryBody) }).openapi('DeliveryList'), 'The deliveries.'),
    ...failures(404),
  },
})

export const postRetry = createRoute({
  method: 'post',
  path: '/sources/{id}/deliveries/retry',
  tags: ['Sources'],
  summary: 'Try failed deliveries again',
  description: 'Puts all failed deliveries of the source back among the pending, as if they had just come.',
  request: { params: sourceId },
  responses: { 202: json(z.object({ retried: z.int() }).openapi('Retried'), 'How many are tried again.'), ...failures(404) },
})
