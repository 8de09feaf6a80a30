/** What the server was asked, for a test to look at afterwards. */
import type { IncomingHttpHeaders } from 'node:http'

export interface LoggedRequest {
  method: string
  /** Without the prefix of the API, with the query. */
  path: string
  kind: 'rest' | 'graphql' | 'git' | 'token'
  /** The text of a GraphQL call. */
  query: string | null
  variables: Record<string, unknown>
  headers: IncomingHttpHeaders
  /** 0 until it is answered, -1 when the connection ended without an answer. */
  status: number
  /** Whether it took from the hourly budget: an answer 304 does not. */
  charged: boolean
  /** Requests, or points of GraphQL. */
  cost: number
  /** Milliseconds of the server's clock. */
  at: number
  milliseconds: number
  /** Requests under way when it came, itself among them. */
  concurrent: number
}

export interface Counts {
  total: number
  rest: number
  graphql: number
  git: number
  token: number
  /** Answers 304. */
  notModified: number
  charged: number
  /** Points spent on GraphQL. */
  points: number
  /** Answers of 400 and more, and connections that ended without one. */
  failed: number
  maxConcurrent: number
}

export function countRequests(requests: LoggedRequest[]): Counts {
  const counts: Counts = {
    total: requests.length,
    rest: 0,
    graphql: 0,
    git: 0,
    token: 0,
    notModified: 0,
    charged: 0,
    points: 0,
    failed: 0,
    maxConcurrent: 0,
  }
  for (const request of requests) {
    counts[request.kind] += 1
    if (request.status === 304) counts.notModified += 1
    if (request.charged) counts.charged += 1
    if (request.kind === 'graphql') counts.points += request.cost
    if (request.status < 0 || request.status >= 400) counts.failed += 1
    counts.maxConcurrent = Math.max(counts.maxConcurrent, request.concurrent)
  }
  return counts
}
