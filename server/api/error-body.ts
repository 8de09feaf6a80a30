/** The one shape of every failure that the API answers. */
import { z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type ErrorCode, ShiplogError } from '../errors.ts'

export const ErrorBody = z
  .object({
    error: z.object({
      code: z.string().openapi({ description: 'What kind of failure it is; stable.', example: 'invalid' }),
      message: z
        .string()
        .openapi({ description: 'What happened and what to do.', example: 'items[3].finishedAt is required when status is succeeded' }),
      details: z.unknown().openapi({ description: 'Each fault with its path, or other facts that help; null where there are none.' }),
    }),
  })
  .openapi('Error')
export type ErrorBody = z.infer<typeof ErrorBody>

const statusOf: Record<ErrorCode, ContentfulStatusCode> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unavailable: 503,
  source_failed: 502,
  internal: 500,
}

export interface Fault {
  path: string
  message: string
}

/** The status and the body that an error is answered with; what is not meant for a person becomes `internal` without its text. */
export function describeError(error: unknown): { status: ContentfulStatusCode; body: ErrorBody; expected: boolean } {
  if (error instanceof ShiplogError) {
    return { status: statusOf[error.code], body: errorBody(error.code, error.message, error.details), expected: error.code !== 'internal' }
  }
  if (error instanceof HTTPException) {
    const status = error.status as ContentfulStatusCode
    return { status, body: errorBody(status === 415 ? 'unsupported_media_type' : 'invalid', error.message), expected: status < 500 }
  }
  return {
    status: 500,
    body: errorBody('internal', 'Something went wrong here. The log of the server says what; try again.'),
    expected: false,
  }
}

export function errorBody(code: string, message: string, details: unknown = null): ErrorBody {
  return { error: { code, message, details } }
}

/** `items[3].finishedAt` for `['items', 3, 'finishedAt']`. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = ''
  for (const part of path) {
    text += typeof part === 'number' ? `[${part}]` : text === '' ? String(part) : `.${String(part)}`
  }
  return text
}

/** The faults that zod found, each with the path of its field; unknown keys are named one by one. */
export function faultsOf(error: z.ZodError, prefix: readonly PropertyKey[] = []): Fault[] {
  const faults: Fault[] = []
  for (const issue of error.issues) {
    const path = [...prefix, ...issue.path]
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys)
        faults.push({ path: pathText([...path, key]), message: 'is not a known field: remove it or mend its name' })
    } else {
      faults.push({ path: pathText(path), message: messageOf(issue) })
    }
  }
  return faults
}

const words: Record<string, string> = {
  string: 'text',
  array: 'a list',
  object: 'an object',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

/** What is wrong, as a sentence after the field's name; own words of a schema as they are. */
function messageOf(issue: z.core.$ZodIssue): string {
  const isOwn = /^(?:must|is|says|stands) /.test(issue.message)
  if (isOwn) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined') ? 'is missing' : `must be ${words[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`
    case 'too_small':
      return issue.minimum === 1 && issue.origin !== 'number'
        ? 'must not be empty'
        : `must be ${amount(issue.minimum, issue.origin)} or more`
    case 'too_big':
      return `must be ${amount(issue.maximum, issue.origin)} or fewer`
    case 'invalid_format':
      return issue.format === 'url' ? 'must be an http or https URL' : 'does not have the form that is asked for'
    default:
      return issue.message
  }
}

function amount(limit: number | bigint, origin: string): string {
  if (origin === 'string') return `${limit} characters`
  return origin === 'array' ? `${limit} in number` : String(limit)
}

/** One sentence for a list of faults: the first in full, and how many more there are. */
export function faultSentence(faults: Fault[]): string {
  const [first] = faults
  if (first === undefined) return 'The request is not valid.'
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  return `${first.path === '' ? 'The request' : first.path}: ${first.message}${more}`
}
