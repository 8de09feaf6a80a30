/** Takes the webhooks of Qovery: each names an environment, whose history is then asked for. */
import { bodyKey, payloadOf } from '../delivery-body.ts'
import { checkSender } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Received, Receiver } from '../source.ts'
import type { QoveryOptions } from './options.ts'
import { WebhookPayload } from './payloads.ts'

export const qoveryReceiver = { accept, read } satisfies Receiver<QoveryOptions>

/** The secret is sent as it is, in a header. */
function accept({ webhook }: QoveryOptions, delivery: Arriving): Accepted {
  checkSender(webhook && { header: 'Qovery-Secret', value: webhook.secret }, delivery)
  const { event_type: type, payload } = payloadOf(WebhookPayload, delivery, 'Qovery')
  const key = bodyKey(delivery)
  if (!type.startsWith('DEPLOYMENT_')) return { key, keep: false, reply: `The event ${type.slice(0, 50)} is not needed.` }
  if (payload.environment.mode === 'PREVIEW') return { key, keep: false, reply: 'Preview environments are not counted.' }
  return { key, keep: true, reply: null }
}

function read(_options: QoveryOptions, delivery: Delivery): Received {
  const { payload } = payloadOf(WebhookPayload, delivery, 'Qovery')
  return { facts: [], changed: [payload.environment.id] }
}
