/** What shiplog.yaml may say of a Grafana source. */
import { z } from 'zod'
import { AlertRule, LabelPatterns } from '../alert-incident.ts'
import { ServiceRules } from '../rules.ts'
import { Sender, WebhookSecrets } from '../signatures.ts'

const Header = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of a header, such as X-Grafana-Alerting-Signature')

/** Of a contact point with "HMAC Signature" (Grafana 12 and later). */
const Signed = z.strictObject({
  secret: WebhookSecrets,
  /** As the contact point names it. */
  header: Header.default('X-Grafana-Alerting-Signature'),
  /** As the contact point names it; without it the time is not signed. */
  timestampHeader: Header.optional(),
})

export const GrafanaOptions = z.strictObject({
  /** What Grafana shows when it sends: a signature, or what was agreed. On-call notifications cannot sign. */
  webhook: z.union(
    [Signed, Sender],
    'must be one of { secret: SECRET }, { token: SECRET }, { user: NAME, password: SECRET } or { header: NAME, value: SECRET }',
  ),
  /** Which alerts and alert groups are incidents: what a notification policy sends here, unless this says less. */
  alerts: AlertRule.default(true),
  /** Alerts that are none: a data source that does not answer, and the button "Test". */
  except: LabelPatterns.prefault({ alertname: '^(?:DatasourceError|DatasourceNoData|TestAlert)$' }),
  /** By which label the service is told. */
  service: ServiceRules.prefault(['service', 'service_name', 'app', 'job']),
  /** The label that says how bad it is. */
  severity: z.string().min(1).max(300).default('severity'),
})
export type GrafanaOptions = z.output<typeof GrafanaOptions>
