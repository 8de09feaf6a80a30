/** Takes what Alertmanager sends to a webhook receiver (version 4). */
import { ShiplogError } from '../../errors.ts'
import { AlertGroup, alertFact, whyNoIncident } from '../alert-incident.ts'
import { bodyKey, jsonOf, payloadOf } from '../delivery-body.ts'
import { checkSender } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Filing, Received, Receiver } from '../source.ts'
import type { PrometheusOptions } from './options.ts'

export const prometheusReceiver = { accept, read } satisfies Receiver<PrometheusOptions>

function accept(options: PrometheusOptions, delivery: Arriving): Accepted {
  checkSender(options.webhook, delivery)
  const body = jsonOf(delivery)
  if (typeof body !== 'object' || body === null || !('alerts' in body)) {
    throw new ShiplogError('invalid', 'This is no delivery of Alertmanager: it has no alerts. Send it as `webhook_configs` of a receiver.')
  }
  // An equal body is sent again and again while nothing changes.
  const key = bodyKey(delivery)
  const group = AlertGroup.safeParse(body)
  if (group.success && !isTruncated(group.data) && group.data.alerts.every(({ labels }) => whyNoIncident(options, labels) !== null)) {
    return { key, keep: false, reply: 'None of these alerts is an incident by the rule of this source.' }
  }
  return { key, keep: true, reply: null }
}

function read(options: PrometheusOptions, delivery: Delivery, filing: Filing): Received {
  const group = payloadOf(AlertGroup, delivery, 'Alertmanager')
  const counted = group.alerts.filter(({ labels }) => whyNoIncident(options, labels) === null)
  return { facts: counted.map((alert) => alertFact(alert, options, filing)), changed: isTruncated(group) ? ['truncated'] : [] }
}

/** Alerts were left out that only Prometheus can tell now. */
function isTruncated({ truncatedAlerts }: AlertGroup): boolean {
  return (truncatedAlerts ?? 0) > 0
}
