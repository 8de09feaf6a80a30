/** Reads the bodies of deliveries. */
import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { ShiplogError } from '../errors.ts'
import type { Delivery } from './source.ts'

/** The body as JSON; throws ShiplogError `invalid`. */
export function jsonOf({ body }: Pick<Delivery, 'body'>): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    throw new ShiplogError('invalid', 'The body of the delivery is not JSON.')
  }
}

/** The body as its system describes it; throws ShiplogError `invalid`, which names the field that is not so. */
export function payloadOf<T>(shape: z.ZodType<T>, delivery: Pick<Delivery, 'body'>, what: string): T {
  return checked(shape, jsonOf(delivery), what)
}

/** As payloadOf, of what is read already. */
export function checked<T>(shape: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ShiplogError(
    'invalid',
    `The delivery of ${what} is not as its system describes it: ${issue?.path.join('.') || 'the body'}: ${issue?.message}.`,
  )
}

/** Names a delivery by what it says, where its system gives it no name: an equal one is the same. */
export function bodyKey({ body }: Pick<Delivery, 'body'>): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`
}
