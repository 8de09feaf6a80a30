/** The lead times of a window on the wire, and the window in one sentence. */
import { createRoute, z } from '@hono/zod-openapi'
import { Instant } from './evidence-schema.ts'
import { environmentShape, Scope, windowShape } from './query.ts'
import { failures, json } from './router.ts'

/** More changes than this are answered as bins only. */
export const maxPoints = 5000

export const DistributionBody = z
  .object({
    scope: z.string(),
    from: z.string(),
    to: z.string(),
    environment: z.string(),
    asOf: z.string().nullable(),
    n: z.int(),
    zero: z.int().openapi({ description: 'Lead times of zero seconds, which a log scale cannot show.' }),
    median: z.number().nullable(),
    p90: z.number().nullable(),
    estimate: z
      .object({ relativeError: z.number() })
      .optional()
      .openapi({ description: 'Of more than 100,000 changes of a team or the organisation, times are told within this relative error.' }),
    bins: z
      .array(z.object({ from: z.number(), to: z.number(), n: z.int() }))
      .openapi({ description: 'Seconds, [from, to), ten to a decade; zeros are apart.' }),
    points: z
      .array(z.object({ seconds: z.number(), deployedAt: Instant, service: z.string(), key: z.string(), title: z.string() }))
      .nullable()
      .openapi({ description: 'Every change, by deployment time; null where there are more than 5,000.' }),
  })
  .openapi('Distribution')
export type DistributionBody = z.infer<typeof DistributionBody>

const asked = z.strictObject({ scope: Scope, ...windowShape, ...environmentShape })

export const getDistribution = createRoute({
  method: 'get',
  path: '/distribution',
  tags: ['Metrics'],
  summary: 'The distribution of lead time',
  description: 'The changes that lead time rests on: each as a point up to 5,000, and in logarithmic bins.',
  request: { query: asked },
  responses: { 200: json(DistributionBody, 'The distribution.'), ...failures(404) },
})

export const getHeadline = createRoute({
  method: 'get',
  path: '/headline',
  tags: ['Metrics'],
  summary: 'The window in one true sentence',
  description: 'The same sentence heads the overview and the weekly report.',
  request: { query: asked },
  responses: {
    200: json(z.object({ headline: z.string(), asOf: z.string().nullable() }).openapi('Headline'), 'The sentence.'),
    ...failures(404),
  },
})
