/** Takes the events of Flux's notification-controller, signed by a provider of the type generic-hmac. */
import { ShiplogError } from '../../errors.ts'
import { bodyKey, payloadOf } from '../delivery-body.ts'
import { isHexHmac } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Filing, Received, Receiver } from '../source.ts'
import type { FluxOptions } from './options.ts'
import { Event } from './payloads.ts'
import { eventFact, whyNot } from './to-facts.ts'

export const fluxReceiver = { accept, read } satisfies Receiver<FluxOptions>

function accept(options: FluxOptions, delivery: Arriving): Accepted {
  checkSignature(options, delivery)
  const reason = whyNot(payloadOf(Event, delivery, 'an event'), options)
  return { key: bodyKey(delivery), keep: reason === null, reply: reason }
}

/** The header names the algorithm: `sha256=…`. */
function checkSignature({ webhook }: FluxOptions, { headers, body }: Arriving): void {
  const [, algorithm, signature] = /^(sha256|sha512)=([0-9a-f]+)$/i.exec(headers['x-signature'] ?? '') ?? []
  if (signature !== undefined) {
    const name = algorithm?.toLowerCase() === 'sha512' ? 'sha512' : 'sha256'
    if (isHexHmac([signature.toLowerCase()], body, webhook.secret, name)) return
  }
  throw new ShiplogError(
    'unauthorized',
    'The signature is missing or is not made with the secret of this source. Let the provider be of the type generic-hmac.',
  )
}

function read(options: FluxOptions, delivery: Delivery, { sourceId }: Filing): Received {
  const fact = eventFact(payloadOf(Event, delivery, 'an event'), options, sourceId)
  return { facts: fact === null ? [] : [fact], changed: [] }
}
