/** Rules of a webhook source, and deliveries for them. */
import { createHmac } from 'node:crypto'
import type { Arriving } from '../../server/sources/source.ts'
import { WebhookOptions } from '../../server/sources/webhook/options.ts'

export const token = 'a-token-of-the-sender'

export const deployRule = {
  when: { event: 'deploy' },
  id: '{run.id}',
  service: '{app}',
  environment: '{env}',
  status: { value: '{result}', map: { ok: 'succeeded', broken: 'failed' } },
  finishedAt: '{run.at}',
}

// biome-ignore lint/suspicious/noExplicitAny: any options
export function optionsOf(more: any = { deployments: deployRule }): WebhookOptions {
  return WebhookOptions.parse({ webhook: { token }, ...more })
}

export function delivery(body: unknown, headers: Record<string, string> = {}): Arriving {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    query: {},
    body: Buffer.from(text),
  }
}

export function hmac(body: Uint8Array, secret: string, algorithm: string, encoding: 'hex' | 'base64'): string {
  return createHmac(algorithm, secret).update(body).digest(encoding)
}
