/** Sources and their runs on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { Instant } from './evidence-schema.ts'
import { word } from './query.ts'
import { failures, json } from './router.ts'

const Progress = z.object({
  step: z.string().openapi({ example: 'reading commits' }),
  done: z.number(),
  total: z.number().nullable(),
  ratePerSecond: z.number().nullable().openapi({ description: 'Of `done`, by what this run saw; null until it can be told.' }),
  secondsLeft: z.number().nullable().openapi({ description: 'Of this step; null where the total or the rate is not known.' }),
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
    paused: z.boolean().openapi({ description: 'Not collected until it is resumed.' }),
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
    unmapped: z.array(z.object({ environment: z.string(), deployments: z.int() })).openapi({
      description: 'Environments of the last 90 days that belong to no tier: in no metric. Most frequent first, at most 50.',
      example: [{ environment: 'perf-lab', deployments: 12 }],
    }),
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
  description:
    'Starts a run and answers at once; follow it at GET /sources/{id}/runs. A source that is being collected or is paused answers 409.',
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

const changed = { 200: json(SourceBody, 'The source as it is now.'), ...failures(404) }

export const postPause = createRoute({
  method: 'post',
  path: '/sources/{id}/pause',
  tags: ['Sources'],
  summary: 'Pause a source',
  description:
    'Until it is resumed nothing collects it, by schedule or on demand. A run that goes on ends at its next batch as `interrupted`; nothing is lost. Pausing a paused source changes nothing.',
  request: { params: sourceId },
  responses: changed,
})

export const postResume = createRoute({
  method: 'post',
  path: '/sources/{id}/resume',
  tags: ['Sources'],
  summary: 'Resume a source',
  description:
    'The next run, by schedule or on demand, goes on where the last one ended. Resuming a source that is not paused changes nothing.',
  request: { params: sourceId },
  responses: changed,
})

const Tally = { looked: z.int(), counted: z.int() }

export const PreviewBody = z
  .object({
    rule: z.string().openapi({ description: 'In words.' }),
    yaml: z.string().nullable().openapi({ description: 'As it stands in shiplog.yaml.', example: "deployments: { tags: '^v' }" }),
    looked: z.int().openapi({ description: 'How many things it looked at.' }),
    counted: z.int().openapi({ description: 'How many of them it would count.' }),
    truncated: z.int().openapi({ description: 'How many more there are that were not looked at.' }),
    reasons: z
      .array(z.object({ reason: z.string(), rows: z.int() }))
      .openapi({ description: 'Why the others are left out, most frequent first.' }),
    groups: z.array(z.object({ group: z.string(), ...Tally })).openapi({ description: 'By repository, for a source of many.' }),
    rows: z
      .array(
        z.object({
          name: z.string(),
          group: z.string().nullable(),
          at: Instant.nullable(),
          counted: z.boolean(),
          reason: z.string().nullable(),
        }),
      )
      .openapi({ description: 'The first 1,000.' }),
    hints: z.array(z.string()),
  })
  .openapi('Preview')
export type PreviewBody = z.infer<typeof PreviewBody>

export const getPreview = createRoute({
  method: 'get',
  path: '/sources/{id}/preview',
  tags: ['Sources'],
  summary: 'What a source would count, and why not the rest',
  description: 'Reads the source and keeps nothing. With `deployments` it tries that rule in the place of the configured one.',
  request: {
    params: sourceId,
    query: z.strictObject({
      deployments: z
        .string()
        .max(4000)
        .refine((value) => !value.includes('\0'), 'must not contain a NUL character')
        .optional()
        .openapi({ description: "JSON or YAML of the source's option `deployments`.", example: "{ tags: '^v' }" }),
    }),
  },
  responses: { 200: json(PreviewBody, 'The rule in words and the first 1,000 things that it looked at.'), ...failures(404, 502) },
})
