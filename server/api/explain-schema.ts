/** Why a metric moved, on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { stages } from '../linked.ts'
import { buckets } from '../metrics/answer.ts'
import { explainedMetrics } from '../metrics/explain/explanation.ts'
import type { Why } from '../report/why.ts'
import { Instant } from './evidence-schema.ts'
import { Comparison, MetricsQuery } from './metrics-schema.ts'
import { failures, json } from './router.ts'

const Part = z
  .object({
    kind: z.enum(['mix', 'within', 'stage', 'unobserved']).openapi({
      description:
        '`mix`: the service weighs more or less than before; `within`: the service itself changed; `stage`: a stage of lead time; `unobserved`: what no observed stage covers.',
    }),
    service: z.string().nullable().openapi({ description: 'Null for services that are not named, and for stages.' }),
    services: z.int().openapi({ description: 'How many services it stands for.' }),
    stage: z.enum(stages).nullable(),
    size: z.number(),
    name: z.string().openapi({ example: 'checkout' }),
    detail: z.string().openapi({ description: 'What it rests on.', example: '1.9 days, before 1.2 days' }),
  })
  .openapi('WhyPart')

const Split = z
  .object({
    unit: z.enum(['log_seconds', 'seconds', 'ratio']).openapi({
      description:
        '`log_seconds`: logarithms of 1 + seconds, so that the exponentials of the parts multiply to the factor of a typical change.',
    }),
    before: z.number(),
    after: z.number(),
    parts: z.array(Part).openapi({ description: 'They add up to `after` less `before`.' }),
  })
  .openapi('WhySplit')

const side = z.enum(['before', 'after'])
const deployment = { service: z.string(), source: z.string(), id: z.string(), name: z.string(), url: z.string().nullable(), at: Instant }

const whyShape = {
  clear: z.boolean().openapi({ description: 'Only a clear change is explained: what moved by chance could be split as exactly.' }),
  text: z.string().openapi({ description: 'What moved, or why there is nothing to explain.' }),
  sentences: z.array(z.string()).openapi({ description: 'The explanation in plain words, the weightiest first.' }),
  n: z
    .object({ before: z.int(), after: z.int() })
    .nullable()
    .openapi({ description: 'Changes, or judged deployments, that were compared; those of holiday weeks are not.' }),
  services: Split.nullable().openapi({ description: 'By mix and within services; null where there is one service.' }),
  stages: Split.nullable().openapi({ description: 'Of the mean lead time; null where no stage was observed, and of the fail rate.' }),
  changes: z
    .object({
      window: side.openapi({ description: 'The window that they are of: the one with the longer mean.' }),
      of: z.int(),
      share: z.number().openapi({ description: 'Of the difference of the means; over 1 where the others moved the other way.' }),
      most: z.boolean().openapi({ description: 'Whether these few carry at least half of it.' }),
      meanWithoutSeconds: z.number(),
      items: z.array(
        z.object({
          service: z.string(),
          key: z.string(),
          title: z.string(),
          url: z.string().nullable(),
          deployedAt: Instant,
          seconds: z.number(),
          size: z.number().openapi({ description: 'Seconds that it adds to the difference of the means.' }),
        }),
      ),
    })
    .nullable(),
  backlog: z
    .object({
      window: side,
      typicalWithoutSeconds: z.number().openapi({ description: 'Lead time of a typical change without theirs, geometric mean.' }),
      items: z.array(
        z.object({
          ...deployment,
          changes: z.int(),
          usualChanges: z.number(),
          waitSeconds: z.number().openapi({ description: 'From merge to live, geometric mean of its changes.' }),
          usualWaitSeconds: z.number(),
        }),
      ),
    })
    .nullable()
    .openapi({ description: 'Deployments that brought many changes live that had waited much longer than usual.' }),
  failures: z
    .array(z.object({ ...deployment, window: side, evidence: z.string().nullable() }))
    .openapi({ description: 'Of the fail rate: failures of the services that add most to the higher rate.' }),
}
z.object(whyShape) satisfies z.ZodType<Why>

export const ExplainBody = z
  .object({
    metric: z.enum(explainedMetrics),
    scope: z.string(),
    from: z.string(),
    to: z.string(),
    timeZone: z.string(),
    bucket: z.enum(buckets),
    environment: z.string(),
    asOf: z.string().nullable(),
    definition: z.string(),
    comparison: Comparison.nullable().openapi({ description: 'As in `/metrics`: it names both windows.' }),
    ...whyShape,
  })
  .openapi('Explanation')
export type ExplainBody = z.infer<typeof ExplainBody>

const Metric = z.enum(explainedMetrics, `must be ${explainedMetrics.join(' or ')}: only these are explained`)

export const getExplanation = createRoute({
  method: 'get',
  path: '/metrics/explain',
  tags: ['Metrics'],
  summary: 'Why a metric moved',
  description:
    'Where the metric differs clearly from the window before: an exact split of mean ln(1 + seconds), or of the fail rate, into which services shipped more and how each changed; of the mean lead time into ' +
    'stages; the few changes that carry most of it; and releases of a backlog. Ask as you ask `/metrics`, so that the windows are the same.',
  request: { query: MetricsQuery.extend({ metric: Metric.openapi({ description: 'Which metric.' }) }) },
  responses: {
    200: json(ExplainBody, 'The explanation, or why there is none.'),
    304: { description: 'Unchanged since If-None-Match.' },
    ...failures(404),
  },
})
