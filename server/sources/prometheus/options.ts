/** What shiplog.yaml may say of a Prometheus source. */
import { z } from 'zod'
import { AlertRule, LabelPatterns } from '../alert-incident.ts'
import { ApiSecret, BaseUrl } from '../http-client.ts'
import { ServiceRules } from '../rules.ts'
import { Sender } from '../signatures.ts'

export const PrometheusOptions = z
  .strictObject({
    /** Of Prometheus, or of what answers its API (Thanos, Mimir, VictoriaMetrics): past alerts are read there. */
    url: BaseUrl.optional(),
    /** Sent as a bearer token to `url`; or: */
    token: ApiSecret.optional(),
    user: ApiSecret.optional(),
    password: ApiSecret.optional(),
    /** What Alertmanager shows when it sends. */
    webhook: Sender.optional(),
    /** Which alerts are incidents. */
    alerts: AlertRule.prefault({ severity: '(?i)^(?:critical|page)$' }),
    /** Alerts that are none: these always fire, or only mute others. */
    except: LabelPatterns.prefault({ alertname: '^(?:Watchdog|DeadMansSwitch|InfoInhibitor)$' }),
    /** By which label the service of an alert is told. */
    service: ServiceRules.prefault(['service', 'app', 'job']),
    /** The label that says how bad it is. */
    severity: z.string().min(1).max(300).default('severity'),
    /** As `global.external_labels` of Prometheus: it adds them to what it sends, not to what it stores. */
    externalLabels: z.record(z.string().min(1).max(300), z.string().max(1000)).default({}),
    /** How far back the first collection goes. */
    backfillDays: z.int().min(1).max(3650).default(90),
    /** Seconds between the points that are read: no more than the evaluation interval. Without it the rules of Prometheus tell. */
    step: z
      .int()
      .min(1, 'must be a number of seconds, such as 30')
      .max(300, 'must be 300 at most: an alert is forgotten after so long')
      .optional(),
  })
  .superRefine(({ url, webhook, token, user, password }, ctx) => {
    if (url === undefined && webhook === undefined) {
      ctx.addIssue({ code: 'custom', message: 'needs url, to read past alerts, or webhook, to take what Alertmanager sends, or both' })
    }
    if ((user === undefined) !== (password === undefined)) {
      ctx.addIssue({ code: 'custom', path: ['user'], message: 'goes with password: write both, or neither' })
    }
    if (token !== undefined && user !== undefined) {
      ctx.addIssue({ code: 'custom', path: ['token'], message: 'does not go with user and password: keep what Prometheus asks for' })
    }
  })
export type PrometheusOptions = z.output<typeof PrometheusOptions>
