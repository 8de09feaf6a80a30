/** A Qovery of a few environments, over HTTP: paging by continue tokens, histories by page size, faults on demand. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeEnvironment {
  id: string
  name: string
  mode: string
  project: { id: string }
  /** Newest first. */
  executions: unknown[]
}

export interface FakeEvent {
  /** Milliseconds since 1970. */
  at: number
  event_type: string
  target_type: string
  target_id: string
  environment_id?: string
}

export interface QoveryFake {
  url: string
  environments: FakeEnvironment[]
  events: FakeEvent[]
  /** Paths that were asked for, with their queries. */
  asked: string[]
  /** Answers of these come first: status and, in seconds, `Retry-After`. */
  faults: { status: number; retryAfter?: number }[]
  /** Most that a history gives, whatever is asked for. */
  mostExecutions: number
  stop(): Promise<void>
}

export const qoveryToken = 'a-token-of-qovery'

export async function startQovery(): Promise<QoveryFake> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', fake.url)
    fake.asked.push(`${url.pathname}${url.search}`)
    const fault = fake.faults.shift()
    if (fault !== undefined) {
      response.writeHead(fault.status, fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }).end('{}')
      return
    }
    if (request.headers.authorization !== `Token ${qoveryToken}`) {
      response.writeHead(401).end('{}')
      return
    }
    const answer = answerTo(url, fake)
    response.writeHead(answer === null ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const fake: QoveryFake = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    environments: [],
    events: [],
    asked: [],
    faults: [],
    mostExecutions: 10_000,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return fake
}

function answerTo({ pathname, searchParams }: URL, fake: QoveryFake): unknown {
  const pageSize = Number(searchParams.get('pageSize') ?? 20)
  if (pathname === '/organization/acme/project')
    return {
      results: [
        { id: 'p1', name: 'shop' },
        { id: 'p2', name: 'other' },
      ],
    }
  if (pathname === '/organization/acme/environments') return { results: fake.environments.map(({ executions: _, ...one }) => one) }
  const id = /^\/environment\/([^/]+)\/deploymentHistoryV2$/.exec(pathname)?.[1]
  if (id !== undefined) {
    const environment = fake.environments.find((one) => one.id === id)
    return environment
      ? { page: 1, page_size: pageSize, results: environment.executions.slice(0, Math.min(pageSize, fake.mostExecutions)) }
      : null
  }
  if (pathname !== '/organization/acme/events') return null
  const from = Number(BigInt(searchParams.get('fromTimestamp') ?? '0') / 1_000_000n)
  const start = Number(searchParams.get('continueToken') ?? 0)
  const matching = fake.events.filter(({ at, event_type: type }) => at >= from && type === searchParams.get('eventType'))
  const size = Math.min(pageSize, 2)
  const more = start + size < matching.length
  const links = more ? { next: `/organization/acme/events?continueToken=${start + size}` } : {}
  return { links, events: matching.slice(start, start + size).map(({ at, ...one }) => ({ ...one, timestamp: new Date(at).toISOString() })) }
}
