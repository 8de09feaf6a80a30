/** CDEvents, and the requests that carry them. */
import { CdeventsOptions } from '../../server/sources/cdevents/options.ts'
import type { Arriving } from '../../server/sources/source.ts'

export const token = 'a-token-of-the-sender'

// biome-ignore lint/suspicious/noExplicitAny: any options
export function optionsOf(more: any = {}): CdeventsOptions {
  return CdeventsOptions.parse({ webhook: { token }, ...more })
}

// biome-ignore lint/suspicious/noExplicitAny: any JSON
export type AnyEvent = any

export function event(
  kind: string,
  content: object,
  more: { at?: string; id?: string; subject?: string; customData?: unknown } = {},
): AnyEvent {
  const { at = '2026-01-05T09:00:00Z', id = 'e1', subject = 'shop', customData } = more
  return {
    context: { specversion: '0.5.1', id, source: '/ci', type: `dev.cdevents.${kind}.0.3.0`, timestamp: at },
    subject: { id: subject, content },
    ...(customData === undefined ? {} : { customData }),
  }
}

const shown = { authorization: `Bearer ${token}` }

export function plain(one: AnyEvent): Arriving {
  return { headers: { ...shown, 'content-type': 'application/json' }, query: {}, body: Buffer.from(JSON.stringify(one)) }
}

export function binary(one: AnyEvent, more: Record<string, string> = {}): Arriving {
  const { id, source, type, timestamp } = one.context
  const attributes = {
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-source': source,
    'ce-type': type,
    'ce-subject': one.subject.id,
    'ce-time': timestamp,
  }
  return { ...plain(one), headers: { ...shown, 'content-type': 'application/json; charset=utf-8', ...attributes, ...more } }
}

export function cloudEvent(one: AnyEvent): AnyEvent {
  const { id, source, type, timestamp } = one.context
  return { specversion: '1.0', id, source, type, subject: one.subject.id, time: timestamp, datacontenttype: 'application/json', data: one }
}

export function structured(one: AnyEvent, more: object = {}): Arriving {
  return { ...plain({ ...cloudEvent(one), ...more }), headers: { ...shown, 'content-type': 'application/cloudevents+json' } }
}

export function batched(...events: AnyEvent[]): Arriving {
  return { ...plain(events.map(cloudEvent)), headers: { ...shown, 'content-type': 'application/cloudevents-batch+json; charset=utf-8' } }
}
