/** Takes the deliveries of PagerDuty's v3 webhooks: checks who sends, and reads which incident has changed. */
import { z } from 'zod'
import { ShiplogError } from '../../errors.ts'
import { payloadOf } from '../delivery-body.ts'
import { isHexHmac } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Received, Receiver } from '../source.ts'
import type { PagerdutyOptions } from './options.ts'

const Envelope = z.object({ event: z.object({ id: z.string().min(1).max(200), event_type: z.string().max(200) }) })
const OfIncident = z.object({
  event: z.object({ data: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be the id of an incident') }) }),
})

/** What moves the state, the times, the severity or the service of an incident. */
const needed = new Set([
  'incident.triggered',
  'incident.acknowledged',
  'incident.unacknowledged',
  'incident.resolved',
  'incident.reopened',
  'incident.priority_updated',
  'incident.service_updated',
  'incident.delegated',
  'incident.escalated',
  'incident.reassigned',
])

export const pagerdutyReceiver = { accept, read } satisfies Receiver<PagerdutyOptions>

function accept({ webhook }: PagerdutyOptions, delivery: Arriving): Accepted {
  checkSignature(webhook?.secret, delivery)
  const { id, event_type: type } = payloadOf(Envelope, delivery, 'PagerDuty').event
  if (type === 'pagey.ping') return { key: id, keep: false, reply: 'Connected.' }
  if (!needed.has(type)) return { key: id, keep: false, reply: `The event ${type.slice(0, 50)} is not needed.` }
  return { key: id, keep: true, reply: null }
}

/** While secrets are exchanged the header holds a signature by each of them. */
function checkSignature(secrets: string | string[] | undefined, { headers, body }: Arriving): void {
  const given = (headers['x-pagerduty-signature'] ?? '').split(',').flatMap((one) => /^v1=(.+)$/.exec(one.trim())?.[1] ?? [])
  if (isHexHmac(given.slice(0, 10), body, secrets)) return
  throw new ShiplogError('unauthorized', 'The signature is missing or is not made with the secret of this source.')
}

/** The incident is asked for, so that it is the same as when it is polled. */
function read(_options: PagerdutyOptions, delivery: Delivery): Received {
  const { event_type: type } = payloadOf(Envelope, delivery, 'PagerDuty').event
  if (!needed.has(type)) return { facts: [], changed: [] }
  return { facts: [], changed: [payloadOf(OfIncident, delivery, type).event.data.id] }
}

/** The id of the incident that changed. */
export function parseChanged(text: string): string | null {
  return /^[A-Za-z0-9_-]{1,100}$/.test(text) ? text : null
}
