/** Bodies that Grafana sends, of just the fields that are read. */
import { z } from 'zod'
import { Time } from '../../facts.ts'
import { Alert } from '../alert-incident.ts'

/** Version 1 of the body of a contact point: that of Alertmanager, with addresses of pages. */
export const GrafanaAlerts = z.object({
  alerts: z.array(Alert.extend({ dashboardURL: z.string().nullish(), panelURL: z.string().nullish() })).max(100_000),
})
export type GrafanaAlerts = z.output<typeof GrafanaAlerts>

/** On-call writes some times with six decimals, with an offset or with Z. */
const Moment = Time.refine((at) => at >= 0, 'must not be before 1970')
const Texts = z.record(z.string(), z.unknown())

/** An outgoing webhook of Grafana OnCall or IRM: what happened, and the alert group as it is after it. */
export const OnCallEvent = z.object({
  event: z.object({ type: z.string(), time: Moment.nullish() }),
  alert_group: z.object({
    id: z.string().min(1),
    state: z.string(),
    created_at: Moment,
    acknowledged_at: Moment.nullish(),
    resolved_at: Moment.nullish(),
    title: z.string().nullish(),
    permalinks: z.object({ web: z.string().nullish() }).nullish(),
    labels: Texts.nullish(),
  }),
  integration: z.object({ name: z.string().nullish(), team: z.string().nullish() }).nullish(),
  /** Of the alert that made the group, as its integration took it in. */
  alert_payload: z.unknown().optional(),
})
export type OnCallEvent = z.output<typeof OnCallEvent>

/** Where the alert came from an Alertmanager or from Grafana. */
export const AlertPayload = z.object({ commonLabels: Texts.nullish(), labels: Texts.nullish() })
