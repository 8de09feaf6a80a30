/** Takes events out of HTTP requests: CloudEvents 1.0, HTTP protocol binding 1.0.2, in its binary, structured and batched modes. */
import { z } from 'zod'
import { ShiplogError } from '../../errors.ts'
import { checked, jsonOf } from '../delivery-body.ts'
import type { Delivery } from '../source.ts'

/** What CloudEvents says of an event, beside its data; absent where the event was sent without it. */
export type Attributes = Partial<Record<'id' | 'source' | 'type' | 'subject', string>>

export interface Enclosed {
  attributes: Attributes
  data: unknown
}

const text = z.string().min(1)
const attributes = { specversion: z.literal('1.0'), id: text, source: text, type: text, subject: text.optional() }
const Structured = z.looseObject({ ...attributes, data: z.unknown().optional(), data_base64: z.string().optional() })
const Batch = z.array(z.unknown()).min(1).max(10_000)

/** Throws ShiplogError `invalid` for what is no CloudEvent; a CDEvent that comes alone, as JSON, is taken as it is. */
export function enclosedIn(delivery: Pick<Delivery, 'headers' | 'body'>): Enclosed[] {
  const type = (delivery.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/cloudevents-batch+json') return checked(Batch, jsonOf(delivery), 'a batch of CloudEvents').map(structured)
  if (type === 'application/cloudevents+json') return [structured(jsonOf(delivery))]
  if (type.startsWith('application/cloudevents')) {
    throw new ShiplogError('invalid', `The events are sent as ${type.slice(0, 100)}. Let the sender use the JSON format of CloudEvents.`)
  }
  const isBinary = delivery.headers['ce-specversion'] !== undefined || delivery.headers['ce-id'] !== undefined
  return [{ attributes: isBinary ? ofHeaders(delivery.headers) : {}, data: jsonOf(delivery) }]
}

function structured(value: unknown): Enclosed {
  const { data, data_base64: encoded, id, source, type, subject } = checked(Structured, value, 'a CloudEvent')
  const attributes = { id, source, type, ...(subject === undefined ? {} : { subject }) }
  if (encoded !== undefined) return { attributes, data: jsonOf({ body: Buffer.from(encoded, 'base64') }) }
  return { attributes, data: typeof data === 'string' ? jsonOf({ body: Buffer.from(data) }) : data }
}

const Headers = z.object(attributes)

function ofHeaders(headers: Delivery['headers']): Attributes {
  const names = ['specversion', 'id', 'source', 'type', 'subject'] as const
  const given = Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[`ce-${name}`]
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const { specversion: _, ...rest } = checked(Headers, given, 'a CloudEvent, by its ce- headers,')
  return rest
}

/** Whether an attribute is this text: in headers it may be percent-encoded. */
export function isSaid(attribute: string | undefined, expected: string): boolean {
  return attribute === undefined || attribute === expected || decoded(attribute) === expected
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
