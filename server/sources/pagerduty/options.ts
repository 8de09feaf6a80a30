/** What shiplog.yaml may say of a PagerDuty source. */
import { z } from 'zod'
import { ApiSecret, BaseUrl } from '../http-client.ts'
import { ServiceRules } from '../rules.ts'
import { WebhookSecrets } from '../signatures.ts'

const Names = z.array(z.string().min(1).max(300)).min(1, 'must not be empty; take the key out where it does not matter').max(500)

export const PagerdutyOptions = z.strictObject({
  /** Accounts of the EU region are at https://api.eu.pagerduty.com. */
  url: BaseUrl.default('https://api.pagerduty.com'),
  /** A REST API key; one that may only read is enough. */
  token: ApiSecret,
  /** Incidents of these urgencies count. */
  urgencies: z
    .array(z.enum(['high', 'low']))
    .min(1)
    .default(['high']),
  /** Only incidents with one of these priorities count, such as P1; without it those without a priority too. */
  priorities: Names.optional(),
  /** Only incidents of these PagerDuty services count, by name or id. */
  services: Names.optional(),
  /** Over the labels service, serviceId, team, escalationPolicy, priority, urgency and title. */
  service: ServiceRules.prefault('service'),
  /** Of a v3 webhook subscription. */
  webhook: z.strictObject({ secret: WebhookSecrets }).optional(),
  /** How far back the first collection goes. */
  backfillMonths: z.int().min(1).max(240).default(12),
})
export type PagerdutyOptions = z.output<typeof PagerdutyOptions>
