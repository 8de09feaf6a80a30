/** The metrics question and its answer on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { stages } from '../linked.ts'
import { buckets, comparisonReasons, type MetricsAnswer, verdicts } from '../metrics/answer.ts'
import { BucketName, environmentShape, Scope, windowShape } from './query.ts'
import { failures, json } from './router.ts'

const Reason = z
  .enum([
    'not_covered',
    'too_short',
    'no_deployments',
    'no_changes',
    'no_failed_deployments',
    'no_incidents',
    'no_signal',
    'all_pending',
    'not_reached',
  ])
  .nullable()
  .openapi({ description: 'Why the value is null.' })
const Interval = z
  .tuple([z.number(), z.number().nullable()])
  .nullable()
  .openapi({ description: '95 % interval; null where too few independent observations stand behind it.' })
const SignalName = z.enum(['explicit', 'rollback', 'revert', 'hotfix', 'incident'])

export const Comparison = z
  .object({
    from: z.string().openapi({ description: 'First day of the window before.' }),
    to: z.string().openapi({ description: 'The day after its last.' }),
    value: z.number().nullable().openapi({ description: 'The metric in the window before.' }),
    n: z.int(),
    count: z.int().optional(),
    current: z.object({ from: z.string(), to: z.string() }).openapi({ description: 'What of the asked window is compared.' }),
    factor: z.number().nullable().optional().openapi({ description: 'This window over the one before; not of ratios.' }),
    points: z.number().nullable().optional().openapi({ description: 'Difference in percentage points; of ratios.' }),
    interval: Interval,
    p: z.number().nullable().openapi({ description: 'Two-sided; null where nothing was tested.' }),
    verdict: z.enum(verdicts),
    reason: z
      .enum(comparisonReasons)
      .nullable()
      .openapi({ description: 'What is missing, or why a certain difference is not called clear.' }),
    needs: z
      .object({ n: z.int(), of: z.number(), unit: z.string() })
      .nullable()
      .openapi({ description: 'Too few: how many, of how many needed, of what.' }),
    text: z.string().openapi({ description: 'The verdict in words.', example: 'clear: 1.4 times slower than the 12 weeks before' }),
  })
  .openapi('Comparison')

const point = { value: z.number().nullable(), n: z.int(), interval: Interval, reason: Reason }
const answer = { ...point, comparison: Comparison.optional() }
const rate = { ...answer, unit: z.literal('ratio'), count: z.int(), signals: z.array(SignalName) }

export const Point = z.object({ ...point, count: z.int().optional(), p90: z.number().nullable().optional() })

const count = z.int()
const Metrics = z.object({
  deployment_frequency: z.object({
    ...answer,
    unit: z.literal('per_week'),
    medianDaysBetween: z.number().nullable(),
    perService: z.number().nullable().optional(),
    excluded: z.partialRecord(
      z.enum([
        'redeploy',
        'config',
        'empty',
        'running',
        'failed_attempt',
        'cancelled',
        'aborted',
        'pending',
        'not_failed',
        'not_rework',
        'carries_nothing',
        'environment_unmapped',
        'witness',
      ]),
      count,
    ),
  }),
  change_lead_time: z.object({
    ...answer,
    unit: z.literal('seconds'),
    clusters: z.int(),
    clusterUnit: z.enum(['deployment', 'release', 'week']),
    quantiles: z.object({ p50: z.number(), p75: z.number(), p90: z.number(), p95: z.number() }).nullable(),
    basis: z.object({ first_commit: count, opened: count, merge: count }),
    stages: z.partialRecord(z.enum(stages), z.object({ value: z.number(), n: z.int() })),
    excluded: z.object({ baseline: count, same_change: count, promotion: count, clock_skew: count }),
    waiting: z.object({ count, oldestSeconds: z.number().nullable() }),
  }),
  failed_deployment_recovery_time: z.object({ ...answer, unit: z.literal('seconds'), open: count }),
  change_fail_rate: z.object({ ...rate, pending: count, provisional: count, failuresPerWeek: z.number().nullable() }),
  deployment_rework_rate: z.object(rate),
  batch_size: z.object({
    ...answer,
    unit: z.literal('changes'),
    p90: z.number().nullable(),
    bands: z.array(z.object({ label: z.enum(['1', '2-10', '11-50', '51-100', 'over 100']), n: z.int() })),
  }),
  incident_time_to_restore: z.object({ ...answer, unit: z.literal('seconds'), open: count }),
})

const Series = z.array(
  z.object({
    start: z.string().openapi({ description: 'First day of the whole bucket.' }),
    end: z.string().openapi({ description: 'The day after its last.' }),
    partial: z.boolean().openapi({ description: 'Cut by the window or by the present.' }),
    provisional: z.boolean().openapi({ description: 'Holds deployments that may still turn out failed.' }),
    holiday: z.literal(true).optional().openapi({ description: 'A week with too few working days to be compared.' }),
    metrics: z.object({
      deployment_frequency: Point,
      change_lead_time: Point,
      failed_deployment_recovery_time: Point,
      change_fail_rate: Point,
      deployment_rework_rate: Point,
      batch_size: Point,
      incident_time_to_restore: Point,
    }),
  }),
)

export const Estimate = z
  .object({ relativeError: z.number() })
  .optional()
  .openapi({ description: 'Times are told within this relative error; absent where all are exact. Counts and ratios always are.' })

export const MetricsBody = z
  .object({
    scope: z.string(),
    from: z.string(),
    to: z.string(),
    timeZone: z.string(),
    bucket: z.enum(buckets),
    environment: z.string(),
    asOf: z
      .string()
      .nullable()
      .openapi({ description: 'Newest successful collection or write; nothing in the answer rests on the clock.' }),
    definition: z.string(),
    coverage: z.object({ days: z.number(), of: z.number() }),
    pooled: z
      .object({ services: z.int(), largestShare: z.number().nullable(), largest: z.string().nullable() })
      .optional()
      .openapi({ description: 'Roll-ups only.' }),
    estimate: Estimate,
    metrics: Metrics,
    series: Series,
  })
  .openapi('MetricsAnswer') satisfies z.ZodType<MetricsAnswer>

export const MetricsQuery = z.strictObject({
  scope: Scope,
  ...windowShape,
  bucket: BucketName,
  ...environmentShape,
  exact: z.stringbool().optional().openapi({
    description: 'Exact times however many changes there are: it may take seconds. Without it times of over 100,000 changes are estimates.',
  }),
})

export const getMetrics = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['Metrics'],
  summary: "DORA's five metrics of a scope and a window",
  description:
    'Each value comes with its number of observations, its 95 % interval, its comparison with the window before and, where it is null, the reason. Durations are seconds, rates are ratios, frequency is per week. ' +
    'The ETag rests on the data and the definition: ask again with If-None-Match and an unchanged answer is a 304.',
  request: { query: MetricsQuery },
  responses: {
    200: json(MetricsBody, 'The metrics, and their series of buckets.'),
    304: { description: 'Unchanged since If-None-Match.' },
    ...failures(404),
  },
})
