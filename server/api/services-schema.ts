/** Services and teams on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { Instant, Reference } from './evidence-schema.ts'
import { Comparison, Estimate, Point } from './metrics-schema.ts'
import { environmentShape, windowShape, word } from './query.ts'
import { failures, json } from './router.ts'

const five = <S extends z.ZodType>(each: S) =>
  z.object({
    deployment_frequency: each,
    change_lead_time: each,
    failed_deployment_recovery_time: each,
    change_fail_rate: each,
    deployment_rework_rate: each,
  })

const ComparedPoint = Point.extend({
  comparison: Comparison.extend({
    standsOut: z.boolean().openapi({ description: 'Among all comparisons of the list, at a false discovery rate of 10 %.' }),
  }).optional(),
})

const listedMetrics = {
  metrics: five(ComparedPoint).optional().openapi({ description: 'Of the asked window; only with from or to.' }),
  series: five(z.array(z.number().nullable()))
    .optional()
    .openapi({ description: "A value for each of the answer's `buckets`; null where there is none." }),
}
const ListedMetrics = z.object(listedMetrics)
export type ListedMetrics = z.infer<typeof ListedMetrics>

/** What a list says of the metrics of all of its items together. */
const metricsOfList = {
  from: z.string(),
  to: z.string(),
  buckets: z
    .array(z.object({ start: z.string(), end: z.string(), partial: z.boolean(), provisional: z.boolean() }))
    .openapi({ description: 'ISO weeks of the window.' }),
  estimate: Estimate,
  comparison: z.object({ compared: z.int(), standOut: z.int(), text: z.string() }).openapi({
    description: 'How many of the list could be compared with the window before, and how many stand out.',
  }),
}
const MetricsOfList = z.object(metricsOfList)
export type MetricsOfList = z.infer<typeof MetricsOfList>

export const ServiceSummary = z
  .object({
    id: z.string(),
    team: z.string().nullable().openapi({ description: 'Who owns it today.' }),
    teams: z
      .array(z.object({ team: z.string(), from: z.string().nullable() }))
      .openapi({ description: 'Owners since their days, oldest first.' }),
    sources: z.array(z.string()),
    repositories: z.array(z.string()),
    coveredFrom: Instant.nullable(),
    coveredTo: Instant.nullable(),
    signals: z
      .array(z.enum(['explicit', 'rollback', 'revert', 'hotfix', 'incident']))
      .openapi({ description: 'Signals of failure that its data could show.' }),
    lastDeployment: z
      .object({ ...Reference.shape, finishedAt: Instant, version: z.string().nullable(), commit: z.string().nullable() })
      .nullable(),
    ...listedMetrics,
  })
  .openapi('Service')
export type ServiceSummary = z.infer<typeof ServiceSummary>

const ServiceList = z
  .object({
    asOf: z.string().nullable(),
    ...MetricsOfList.partial().shape,
    services: z.array(ServiceSummary).openapi({ description: 'Those that stand out first, the rest by name.' }),
  })
  .openapi('ServiceList')
export type ServiceList = z.infer<typeof ServiceList>

export const getServices = createRoute({
  method: 'get',
  path: '/services',
  tags: ['Services'],
  summary: 'All services',
  description:
    'With from or to, each also has its five metrics over that window, their comparison with the window before and their weekly values. Those that stand out come first, the rest by name: never a league table.',
  request: { query: z.strictObject({ ...windowShape, ...environmentShape }) },
  responses: { 200: json(ServiceList, 'The services.'), ...failures() },
})

export const getService = createRoute({
  method: 'get',
  path: '/services/{id}',
  tags: ['Services'],
  summary: 'One service',
  description: 'Its owners, sources, coverage and last deployment.',
  request: { params: z.object({ id: word(200).openapi({ param: { name: 'id', in: 'path' }, example: 'checkout' }) }) },
  responses: { 200: json(ServiceSummary, 'The service.'), ...failures(404) },
})

const TeamSummary = z.object({
  id: z.string(),
  title: z.string(),
  parent: z.string().nullable().openapi({ description: 'Id of the team that it is part of.' }),
  services: z.array(z.string()).openapi({ description: 'Owned today by the team itself.' }),
  allServices: z.array(z.string()).openapi({ description: 'Owned today by the team or by a team within it.' }),
  ...listedMetrics,
})
export type TeamSummary = z.infer<typeof TeamSummary>

const TeamList = z
  .object({
    asOf: z.string().nullable(),
    ...MetricsOfList.partial().shape,
    teams: z.array(TeamSummary).openapi({ description: 'Those that stand out first, the rest by title.' }),
  })
  .openapi('TeamList')
export type TeamList = z.infer<typeof TeamList>

export const getTeams = createRoute({
  method: 'get',
  path: '/teams',
  tags: ['Services'],
  summary: 'All teams',
  description:
    'Each with its parent, and with the services that it, and the teams within it, own today. With from or to, each also has its five metrics over that window, their comparison with the window before and their weekly values; in a large organisation times are estimates, as `estimate` says.',
  request: { query: z.strictObject({ ...windowShape, ...environmentShape }) },
  responses: { 200: json(TeamList, 'The teams, by title.'), ...failures() },
})
