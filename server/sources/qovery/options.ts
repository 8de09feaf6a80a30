/** What shiplog.yaml may say of a Qovery source. */
import { z } from 'zod'
import { ApiSecret, BaseUrl } from '../http-client.ts'
import { EnvironmentRules, pattern, ServiceRules } from '../rules.ts'
import { WebhookSecrets } from '../signatures.ts'

/** As Qovery names what it deploys. Databases are left out by default: they run nobody's code; so are jobs. */
const serviceTypes = ['APPLICATION', 'CONTAINER', 'HELM', 'JOB', 'TERRAFORM', 'DATABASE'] as const

export const QoveryOptions = z.strictObject({
  /** Of the API. */
  url: BaseUrl.default('https://api.qovery.com'),
  /** Of the console, for links. */
  console: BaseUrl.default('https://console.qovery.com'),
  /** Of an API token with the right to view. */
  token: ApiSecret,
  /** Id of the organisation. */
  organization: z.string().regex(/^[\w-]{1,100}$/, 'must be the id of the organisation, which stands in the address of the console'),
  /** The secret that is given to the webhook. */
  webhook: z.strictObject({ secret: WebhookSecrets }).optional(),
  /** Found in the names of projects; the others are left out. */
  projects: pattern('^shop').optional(),
  /** Which service a deployment is of. */
  service: ServiceRules.prefault('service'),
  /** Tiers by the names of environments; without it the mode of the environment tells. */
  environments: EnvironmentRules.optional(),
  deployments: z
    .strictObject({
      /** What is deployed. */
      types: z.array(z.literal(serviceTypes)).min(1).default(['APPLICATION', 'CONTAINER', 'HELM']),
    })
    .prefault({}),
  /** How far back the first collection goes. */
  backfillDays: z.int().min(1).max(3650).default(365),
})
export type QoveryOptions = z.output<typeof QoveryOptions>
