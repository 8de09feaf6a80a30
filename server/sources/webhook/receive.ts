/** Takes deliveries of whatever is sent, as the rules of the configuration read them. */
import { ShiplogError } from '../../errors.ts'
import { bodyKey, jsonOf } from '../delivery-body.ts'
import { joinThings } from '../join-things.ts'
import { checkSender, checkStandardWebhook, isHexHmac } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Filing, Received, Receiver } from '../source.ts'
import type { Signed, WebhookOptions } from './options.ts'
import { rendered, type Scope } from './template.ts'
import { isTaken, madeOf, whyNot } from './to-facts.ts'

export const webhookReceiver = {
  accept,
  read,
  join: (one, other) => joinThings('last', one, other),
} satisfies Receiver<WebhookOptions>

function accept(options: WebhookOptions, delivery: Arriving, now: Date): Accepted {
  check(options, delivery, now)
  const scope = scopeOf(delivery, now.getTime())
  const key = keyOf(options, scope, delivery)
  if (options.setup || isTaken(options, scope)) return { key, keep: true, reply: null }
  return { key, keep: false, reply: `No rule takes it: ${whyNot(options, scope)}.` }
}

function check({ webhook }: WebhookOptions, delivery: Arriving, now: Date): void {
  if (webhook === undefined || !('secret' in webhook)) checkSender(webhook, delivery)
  else if ('standard' in webhook) checkStandardWebhook(webhook.secret, delivery, now)
  else checkSignature(webhook, delivery)
}

function checkSignature(webhook: Signed, delivery: Arriving): void {
  const { secret, header, prefix, algorithm, encoding } = webhook
  const given = delivery.headers[header.toLowerCase()] ?? ''
  const signature = given.startsWith(prefix) ? given.slice(prefix.length) : ''
  const hex = encoding === 'hex' ? signature.toLowerCase() : Buffer.from(signature, 'base64').toString('hex')
  if (hex !== '' && isHexHmac([hex], delivery.body, secret, algorithm)) return
  throw new ShiplogError('unauthorized', 'The signature is missing or is not made with the secret of this source.')
}

function keyOf({ key }: WebhookOptions, scope: Scope, delivery: Delivery): string {
  const found = key === undefined ? { missing: '' } : rendered(key, scope)
  return 'value' in found && typeof found.value !== 'object' ? `key:${String(found.value)}` : bodyKey(delivery)
}

/** What paths lead into; throws ShiplogError `invalid` where the body is neither JSON nor a form. */
export function scopeOf(delivery: Pick<Delivery, 'headers' | 'body'>, receivedAt: number): Scope {
  return { body: bodyOf(delivery), headers: delivery.headers, receivedAt }
}

/** A form is a block of its fields; one field named payload is JSON. */
function bodyOf(delivery: Pick<Delivery, 'headers' | 'body'>): unknown {
  if (!/^application\/x-www-form-urlencoded/i.test(delivery.headers['content-type'] ?? '')) return jsonOf(delivery)
  const form = new URLSearchParams(Buffer.from(delivery.body).toString('utf8'))
  const payload = form.get('payload')
  return payload === null ? Object.fromEntries(form) : jsonOf({ body: Buffer.from(payload) })
}

/** A delivery is read whole or not at all: one that lacks a field is kept, with the field that it lacks. */
function read(options: WebhookOptions, delivery: Delivery, filing: Filing): Received {
  const scope = scopeOf(delivery, filing.receivedAt)
  const made = madeOf(options, scope, filing)
  const failed = made.find(({ fault }) => fault !== null)
  if (failed !== undefined)
    throw new ShiplogError('invalid', `The rule of ${failed.name}s takes it and makes nothing of it: ${failed.fault}.`)
  if (made.length === 0 && options.setup) throw new ShiplogError('invalid', `No rule takes it: ${whyNot(options, scope)}.`)
  return { facts: made.flatMap(({ fact }) => fact ?? []), changed: [] }
}
