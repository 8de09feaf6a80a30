/**
 * A GitHub for tests: REST, GraphQL, App tokens and git over http on one port, for the real clients to run against.
 *
 *     const world = createWorld()
 *     const repository = addRepository(world, { owner: 'acme', name: 'shop' })
 *     pushCommit(world, repository, '2026-01-01T10:00:00Z', { message: 'Start' })
 *     const { item: pull } = openPull(world, repository, '2026-01-02T09:00:00Z', { title: 'Add a cart' })
 *     const github = await startGithub(world)
 *     const octokit = new Octokit({ baseUrl: github.baseUrl, auth: github.token })
 *     const { events } = mergePull(world, repository, pull, '2026-01-03T12:00:00Z', { method: 'squash' })
 *     const { headers, body } = deliver(events[0], { secret: 'known to both' })
 *     github.fault = (request, n) => (n === 3 ? { kind: 'secondary-limit', retryAfterSeconds: 1 } : undefined)
 *     await github.stop()
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type App, type Installation, type Permissions, personalToken, type Token } from './access.ts'
import { answerRequest, type Service } from './answer-request.ts'
import { type Budget, createBudgets, type Limits, type Resource } from './budgets.ts'
import type { Fault } from './fault.ts'
import { type Counts, countRequests, type LoggedRequest } from './request-log.ts'
import type { World } from './world.ts'

export interface GithubOptions {
  port?: number
  /** The personal access token that is there from the start. */
  token?: string
  login?: string
  /** Of that token; what is not named is granted. */
  permissions?: Permissions
  /** Per hour and account. Null: limits are off, as in a new GitHub Enterprise Server. */
  limits?: Partial<Limits> | null
  /** Milliseconds since the epoch. */
  clock?: () => number
  app?: Partial<Omit<App, 'installations'>> & { installations?: (Partial<Installation> & { account: string })[] }
  /** What /meta tells. */
  version?: string
}

type FaultSource = Fault | ((request: LoggedRequest, n: number) => Fault | undefined)

export interface GithubFake {
  url: string
  baseUrl: string
  graphqlUrl: string
  token: string
  world: World
  /** Every request that came, in order. */
  requests: LoggedRequest[]
  counts(): Counts
  /** Forgets the requests, the faults and what was spent. */
  reset(): void
  /** For every request, or for those for which the function answers one; null for none. */
  fault: FaultSource | null
  /** Before request number `n` (from 1) is answered: the place to change the world between two pages, or to fail. */
  beforeRequest: ((n: number, request: LoggedRequest, world: World) => Fault | undefined | Promise<Fault | undefined>) | null
  /** Added to the clock. */
  skewMilliseconds: number
  now(): number
  setLimit(resource: Resource, fields: Partial<Budget>): void
  budget(account: string, resource: Resource): Budget
  /** Of the first token; may be changed at any time. */
  permissions: Permissions
  /** By their text: add, change or delete. */
  tokens: Map<string, Token>
  app: App | null
  stop(): Promise<void>
}

export async function startGithub(world: World, options: GithubOptions = {}): Promise<GithubFake> {
  const token = options.token ?? 'github_pat_11SHIPLOG'
  const first = personalToken(options.login ?? 'octocat', { permissions: options.permissions ?? {} })
  const clock = options.clock ?? Date.now
  const now = () => clock() + fake.skewMilliseconds
  const service: Service = {
    world,
    access: { tokens: new Map([[token, first]]), app: appOf(options.app) },
    budgets: createBudgets({ core: 5000, graphql: 5000, ...options.limits }, now),
    hasLimits: options.limits !== null,
    version: options.version ?? '3.18.0',
    requests: [],
    inFlight: 0,
    now,
    async faultFor(n, request) {
      const fault = await fake.beforeRequest?.(n, request, world)
      return fault || (typeof fake.fault === 'function' ? fake.fault(request, n) : (fake.fault ?? undefined))
    },
  }
  const server = createServer((request, response) => {
    answerRequest(service, request, response).catch((error) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ message: `The fake of GitHub failed: ${error instanceof Error ? error.stack : error}` }))
    })
  })
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  world.url = url
  const fake: GithubFake = {
    url,
    baseUrl: `${url}/api/v3`,
    graphqlUrl: `${url}/api/graphql`,
    token,
    world,
    requests: service.requests,
    counts: () => countRequests(service.requests),
    reset() {
      service.requests.length = 0
      fake.fault = null
      fake.beforeRequest = null
      fake.skewMilliseconds = 0
      service.budgets.clear()
    },
    fault: null,
    beforeRequest: null,
    skewMilliseconds: 0,
    now,
    setLimit: service.budgets.set,
    budget: service.budgets.read,
    permissions: first.permissions,
    tokens: service.access.tokens,
    app: service.access.app,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return fake
}

/** Installations are of all repositories of their account, and not suspended, unless told. */
function appOf(app: GithubOptions['app']): App | null {
  if (!app) return null
  const installations = (app.installations ?? []).map((fields, index): Installation => {
    return { id: 7001 + index, repositories: null, permissions: {}, suspended: false, ...fields }
  })
  return { id: 4711, clientId: 'Iv23liSHIPLOG', slug: 'shiplog', publicKey: null, ...app, installations }
}
