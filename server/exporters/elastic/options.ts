/** What shiplog.yaml may say of an export to the Elastic Stack. */
import { z } from 'zod'
import { ApiSecret, BaseUrl } from '../../sources/http-client.ts'

const IndexPrefix = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be the beginning of the name of an index, in small letters, such as shiplog')

const Kibana = z.strictObject({
  /** With the path of the space where it is not the default one: https://kibana.example.org/s/shop. */
  url: BaseUrl,
  /** An API key of Kibana; without it that of Elasticsearch. */
  token: ApiSecret.optional(),
})

const fields = z.strictObject({
  /** Of Elasticsearch. */
  url: BaseUrl,
  /** An API key as Kibana shows it encoded. */
  token: ApiSecret.optional(),
  user: z.string().min(1).max(500).optional(),
  password: z.string().min(1).max(20_000).optional(),
  /** The indices are PREFIX-deployments, PREFIX-metrics and PREFIX-annotations. */
  index: IndexPrefix.default('shiplog'),
  /** False: only deployments are written. */
  metrics: z.boolean().default(true),
  /** Where deployments are marked in the charts of APM. */
  kibana: Kibana.optional(),
  /** Deployments that finished longer ago are not marked. */
  annotateDays: z.int().min(1).max(365).default(7),
  /** How far back the first export goes. */
  backfillDays: z.int().min(1).max(3650).default(90),
})

export const ElasticExportOptions = fields.superRefine(({ token, user, password }, ctx) => {
  const refuse = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
  if (token !== undefined && user !== undefined) refuse('user', 'cannot stand beside token: write one of the two')
  if ((user === undefined) !== (password === undefined)) refuse('password', 'and user belong together: write both')
})
export type ElasticExportOptions = z.output<typeof ElasticExportOptions>
