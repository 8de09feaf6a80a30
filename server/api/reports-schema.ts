/** Weekly reports on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { Instant } from './evidence-schema.ts'
import { Scope, word } from './query.ts'
import { jsonBody } from './request-body.ts'
import { failures, json } from './router.ts'

export const Week = z
  .string()
  .regex(/^\d{4}-W\d{2}$/, 'must be an ISO week such as 2026-W47')
  .openapi({ example: '2026-W47' })

export const ReportInfo = z
  .object({
    id: z.string(),
    scope: z.string(),
    week: z.string(),
    revision: z.int(),
    revisions: z.int().openapi({ description: 'How many there are.' }),
    createdAt: Instant,
  })
  .openapi('ReportInfo')

export type ReportInfo = z.infer<typeof ReportInfo>

export const StoredReportBody = z
  .object({
    ...ReportInfo.shape,
    snapshot: z.unknown().openapi({ description: 'The report as it was made; the same to the byte each time.' }),
  })
  .openapi('Report')

const id = z.object({ id: word(200).openapi({ param: { name: 'id', in: 'path' } }) })

export const postReport = createRoute({
  method: 'post',
  path: '/reports',
  tags: ['Reports'],
  summary: 'Make the report of a week, or return the one that is stored',
  description: 'Making it stores its snapshot: opened again it is the same to the byte.',
  middleware: jsonBody,
  request: {
    body: {
      required: true,
      content: {
        'application/json': { schema: z.strictObject({ scope: Scope, week: Week }), example: { scope: 'team:payments', week: '2026-W47' } },
      },
    },
  },
  responses: { 200: json(StoredReportBody, 'The report.'), ...failures(404, 413, 415) },
})

export const refreshReport = createRoute({
  method: 'post',
  path: '/reports/{id}/refresh',
  tags: ['Reports'],
  summary: 'Make a new revision of a report',
  description: 'Lists what changed since the one before. Where nothing did, the newest revision is returned.',
  request: { params: id },
  responses: { 200: json(StoredReportBody, 'The newest revision.'), ...failures(404) },
})

export const listReports = createRoute({
  method: 'get',
  path: '/reports',
  tags: ['Reports'],
  summary: 'Stored reports',
  description: 'Newest week first.',
  request: { query: z.strictObject({ scope: Scope.optional() }) },
  responses: { 200: json(z.object({ reports: z.array(ReportInfo) }).openapi('ReportList'), 'The reports.'), ...failures() },
})

const other = {
  'text/markdown': { schema: z.string() },
  'text/html': { schema: z.string() },
  'text/csv': { schema: z.string() },
}

/** Adds the other formats to a JSON answer's documentation without changing the type that the client sees. */
function orOther<A extends { content: object }>(answer: A): A {
  return { ...answer, content: { ...answer.content, ...other } }
}

export const getReport = createRoute({
  method: 'get',
  path: '/reports/{id}',
  tags: ['Reports'],
  summary: 'A stored report',
  description: 'As JSON, Markdown, HTML that prints on one or two pages, or CSV.',
  request: {
    params: id,
    query: z.strictObject({
      format: z.enum(['json', 'md', 'html', 'csv']).default('json'),
      revision: z
        .string()
        .regex(/^\d{1,9}$/, 'must be a whole number')
        .transform(Number)
        .optional()
        .openapi({ type: 'integer', description: 'Default: the newest.' }),
      download: z.enum(['true', 'false']).default('false').openapi({ description: 'As a file with a name.' }),
    }),
  },
  responses: { 200: orOther(json(StoredReportBody, 'The report.')), ...failures(404) },
})
