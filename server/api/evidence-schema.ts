/** The rows behind every number on the wire: deployments, changes, incidents. */
import { createRoute, z } from '@hono/zod-openapi'
import { changeExclusions, deploymentKinds, stages } from '../linked.ts'
import { type besideIds, changeReasons, deploymentReasons, incidentReasons, type metricIds } from '../metrics/answer.ts'
import { sorts } from '../store/evidence/order.ts'
import { environmentShape, Scope, windowShape, word } from './query.ts'
import { failures, json } from './router.ts'

export const Instant = z.iso.datetime().openapi({ example: '2026-01-31T09:30:00Z' })
export const Reference = z.object({ source: z.string(), id: z.string() })
const Tier = z.enum(['production', 'staging', 'testing', 'development']).nullable()
const signal = z.enum(['explicit', 'rollback', 'revert', 'hotfix', 'incident'])
const confidence = z.enum(['confirmed', 'likely', 'possible'])

const verdictOf = z.object({
  included: z.boolean().openapi({ description: 'Whether the row is among the `n` of the metric asked for.' }),
  counts: z
    .boolean()
    .openapi({ description: 'Whether it is also among the `count` of a rate (it failed, or was rework); else the same as `included`.' }),
  reason: z.string().nullable().openapi({ description: 'Why it is not included; of a closed list.', example: 'redeploy' }),
})

export const StandingVerdict = z.object({
  verdict: z.enum(['failed', 'not_failed']),
  by: z.string(),
  at: Instant,
  note: z.string().nullable(),
  recoveredAt: Instant.nullable(),
})

export const DeploymentRow = z
  .object({
    ...Reference.shape,
    service: z.string(),
    url: z.string().nullable(),
    environment: z.string(),
    tier: Tier,
    repository: z.string(),
    line: z.string().nullable(),
    commit: z.string().nullable(),
    version: z.string().nullable(),
    status: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
    kind: z.enum(deploymentKinds).nullable(),
    counted: z.boolean(),
    commitUnknown: z.boolean(),
    changes: z.int().openapi({ description: 'Its batch size.' }),
    previous: Reference.nullable(),
    pending: z.boolean().openapi({ description: 'Too young to be judged.' }),
    failure: z
      .object({
        confidence,
        rule: z.enum(['explicit', 'rollback', 'revert', 'hotfix', 'incident', 'person']),
        evidence: z.array(
          z.object({
            signal,
            confidence,
            text: z.string(),
            fact: z.object({ kind: z.enum(['incident', 'deployment', 'commit', 'change']), ...Reference.shape }),
          }),
        ),
        remedies: z.array(Reference),
        incidents: z.array(Reference),
        beganAt: Instant,
        noticedAt: Instant.nullable(),
        recoveredAt: Instant.nullable(),
        recoverySeconds: z.number().nullable().openapi({ description: 'Null while it is open.' }),
      })
      .nullable(),
    verdict: StandingVerdict.nullable(),
    rework: z
      .object({ rule: z.enum(['rollback', 'revert', 'hotfix', 'fix', 'named', 'unplanned']), culprit: Reference.nullable() })
      .nullable(),
    witness: z.object({ of: Reference.nullable() }).nullable().openapi({
      description:
        'Another source is the authority on its environment: it is in no number. `of`: the deployment that it saw too, where that can be told.',
    }),
    ...verdictOf.shape,
  })
  .openapi('Deployment')
export type DeploymentRow = z.infer<typeof DeploymentRow>

export const ChangeRow = z
  .object({
    service: z.string(),
    repository: z.string(),
    key: z.string().openapi({ description: '`<source>/<id>` of a pull request, or the sha of a commit that none holds.' }),
    title: z.string(),
    url: z.string().nullable(),
    commit: z.string().nullable(),
    environment: z.string(),
    tier: Tier,
    deployment: Reference.nullable(),
    deployedAt: Instant.nullable(),
    startedAt: Instant,
    mergedAt: Instant,
    basis: z.enum(['first_commit', 'opened', 'merge']),
    commits: z.int(),
    leadTimeSeconds: z.number().nullable().openapi({ description: 'Null while it waits.' }),
    waitingSeconds: z.number().nullable().openapi({ description: 'From its merge to asOf; null once it is delivered.' }),
    stages: z.partialRecord(z.enum(stages), z.number()),
    exclusion: z.enum(changeExclusions).nullable(),
    filesUnknown: z.boolean().openapi({
      description: 'Services share its repository by paths, and nobody knows which files it changed: it counts for each of them.',
    }),
    ...verdictOf.shape,
  })
  .openapi('Change')
export type ChangeRow = z.infer<typeof ChangeRow>

export const IncidentRow = z
  .object({
    ...Reference.shape,
    service: z.string().nullable(),
    url: z.string().nullable(),
    title: z.string(),
    severity: z.string().nullable(),
    openedAt: Instant,
    acknowledgedAt: Instant.nullable(),
    mitigatedAt: Instant.nullable(),
    resolvedAt: Instant.nullable(),
    restoreSeconds: z
      .number()
      .nullable()
      .openapi({ description: 'To mitigated or resolved, whichever came first; null while it is open.' }),
    cause: z.enum(['deployment', 'infrastructure', 'third_party', 'flag', 'other']).nullable(),
    deployment: Reference.nullable(),
    attribution: z.enum(['named', 'time']).nullable(),
    unattributed: z.enum(['no_deployment_in_window', 'cause', 'several_services', 'no_service', 'culprit_unknown']).nullable(),
    candidates: z.array(Reference),
    ...verdictOf.shape,
  })
  .openapi('Incident')
export type IncidentRow = z.infer<typeof IncidentRow>

const Totals = z
  .object({
    rows: z.int(),
    included: z.int().openapi({ description: 'The `n` of the metric.' }),
    counts: z.int().openapi({ description: 'The `count` of a rate; else the same as `included`.' }),
    excluded: z.record(z.string(), z.int()).openapi({ description: 'Rows by the reason for which they are not included.' }),
  })
  .openapi('EvidenceTotals')
export type Totals = z.infer<typeof Totals>

function page<S extends z.ZodType>(row: S, name: string) {
  return z
    .object({
      scope: z.string(),
      from: z.string().nullable(),
      to: z.string().nullable(),
      environment: z.string(),
      metric: z.string(),
      asOf: z.string().nullable(),
      totals: Totals.nullable().openapi({ description: 'Of all rows of the window, whatever the filter; on the first page only.' }),
      items: z.array(row),
      next: z.string().nullable().openapi({ description: 'The cursor of the next page; null on the last.' }),
    })
    .openapi(name)
}

const paging = {
  cursor: word(2000).optional().openapi({ description: '`next` of the page before.' }),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a whole number from 1 to 1000')
    .default('100')
    .transform(Number)
    .refine((n) => n >= 1 && n <= 1000, 'must be a whole number from 1 to 1000')
    .openapi({ type: 'integer', minimum: 1, maximum: 1000, default: 100 }),
}

const include = z
  .enum(['included', 'excluded'])
  .optional()
  .openapi({ description: 'Only rows that are in the metric, or only those that are not. Default: both.' })

/** `longest` in the words of each kind of row; a reason of its closed list. */
function filters<R extends readonly [string, ...string[]]>(reasons: R, longest: string) {
  return {
    include,
    reason: z.enum(reasons).optional().openapi({ description: 'Only rows that are excluded for this reason.' }),
    sort: z
      .enum(sorts)
      .optional()
      .openapi({
        description: `By time (default: newest first), or \`longest\`: ${longest} A cursor belongs to the order that it was given out in.`,
      }),
  }
}

const asked = { scope: Scope, ...windowShape, ...environmentShape, ...paging }
const noReason = { path: ['reason'], message: 'only excluded rows have one; leave out include=included' }

/** Included rows have no reason. */
function agrees(query: { include?: string; reason?: string }): boolean {
  return query.include !== 'included' || query.reason === undefined
}

export const deploymentMetrics = [
  'deployment_frequency',
  'failed_deployment_recovery_time',
  'change_fail_rate',
  'deployment_rework_rate',
  'batch_size',
] as const satisfies readonly ((typeof metricIds)[number] | (typeof besideIds)[number])[]

export const DeploymentsQuery = z
  .strictObject({
    ...asked,
    metric: z.enum(deploymentMetrics).default('deployment_frequency'),
    ...filters(
      deploymentReasons,
      'of the recovery time those that have not recovered first, then by recovery time, and last those that did not fail; else by batch size.',
    ),
  })
  .refine(agrees, noReason)
export const ChangesQuery = z
  .strictObject({
    ...asked,
    metric: z.enum(['change_lead_time']).default('change_lead_time'),
    state: z.enum(['delivered', 'waiting']).default('delivered').openapi({
      description: '`waiting`: merged and not delivered, by the time of their merge, by default oldest first; the window does not apply.',
    }),
    ...filters(changeReasons, 'by lead time, and of those that wait by how long they have waited.'),
  })
  .refine(agrees, noReason)
  .refine(({ state, reason }) => state !== 'waiting' || reason === undefined, {
    path: ['reason'],
    message: 'a change that waits is excluded for none; leave it out',
  })
  .refine(({ state, include: of }) => state !== 'waiting' || of !== 'excluded', {
    path: ['include'],
    message: 'every change that waits is included; leave it out',
  })
export const IncidentsQuery = z
  .strictObject({
    ...asked,
    metric: z.enum(['incident_time_to_restore']).default('incident_time_to_restore'),
    ...filters(incidentReasons, 'those that are still open first, then by the time to restore.'),
  })
  .refine(agrees, noReason)

const csvAnswer = {
  'text/csv': {
    schema: z.string().openapi({ description: 'RFC 4180, all pages at once; text that a spreadsheet would run is led by an apostrophe.' }),
  },
}

/** Adds CSV to a JSON answer's documentation without changing the type that the client sees. */
function orCsv<A extends { content: object }>(answer: A): A {
  return { ...answer, content: { ...answer.content, ...csvAnswer } }
}

const how =
  ' Each row says whether it is included in the metric asked for and, where it is not, the one reason; the included rows add up to the metric. ' +
  '`include`, `reason` and `sort` filter and order the rows. Pages follow `next`; `Accept: text/csv` gives all of them as a file.'

export const getDeployments = createRoute({
  method: 'get',
  path: '/deployments',
  tags: ['Evidence'],
  summary: 'Deployments behind a metric',
  description: `Deployments that finished in the window, with their kind, what they are held to be and the rule that decided.${how}`,
  request: { query: DeploymentsQuery },
  responses: { 200: orCsv(json(page(DeploymentRow, 'DeploymentPage'), 'One page of deployments.')), ...failures(404) },
})
export const getChanges = createRoute({
  method: 'get',
  path: '/changes',
  tags: ['Evidence'],
  summary: 'Changes behind lead time, or those that wait',
  description: `Changes that went live in the window, with the deployment that carried them and where they waited.${how}`,
  request: { query: ChangesQuery },
  responses: { 200: orCsv(json(page(ChangeRow, 'ChangePage'), 'One page of changes.')), ...failures(404) },
})
export const getIncidents = createRoute({
  method: 'get',
  path: '/incidents',
  tags: ['Evidence'],
  summary: 'Incidents of a scope',
  description: `Incidents opened in the window, with the deployment that each is attributed to or why to none.${how}`,
  request: { query: IncidentsQuery },
  responses: { 200: orCsv(json(page(IncidentRow, 'IncidentPage'), 'One page of incidents.')), ...failures(404) },
})
