/** What Grafana sends, as facts. */

import type { Fact } from '../../facts.ts'
import { aboutAlert, alertFact, type Labels, urlField, whyNoIncident } from '../alert-incident.ts'
import { told } from '../fact-text.ts'
import type { Filing } from '../source.ts'
import type { GrafanaOptions } from './options.ts'
import { AlertPayload, type GrafanaAlerts, type OnCallEvent } from './payloads.ts'

export function alertFacts({ alerts }: GrafanaAlerts, options: GrafanaOptions, filing: Filing): Fact[] {
  return alerts
    .filter(({ labels }) => whyNoIncident(options, labels) === null)
    .map(({ panelURL, dashboardURL, ...alert }) =>
      alertFact({ ...alert, generatorURL: alert.generatorURL || panelURL || dashboardURL }, options, filing),
    )
}

/** The labels by which rules know an alert group: its own, those of its first alert, and `integration` and `team`. */
export function labelsOf({ alert_group, alert_payload, integration }: OnCallEvent): Labels {
  const { commonLabels, labels } = AlertPayload.safeParse(alert_payload).data ?? {}
  const about = { integration: integration?.name, team: integration?.team }
  const all = Object.entries({ ...about, ...labels, ...commonLabels, ...alert_group.labels })
  return Object.fromEntries(all.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** Each event has the whole group as it is then; the newest event stands. */
export function groupFacts(said: OnCallEvent, options: GrafanaOptions, filing: Filing): Fact[] {
  const labels = labelsOf(said)
  if (whyNoIncident(options, labels) !== null) return []
  const { event, alert_group: group } = said
  const openedAt = group.created_at
  const acknowledgedAt = group.acknowledged_at ?? undefined
  const resolvedAt = group.state === 'resolved' ? (group.resolved_at ?? event.time ?? filing.receivedAt) : undefined
  return [
    {
      kind: 'incident',
      source: filing.sourceId,
      id: told(`group:${group.id}`, 500),
      ...aboutAlert(labels, options),
      title: told(group.title ?? '', 1000) || told(labels.alertname ?? '', 1000) || 'An alert group without a title',
      ...urlField(group.permalinks?.web),
      openedAt,
      ...(acknowledgedAt === undefined ? {} : { acknowledgedAt: Math.max(acknowledgedAt, openedAt) }),
      ...(resolvedAt === undefined ? {} : { resolvedAt: Math.max(resolvedAt, openedAt) }),
      updatedAt: event.time ?? Math.max(openedAt, acknowledgedAt ?? 0, resolvedAt ?? 0),
    },
  ]
}
