/** Takes a delivery in: the source says whether it is one of its own, then it is kept; nothing is read before the sender is answered. */
import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import { sources } from '../sources/index.ts'
import type { Arriving } from '../sources/source.ts'
import { type InboxLimits, saveDelivery } from '../store/inbox.ts'
import type { Store } from '../store/store.ts'

export interface Receipt {
  /** `known`: it was sent before; `ignored`: nothing to keep; `full`: too much waits, to be sent again later. */
  outcome: 'kept' | 'known' | 'ignored' | 'full'
  /** What to tell the sender. */
  reply: string | null
}

/** What may wait of one source. */
const waitingLimits: InboxLimits = { deliveries: 20_000, bytes: 512 * 1024 * 1024 }

const maxKeyLength = 200
const maxHeaderLength = 1000

const transportHeaders =
  /^(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|date|content-length|accept(?:-.*)?|forwarded|via|x-forwarded-.*|x-real-ip|cf-.*|sec-.*|origin|referer)$/
const secretHeaders = /auth|cookie|token|secret|signature|password|credential|api-?key|hmac/

/** Whether sources of this type take what their system sends. */
export function canReceive(type: string): boolean {
  return sources[type]?.receive !== undefined
}

/** Throws ShiplogError `not_found` where there is no such source or it takes nothing. */
export function requireReceiver(config: Config, sourceId: string): void {
  receiverOf(config, sourceId)
}

/** Whether the source takes part in the handshake of CloudEvents' web hooks and lets this host send. Throws as `requireReceiver` does. */
export function allowsOrigin(config: Config, sourceId: string, origin: string): boolean {
  const { receiver, options } = receiverOf(config, sourceId)
  return receiver.allowsOrigin?.(options, origin) ?? false
}

/** Throws as `requireReceiver` does, and what the source's own `accept` does. */
export async function receiveDelivery(
  { store, config, now }: { store: Store; config: Config; now: () => Date },
  sourceId: string,
  delivery: Arriving,
): Promise<Receipt> {
  const { receiver, options } = receiverOf(config, sourceId)
  const { key, reply, keep } = receiver.accept(options, delivery, now())
  if (!keep) return { outcome: 'ignored', reply }
  const arriving = {
    source: sourceId,
    key: storedKey(key),
    receivedAt: now().getTime(),
    headers: keptHeaders(delivery.headers),
    body: delivery.body,
  }
  const outcome = await store.transaction((tx) => saveDelivery(tx, arriving, waitingLimits))
  return { outcome, reply }
}

function receiverOf(config: Config, sourceId: string) {
  const source = config.sources.find(({ id }) => id === sourceId)
  const receiver = source && sources[source.type]?.receive
  if (receiver) return { receiver, options: source.options }
  throw new ShiplogError('not_found', 'There is no source here that takes deliveries. Check the id of the source in the address.')
}

/** What senders choose may be too long for an index, or no text for PostgreSQL. */
function storedKey(key: string): string {
  if (key.length <= maxKeyLength && !/[\0\p{Cs}]/u.test(key)) return key
  return `sha256:${createHash('sha256').update(key).digest('hex')}`
}

/** Which header says what happened differs by system; those of the transport say nothing, and secrets are not kept. */
function keptHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => value.length <= maxHeaderLength && !transportHeaders.test(name) && !secretHeaders.test(name),
    ),
  )
}
