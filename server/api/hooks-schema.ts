/** What systems send, on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { ErrorBody } from './error-body.ts'
import { word } from './query.ts'
import { json } from './router.ts'

export const HookReply = z
  .object({
    accepted: z.boolean().openapi({ description: 'Whether it is kept, to be read in a moment.' }),
    reply: z.string().optional().openapi({ description: 'What whoever set up the sender should know.' }),
  })
  .openapi('HookReply')
export type HookReply = z.infer<typeof HookReply>

/** A request of a system: it has no token and no session, and its own signature is the check; before it may send, it may ask for consent. */
export function isHook(c: Context): boolean {
  return (c.req.method === 'POST' || c.req.method === 'OPTIONS') && c.req.path.startsWith('/api/v1/hooks/')
}

/** Documentation only: the body is whatever the system sends, and its bytes are what is signed. */
export const postHook = createRoute({
  method: 'post',
  path: '/hooks/{source}',
  tags: ['Sources'],
  summary: 'Take what the system of a source sends',
  description:
    'The address to give to a webhook. The system signs what it sends with the secret of the source; no token is needed. The body is kept as it came, and read after the answer; ' +
    'see GET /sources/{id}/deliveries for what became of it.',
  security: [],
  request: {
    params: z.object({ source: word(100).openapi({ param: { name: 'source', in: 'path' }, example: 'acme' }) }),
    body: { required: true, content: { 'application/json': { schema: z.unknown() } } },
  },
  responses: {
    200: json(HookReply, 'Nothing to keep: it is known already, or says nothing that matters here.'),
    202: json(HookReply, 'Kept.'),
    400: json(ErrorBody, 'Not what the system of this source sends.'),
    401: json(ErrorBody, 'Not signed as agreed.'),
    404: json(ErrorBody, 'No such source, or it takes nothing.'),
    413: json(ErrorBody, 'The body is larger than 25 MB.'),
    415: json(ErrorBody, 'The body is compressed.'),
    503: json(ErrorBody, 'Too much waits already; `Retry-After` says when to send it again.'),
  },
})
