/** What shiplog.yaml may say of an Elastic source. */
import { z } from 'zod'
import { ApiSecret, BaseUrl } from '../http-client.ts'
import { EnvironmentRules, pattern, ServiceRules } from '../rules.ts'
import { Sender } from '../signatures.ts'

/** Names and patterns of indices, as Elasticsearch takes them in an address. */
const Index = z
  .string()
  .regex(/^[a-z0-9.*_,:+-]{1,500}$/, 'must be the name of an index, in which * stands for any text, such as .alerts-*')
  .default('.alerts-*')

const fields = z.strictObject({
  /** Of Elasticsearch; without it nothing is collected. */
  url: BaseUrl.optional(),
  /** An API key as Kibana shows it encoded. */
  token: ApiSecret.optional(),
  user: z.string().min(1).max(500).optional(),
  password: z.string().min(1).max(20_000).optional(),
  /** Where Kibana writes the alerts of its rules. */
  index: Index,
  /** Which alerts are collected, in the query string syntax of Lucene, such as `kibana.alert.rule.tags: page`. */
  query: z.string().min(1).max(5000).optional(),
  /** The rules, by name, whose alerts are incidents; of what is sent, too. */
  rules: pattern('^prod-').optional(),
  /** Alerts of detection rules say that something was noticed, not that a service is down. */
  securityAlerts: z.boolean().default(false),
  /** What Kibana and Watcher show when they send; without it nothing is taken. */
  webhook: Sender.optional(),
  /** Which service an alert belongs to, by the fields of its document. */
  service: ServiceRules.default(['service.name', 'labels.service', 'metadata.service']),
  /** What an alert's severity is, by the fields of its document. */
  severity: ServiceRules.default(['kibana.alert.severity', 'metadata.severity']),
  /** Alerts whose service.environment is not of the tier production are no incidents. */
  environments: EnvironmentRules.default(true),
  /** How far back the first collection goes. */
  backfillDays: z.int().min(1).max(3650).default(90),
})

export const ElasticOptions = fields.superRefine((options, ctx) => {
  const refuse = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
  const { url, token, user, password, webhook } = options
  if (url === undefined && webhook === undefined) refuse('url', 'is missing: write url to collect alerts, webhook to be sent them, or both')
  if (url === undefined && (token !== undefined || user !== undefined)) refuse('url', 'is missing: the credentials are for it')
  if (token !== undefined && user !== undefined) refuse('user', 'cannot stand beside token: write one of the two')
  if (user !== undefined && password === undefined) refuse('password', 'is missing: write it beside user')
  if (user === undefined && password !== undefined) refuse('user', 'is missing: write it beside password')
})
export type ElasticOptions = z.output<typeof ElasticOptions>
