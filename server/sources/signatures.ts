/** Tells whether a delivery comes from whom it should: what senders can show, and the comparison that gives no time away. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { ShiplogError } from '../errors.ts'
import type { Arriving } from './source.ts'

/** The secret of a webhook is whatever text both sides agree on. */
export const WebhookSecret = z
  .string()
  .min(1, 'must not be empty')
  .max(20_000)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters')

/** One secret, or two while they are exchanged. */
export const WebhookSecrets = z.union([WebhookSecret, z.array(WebhookSecret).min(1).max(2)])

const Header = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of a header, such as X-Shiplog-Token')

/** What a sender shows that cannot sign. */
export const Sender = z.union(
  [
    /** As `Authorization: Bearer TOKEN`, or, where only an address can be set, as `?token=TOKEN` in it. */
    z.strictObject({ token: WebhookSecrets }),
    z.strictObject({ user: WebhookSecret, password: WebhookSecret }),
    z.strictObject({ header: Header, value: WebhookSecrets }),
  ],
  'must be one of { token: SECRET }, { user: NAME, password: SECRET } or { header: NAME, value: SECRET }',
)
export type Sender = z.output<typeof Sender>

/** Throws ShiplogError `unauthorized` where the sender does not show what was agreed, or nothing was. */
export function checkSender(sender: Sender | undefined, { headers, query }: Pick<Arriving, 'headers' | 'query'>): void {
  if (sender !== undefined && shows(sender, headers, query)) return
  throw new ShiplogError('unauthorized', 'The sender does not show the secret of this source.')
}

function shows(sender: Sender, headers: Arriving['headers'], query: Arriving['query']): boolean {
  const authorization = headers.authorization ?? ''
  if ('token' in sender) {
    const bearer = /^bearer (.+)$/i.exec(authorization)?.[1]
    return isOneOf(bearer ?? query.token, sender.token)
  }
  if ('user' in sender) {
    const given = /^basic (.+)$/i.exec(authorization)?.[1]
    return given !== undefined && equal(Buffer.from(given, 'base64').toString(), `${sender.user}:${sender.password}`)
  }
  return isOneOf(headers[sender.header.toLowerCase()], sender.value)
}

function isOneOf(given: string | undefined, secrets: string | string[]): boolean {
  return given !== undefined && [secrets].flat().some((secret) => equal(given, secret))
}

/** Whether two texts are equal, in a time that says nothing of where they differ. */
export function equal(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

/** Whether one of the given signatures is the hexadecimal HMAC of the text with one of the secrets. */
export function isHexHmac(
  given: readonly string[],
  text: Uint8Array | string,
  secrets: string | string[] | undefined,
  algorithm: 'sha256' | 'sha512' | 'sha1' = 'sha256',
): boolean {
  const expected = (secrets === undefined ? [] : [secrets].flat()).map((secret) => createHmac(algorithm, secret).update(text).digest('hex'))
  return given.some((signature) => expected.some((one) => equal(signature, one)))
}

/** Clocks may differ by so much, in seconds: what is older was recorded and is sent again. */
const replaySeconds = 300

/** Throws ShiplogError `unauthorized` for a time, in seconds since 1970, too far from now. */
export function checkFresh(seconds: number, now: Date): void {
  if (Math.abs(now.getTime() / 1000 - seconds) <= replaySeconds) return
  throw new ShiplogError('unauthorized', 'The time that is signed is more than five minutes away from the clock of this server.')
}

/**
 * Standard Webhooks (specification 1.0): base64 HMAC-SHA256 over `id.timestamp.body`; secrets are base64 behind `whsec_`. Throws ShiplogError
 * `unauthorized`; answers the id of the message, which is the same when it is sent again.
 */
export function checkStandardWebhook(
  secrets: string | string[] | undefined,
  { headers, body }: Pick<Arriving, 'headers' | 'body'>,
  now: Date,
): string {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures = '' } = headers
  const text = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body])
  const given = signatures.split(' ').flatMap((one) => (one.startsWith('v1,') ? [one.slice(3)] : []))
  const keys = (secrets === undefined ? [] : [secrets].flat()).map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
  // Anybody can sign with a key of nothing, which is what a secret that is no base64 may come to.
  const expected = keys.filter((key) => key.length > 0).map((key) => createHmac('sha256', key).update(text).digest('base64'))
  const matches = given.some((signature) => expected.some((one) => equal(signature, one)))
  if (id === '' || !/^\d{1,12}$/.test(timestamp) || !matches) {
    throw new ShiplogError('unauthorized', 'The signature is missing or is not made with the secret of this source.')
  }
  checkFresh(Number(timestamp), now)
  return id
}
