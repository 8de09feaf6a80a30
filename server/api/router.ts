/** A router whose requests are checked by zod and whose refusals all look alike. */
import { OpenAPIHono, type z } from '@hono/zod-openapi'
import { ShiplogError } from '../errors.ts'
import { ErrorBody, faultSentence, faultsOf } from './error-body.ts'

export interface Vars {
  /** Fresh for each response; the content security policy allows styles that carry it. */
  nonce: string
  /** The request's number in the log. */
  requestId: string
}
export type AppEnv = { Variables: Vars }

export function createRouter() {
  return new OpenAPIHono<AppEnv>({ defaultHook: (result) => refuse(result) })
}

function refuse(result: { success: true } | { success: false; error: z.ZodError }): void {
  if (result.success) return
  const faults = faultsOf(result.error)
  throw new ShiplogError('invalid', faultSentence(faults), faults)
}

type Described = { description: string; content: { 'application/json': { schema: typeof ErrorBody } } }

const described: Record<number, string> = {
  400: 'A field is missing or wrong; the message names it.',
  401: 'Not signed in: send the token as `Authorization: Bearer`.',
  404: 'Unknown; the message names what is known.',
  409: 'Not possible now.',
  413: 'The body is larger than 5 MB.',
  415: 'The body is not application/json.',
  502: 'The source could not be reached.',
}

/** The failures that a route may answer, for its documentation. */
export function failures(...statuses: number[]): Record<number, Described> {
  const responses: Record<number, Described> = {}
  for (const status of [400, 401, ...statuses]) {
    responses[status] = { description: described[status] ?? 'Failed.', content: { 'application/json': { schema: ErrorBody } } }
  }
  return responses
}

/** An answer in JSON, for a route's documentation. */
export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } }
}
