/** One request from its arrival to its answer: faults, credentials, budgets, conditional answers, headers. */
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AccessState, authenticate, Refusal, type Token } from './access.ts'
import type { Budgets, Resource } from './budgets.ts'
import { withUnchangingGraphs } from './commit-graph.ts'
import { breaksConnection, type Fault, faultAnswer, restError, writeTruncated } from './fault.ts'
import { answerGit, gitRequest } from './git-http.ts'
import { answerGraphql } from './graphql.ts'
import type { LoggedRequest } from './request-log.ts'
import { answerRest } from './rest.ts'
import type { World } from './world.ts'

export interface Service {
  world: World
  access: AccessState
  budgets: Budgets
  hasLimits: boolean
  version: string
  requests: LoggedRequest[]
  inFlight: number
  now(): number
  /** Told of the request before it is answered. */
  faultFor(n: number, request: LoggedRequest): Promise<Fault | undefined>
}

interface Call {
  path: string
  url: URL
  method: string
  authorization: string | undefined
  body: Record<string, unknown>
  isGraphql: boolean
}

interface Answer {
  status: number
  body: unknown
  headers: Record<string, string>
  /** Whose budget the headers tell about. */
  account: string
  resource: Resource
  /** Requests or points that it costs, unless it ends in 304. */
  cost: number
}

type Body = Record<string, unknown>

export async function answerRequest(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now()
  const url = new URL(request.url ?? '/', service.world.url)
  const git = gitRequest(url.pathname)
  const path = url.pathname.replace(/^\/api\/graphql$/, '/graphql').replace(/^\/api\/v3(?=\/|$)/, '') || '/'
  const method = request.method ?? 'GET'
  const isGraphql = path === '/graphql' && method === 'POST'
  const body = git ? {} : await readBody(request)
  service.inFlight += 1
  const logged: LoggedRequest = {
    method,
    path: path + url.search,
    kind: git ? 'git' : isGraphql ? 'graphql' : path.endsWith('/access_tokens') ? 'token' : 'rest',
    query: typeof body?.query === 'string' ? body.query : null,
    variables: (body?.variables as Body | undefined) ?? {},
    headers: request.headers,
    status: 0,
    charged: false,
    cost: 0,
    at: service.now(),
    milliseconds: 0,
    concurrent: service.inFlight,
  }
  const n = service.requests.push(logged)
  response.on('close', () => {
    service.inFlight -= 1
    if (logged.status === 0) logged.status = -1
    logged.milliseconds = performance.now() - started
  })

  const fault = await service.faultFor(n, logged)
  if (fault && breaksConnection(fault, response)) return
  if (fault?.kind === 'latency') await new Promise((resolve) => setTimeout(resolve, fault.milliseconds))
  const failed = fault ? faultAnswer(fault, isGraphql, Math.floor(service.now() / 1000)) : null
  if (git && !failed) {
    logged.status = await answerGit(service.world, service.access, service.now(), git, request, response)
    return
  }
  const { authorization } = request.headers
  const answer = failed
    ? { ...failed, account: accountOf(service, authorization), resource: resourceOf(isGraphql), cost: 0 }
    : answerApi(service, { path, url, method, authorization, body: body ?? {}, isGraphql })
  if (body === null) Object.assign(answer, { status: 400, body: restError('Problems parsing JSON', 400), cost: 0 })
  send(service, request, response, { answer, logged, isTruncated: fault?.kind === 'truncated' })
}

function send(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  { answer, logged, isTruncated }: { answer: Answer; logged: LoggedRequest; isTruncated: boolean },
): void {
  const bytes = Buffer.from(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  const headers = baseHeaders(service)
  if (answer.resource === 'core' && logged.method === 'GET' && answer.status === 200) {
    const tag = `"${createHash('sha256').update(bytes).digest('hex')}"`
    headers.etag = `W/${tag}`
    if (request.headers['if-none-match']?.replace(/^W\//, '') === tag) answer.status = 304
  }
  if (answer.cost > 0 && answer.status !== 304) {
    logged.charged = true
    logged.cost = answer.cost
    if (answer.resource === 'core') service.budgets.spend(answer.account, 'core', answer.cost)
  }
  if (service.hasLimits) Object.assign(headers, limitHeaders(service, answer))
  Object.assign(headers, answer.headers)
  logged.status = answer.status
  if (isTruncated) writeTruncated(response, answer.status, headers, bytes)
  else if (answer.status === 304) response.writeHead(304, headers).end()
  else response.writeHead(answer.status, { ...headers, 'content-length': bytes.length }).end(bytes)
}

function answerApi(service: Service, call: Call): Answer {
  const { budgets } = service
  const answer: Answer = { status: 200, body: null, headers: {}, account: 'anonymous', resource: resourceOf(call.isGraphql), cost: 0 }
  try {
    const token = authenticate(service.access, call.authorization, service.now())
    answer.account = token.account
    if (call.isGraphql) return graphqlAnswer(service, call, token, answer)
    if (call.path === '/rate_limit' && call.method === 'GET') {
      if (!service.hasLimits) throw new Refusal(404, 'Rate limiting is not enabled.')
      const core = budgets.read(token.account, 'core')
      return { ...answer, body: { resources: { core, graphql: budgets.read(token.account, 'graphql') }, rate: core } }
    }
    if (service.hasLimits && budgets.read(token.account, 'core').remaining < 1) {
      throw new Refusal(403, `API rate limit exceeded for ${token.account}.`)
    }
    answer.cost = 1
    const { world, access, version } = service
    const { method, body, path, url } = call
    const now = service.now()
    const context = { world, access, token, method, linkPath: path, query: url.searchParams, body, now, version }
    const given = withUnchangingGraphs(() => answerRest(context, path))
    return { ...answer, status: given.status ?? 200, body: given.body, headers: given.headers ?? {} }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const body: Body = restError(error.message, error.status)
    if (error.headers.location) body.url = error.headers.location
    return { ...answer, status: error.status, body, headers: error.headers }
  }
}

function graphqlAnswer(service: Service, call: Call, token: Token, answer: Answer): Answer {
  if (token.kind === 'anonymous' || token.kind === 'jwt') throw new Refusal(401, 'This endpoint requires you to be authenticated.')
  const { budgets } = service
  const { body, cost } = answerGraphql({
    world: service.world,
    token,
    spend: (points) => !service.hasLimits || budgets.spend(token.account, 'graphql', points),
    budget: () => (service.hasLimits ? budgets.read(token.account, 'graphql') : null),
    query: call.body.query,
    variables: (call.body.variables as Body | undefined) ?? {},
    operationName: call.body.operationName as string | undefined,
  })
  return { ...answer, body, cost }
}

function resourceOf(isGraphql: boolean): Resource {
  return isGraphql ? 'graphql' : 'core'
}

function accountOf(service: Service, authorization: string | undefined): string {
  try {
    return authenticate(service.access, authorization, service.now()).account
  } catch {
    return 'anonymous'
  }
}

function baseHeaders(service: Service): Record<string, string> {
  return {
    date: new Date(service.now()).toUTCString(),
    server: 'GitHub.com',
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'private, max-age=60, s-maxage=60',
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    'x-github-enterprise-version': service.version,
    'x-github-request-id': `${randomBytes(2).toString('hex')}:${randomBytes(3).toString('hex')}`.toUpperCase(),
  }
}

function limitHeaders(service: Service, { account, resource }: Answer): Record<string, string> {
  const budget = service.budgets.read(account, resource)
  return {
    'x-ratelimit-limit': String(budget.limit),
    'x-ratelimit-remaining': String(budget.remaining),
    'x-ratelimit-used': String(budget.used),
    'x-ratelimit-reset': String(budget.reset),
    'x-ratelimit-resource': resource,
  }
}

/** Null for what is not an object in JSON. */
async function readBody(request: IncomingMessage): Promise<Body | null> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  if (text === '') return {}
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null
  }
}
