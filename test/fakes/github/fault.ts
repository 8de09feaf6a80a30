/** What can go wrong with a request, in the forms that GitHub, and the way to it, give it. */
import type { ServerResponse } from 'node:http'

export type Fault =
  /**
   * Out of the hourly budget, which is full again `resetSeconds` from now. GraphQL says so with status 200 unless told, and
   * with the type RATE_LIMITED, or RATE_LIMIT as of late: https://github.com/yanyongyu/githubkit/issues/271
   */
  | { kind: 'primary-limit'; status?: 200 | 403 | 429; resetSeconds?: number; type?: 'RATE_LIMITED' | 'RATE_LIMIT' }
  /** Too much at once; with `retryAfterSeconds` the answer tells how long to wait. 200 is for GraphQL. */
  | { kind: 'secondary-limit'; status?: 200 | 403 | 429; retryAfterSeconds?: number }
  | { kind: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  /** The connection stays open and nothing comes. */
  | { kind: 'no-answer' }
  | { kind: 'reset' }
  /** The header promises the whole body, the connection ends in its middle. */
  | { kind: 'truncated' }
  | { kind: 'latency'; milliseconds: number }
  | { kind: 'bad-credentials' }
  | { kind: 'suspended' }

export interface FaultAnswer {
  status: number
  body: unknown
  headers: Record<string, string>
}

const documentation = 'https://docs.github.com/rest'
const limitsPage = `${documentation}/using-the-rest-api/rate-limits-for-the-rest-api`

/** Null for a fault that leaves the answer as it is. `nowSeconds` is the server's clock. */
export function faultAnswer(fault: Fault, isGraphql: boolean, nowSeconds: number): FaultAnswer | null {
  if (fault.kind === 'primary-limit') {
    const message = 'API rate limit exceeded for user ID 1.'
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(nowSeconds + (fault.resetSeconds ?? 3600)) }
    const status = fault.status ?? (isGraphql ? 200 : 403)
    const error = { type: fault.type ?? 'RATE_LIMITED', ...(fault.type === 'RATE_LIMIT' ? { code: 'graphql_rate_limit' } : {}), message }
    return { status, headers, body: status === 200 ? { errors: [error] } : restError(message, status) }
  }
  if (fault.kind === 'secondary-limit') {
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
    const headers: Record<string, string> = {}
    if (fault.retryAfterSeconds !== undefined) headers['retry-after'] = String(fault.retryAfterSeconds)
    const status = fault.status ?? 403
    return { status, headers, body: status === 200 ? { errors: [{ message }] } : restError(message, status) }
  }
  if (fault.kind === 'status') {
    return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? { message: 'Server Error' } }
  }
  if (fault.kind === 'bad-credentials') return { status: 401, headers: {}, body: restError('Bad credentials', 401) }
  if (fault.kind === 'suspended') return { status: 403, headers: {}, body: restError('This installation has been suspended', 403) }
  return null
}

/** The body of every error of the REST API. */
export function restError(message: string, status: number): Record<string, string> {
  return { message, documentation_url: message.includes('rate limit') ? limitsPage : documentation, status: String(status) }
}

/** True when the fault has ended, or holds, the connection: nothing more is to be written. */
export function breaksConnection(fault: Fault, response: ServerResponse): boolean {
  if (fault.kind === 'reset') response.socket?.resetAndDestroy()
  return fault.kind === 'reset' || fault.kind === 'no-answer'
}

/** Half of the body that `content-length` promises. */
export function writeTruncated(response: ServerResponse, status: number, headers: Record<string, string>, body: Buffer): void {
  response.writeHead(status, { ...headers, 'content-length': body.length })
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy())
}
