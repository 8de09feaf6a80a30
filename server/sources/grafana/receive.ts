/** Takes what a contact point of Grafana Alerting and an outgoing webhook of Grafana OnCall or IRM send. */
import { ShiplogError } from '../../errors.ts'
import { whyNoIncident } from '../alert-incident.ts'
import { bodyKey, checked, jsonOf } from '../delivery-body.ts'
import { checkFresh, checkSender, isHexHmac } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Filing, Received, Receiver } from '../source.ts'
import type { GrafanaOptions } from './options.ts'
import { GrafanaAlerts, OnCallEvent } from './payloads.ts'
import { alertFacts, groupFacts, labelsOf } from './to-facts.ts'

export const grafanaReceiver = { accept, read } satisfies Receiver<GrafanaOptions>

function accept(options: GrafanaOptions, delivery: Arriving, now: Date): Accepted {
  checkWhoSends(options, delivery, now)
  const body = jsonOf(delivery)
  const key = bodyKey(delivery)
  const labels = labelsIn(body)
  if (labels?.every((each) => whyNoIncident(options, each) !== null)) {
    return { key, keep: false, reply: 'None of this is an incident by the rule of this source.' }
  }
  return { key, keep: true, reply: null }
}

/** Of each alert, or of the alert group; null where that is for `read` to say. Throws ShiplogError `invalid` for what is neither. */
function labelsIn(body: unknown) {
  if (isOnCall(body)) {
    const said = OnCallEvent.safeParse(body)
    return said.success ? [labelsOf(said.data)] : null
  }
  if (typeof body === 'object' && body !== null && 'alerts' in body) {
    const sent = GrafanaAlerts.safeParse(body)
    return sent.success ? sent.data.alerts.map(({ labels }) => labels) : null
  }
  throw new ShiplogError(
    'invalid',
    'This is neither an alert nor an alert group: it has no alerts and no alert_group. Leave the payload of the contact point as it is, and tick "Forward whole payload" in an outgoing webhook.',
  )
}

function isOnCall(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'alert_group' in body
}

function checkWhoSends({ webhook }: GrafanaOptions, delivery: Arriving, now: Date): void {
  if ('secret' in webhook) checkSignature(webhook, delivery, now)
  else checkSender(webhook, delivery)
}

/** Over the body, or over `TIME:BODY` where the contact point names a header for the time. */
function checkSignature(webhook: Extract<GrafanaOptions['webhook'], { secret: unknown }>, { headers, body }: Arriving, now: Date): void {
  const time = webhook.timestampHeader === undefined ? null : (headers[webhook.timestampHeader.toLowerCase()] ?? '')
  const text = time === null ? body : Buffer.concat([Buffer.from(`${time}:`), body])
  const given = headers[webhook.header.toLowerCase()]
  if (given === undefined || (time !== null && !/^\d{1,12}$/.test(time)) || !isHexHmac([given], text, webhook.secret)) {
    throw new ShiplogError('unauthorized', 'The signature is missing or is not made with the secret of this source.')
  }
  if (time !== null) checkFresh(Number(time), now)
}

function read(options: GrafanaOptions, delivery: Delivery, filing: Filing): Received {
  const body = jsonOf(delivery)
  const facts = isOnCall(body)
    ? groupFacts(checked(OnCallEvent, body, 'Grafana OnCall'), options, filing)
    : alertFacts(checked(GrafanaAlerts, body, 'Grafana Alerting'), options, filing)
  return { facts, changed: [] }
}
