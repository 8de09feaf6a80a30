/** What this installation is, on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { failures, json } from './router.ts'

export const InstanceBody = z
  .object({
    demo: z.boolean().openapi({ description: 'Its data is invented.' }),
    version: z.string().openapi({ example: '0.1.0' }),
    timeZone: z.string().openapi({ description: 'IANA name; days are calendar days of it.', example: 'Europe/Berlin' }),
  })
  .openapi('Instance')
export type InstanceBody = z.infer<typeof InstanceBody>

export const getInstance = createRoute({
  method: 'get',
  path: '/instance',
  tags: ['Instance'],
  summary: 'What this installation is',
  description: 'Its version, its reporting time zone, and whether its data is a demo.',
  responses: { 200: json(InstanceBody, 'The installation.'), ...failures() },
})
