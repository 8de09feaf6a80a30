/** What people say of a deployment, on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { VerdictInput } from '../facts.ts'
import { Instant } from './evidence-schema.ts'
import { FactPath } from './facts-schema.ts'
import { word } from './query.ts'
import { jsonBody } from './request-body.ts'
import { failures, json } from './router.ts'

export const VerdictEntry = z
  .object({
    verdict: z.enum(['failed', 'not_failed', 'withdrawn']),
    by: z.string(),
    at: Instant,
    note: z.string().nullable(),
    recoveredAt: Instant.nullable(),
  })
  .openapi('Verdict')

export const VerdictHistory = z
  .object({
    standing: VerdictEntry.nullable().openapi({ description: 'The newest that is not withdrawn: it wins over every rule.' }),
    history: z.array(VerdictEntry).openapi({ description: 'Newest first.' }),
  })
  .openapi('VerdictHistory')

export type VerdictHistory = z.infer<typeof VerdictHistory>

const path = '/deployments/{source}/{id}/verdict'

export const getVerdict = createRoute({
  method: 'get',
  path,
  tags: ['Verdicts'],
  summary: 'What people said of a deployment',
  description: 'The standing verdict and all that were said before it, with who and when.',
  request: { params: FactPath },
  responses: { 200: json(VerdictHistory, 'The verdicts.'), ...failures(404) },
})

export const putVerdict = createRoute({
  method: 'put',
  path,
  tags: ['Verdicts'],
  summary: 'Say that a deployment failed, or that it did not',
  description:
    'It wins over every rule and ends the pending time. `recoveredAt` says when service was restored, and is given with `failed` only.',
  middleware: jsonBody,
  request: {
    params: FactPath,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: VerdictInput,
          example: { verdict: 'failed', by: 'Ada', note: 'Totals were wrong', recoveredAt: '2026-01-31T10:40:00Z' },
        },
      },
    },
  },
  responses: { 200: json(VerdictHistory, 'Set, and derived anew.'), ...failures(404, 413, 415) },
})

export const deleteVerdict = createRoute({
  method: 'delete',
  path,
  tags: ['Verdicts'],
  summary: 'Withdraw the standing verdict',
  description: 'The rules decide again; the history keeps what was said.',
  request: {
    params: FactPath,
    query: z.strictObject({ by: word(200).optional().openapi({ description: 'Who withdraws it. Default: who gave it.' }) }),
  },
  responses: { 200: json(VerdictHistory, 'Withdrawn, and derived anew.'), ...failures(404) },
})
