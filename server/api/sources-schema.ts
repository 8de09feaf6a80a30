/** Sources and their runs on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { Instant } from './evidence-schema.ts'
import { word } from './query.ts'
import { failures, json } from './router.ts'

const Progress = z.object({
  step: z.string().openapi({ example: 'reading commits' }),
  done: z.number(),
  total: z.number().nullable(),
})

export const RunBody = z
  .object({
    id: z.string(),
    source: z.string(),
    outcome: z.enum(['running', 'succeeded', 'failed', 'interrupted']),
    startedAt: Instant,
    finishedAt: Instant.nullable(),
    durationSeconds: z.number().nullable(),
    accepted: z.int().openapi({ description: 'Facts that were new or changed something.' }),
    unchanged: z.int(),
    counts: z
      .record(z.string(), z.int())
      .openapi({ description: 'Facts that the source gave, by kind.', example: { deployments: 140, commits: 9120 } }),
    progress: Progress.nullable().openapi({ description: 'While it runs.' }),
    notes: z.array(z.string()).openapi({ description: 'What a person should know, such as what was guessed.' }),
    error: z.object({ message: z.string(), mend: z.string().nullable() }).nullable(),
  })
  .openapi('Run')
export type RunBody = z.infer<typeof RunBody>

export const SourceBody = z
  .object({
    id: z.string(),
    type: z.string(),
    title: z.string(),
    services: z.array(z.string()),
    options: z.record(z.string(), z.unknown()).openapi({ description: 'As configured, without secrets.' }),
    schedule: z.string().nullable().openapi({ description: 'Cron; null where nothing is collected.', example: '*/15 * * * *' }),
    coveredFrom: Instant.nullable(),
    lastSuccess: Instant.nullable(),
    lagSeconds: z.number().nullable().openapi({ description: 'Since the last success.' }),
    nextRun: Instant.nullable(),
    running: RunBody.nullable(),
    lastRun: RunBody.nullable(),
    lastError: z
      .object({ at: Instant, message: z.string(), mend: z.string().nullable() })
      .nullable()
      .openapi({ description: 'Of the last run, if it failed.' }),
    inbox: z
      .object({ pending: z.int(), failed: z.int(), lastReceivedAt: Instant.nullable() })
      .nullable()
      .openapi({ description: 'What its system sent to POST /hooks/{source}; null where sources of this type take nothing.' }),
    counts: z.record(z.string(), z.int()).openapi({ description: 'Facts kept, by kind.', example: { deployments: 140, commits: 9120 } }),
  })
  .openapi('Source')
export type SourceBody = z.infer<typeof SourceBody>

export const sourceId = z.object({ id: word(100).openapi({ param: { name: 'id', in: 'path' }, example: 'shop' }) })

/** How many of the newest. */
export const limit = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 500')
  .default('50')
  .transform(Number)
  .refine((n) => n >= 1 && n <= 500, 'must be a whole number from 1 to 500')
  .openapi({ type: 'integer', minimum: 1, maximum: 500, default: 50 })

export const getSources = createRoute({
  method: 'get',
  path: '/sources',
  tags: ['Sources'],
  summary: 'All sources and how fresh they are',
  description: 'Configured sources, and those that push facts through this API.',
  responses: { 200: json(z.object({ sources: z.array(SourceBody) }).openapi('SourceList'), 'The sources.'), ...failures() },
})

export const postRun = createRoute({
  method: 'post',
  path: '/sources/{id}/runs',
  tags: ['Sources'],
  summary: 'Collect now',
  description: 'Starts a run and answers at once; follow it at GET /sources/{id}/runs. A source that is being collected answers 409.',
  request: { params: sourceId },
  responses: { 202: json(RunBody, 'Started.'), ...failures(404, 409) },
})

export const getRuns = createRoute({
  method: 'get',
  path: '/sources/{id}/runs',
  tags: ['Sources'],
  summary: 'The run log of a source',
  description: 'Newest first: outcome, duration, counts, and an error with its mend.',
  request: {
    params: sourceId,
    query: z.strictObject({ limit }),
  },
  responses: { 200: json(z.object({ runs: z.array(RunBody) }).openapi('RunList'), 'The runs.'), ...failures(404) },
})

const PreviewBody = z
  .object({
    rule: z.string(),
    counted: z.int(),
    rows: z.array(z.object({ name: z.string(), at: Instant.nullable(), counted: z.boolean(), reason: z.string().nullable() })),
    hints: z.array(z.string()),
  })
  .openapi('Preview')

export const getPreview = createRoute({
  method: 'get',
  path: '/sources/{id}/preview',
  tags: ['Sources'],
  summary: 'What a source would count, and why not the rest',
  description: 'Reads the source and keeps nothing.',
  request: { params: sourceId },
  responses: { 200: json(PreviewBody, 'The rule in words and the first 1,000 things that it looked at.'), ...failures(404, 502) },
})
