/** The REST API of PagerDuty on this machine, over the incidents that a test puts in. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Item = Record<string, unknown>

export interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

export interface PagerdutyFake {
  url: string
  token: string
  /** As the API answers them; the log of one stands in it under `_log`, newest first. */
  incidents: Item[]
  asked: string[]
  /** The most things of one page, whatever is asked for. */
  pageSize: number
  /** Answers in the place of the API; null leaves it alone. */
  fault: (path: string, count: number) => Answer | 'reset' | null
  /** Called once an answer has been made. */
  afterAnswer: (path: string) => void
  stop(): Promise<void>
}

/** PagerDuty takes no longer range. */
const longestRange = 184 * 86_400_000

export async function startPagerduty(incidents: Item[] = []): Promise<PagerdutyFake> {
  const fake: PagerdutyFake = {
    url: '',
    token: 'u+key',
    incidents,
    asked: [],
    pageSize: 100,
    fault: () => null,
    afterAnswer: () => {},
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  const server = createServer((request, response) => {
    request.resume()
    const url = new URL(request.url ?? '/', fake.url)
    fake.asked.push(url.pathname)
    const fault = fake.fault(url.pathname, fake.asked.length)
    if (fault === 'reset') {
      response.socket?.resetAndDestroy()
      return
    }
    const { status, body, headers } = fault ?? answerTo(fake, request, url)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body ?? { error: { code: status } }))
    fake.afterAnswer(url.pathname)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return fake
}

function answerTo(fake: PagerdutyFake, { headers }: IncomingMessage, { pathname, searchParams: query }: URL): Answer {
  if (headers.authorization !== `Token token=${fake.token}`) return { status: 401 }
  if (headers.accept !== 'application/vnd.pagerduty+json;version=2') return { status: 406 }
  const [, kind, id, below] = pathname.split('/')
  if (kind !== 'incidents') return { status: 404 }
  if (id === undefined) return listed(fake, query)
  const incident = fake.incidents.find((one) => one.id === id)
  if (incident === undefined) return { status: 404 }
  if (below === undefined) return { status: 200, body: { incident: bare(incident) } }
  return paged(fake, query, 'log_entries', (incident._log as Item[] | undefined) ?? [])
}

function listed(fake: PagerdutyFake, query: URLSearchParams): Answer {
  const [since, until] = [query.get('since'), query.get('until')].map((time) => Date.parse(time ?? ''))
  const all = query.get('date_range') === 'all'
  if (!all && !((until ?? Number.NaN) - (since ?? Number.NaN) <= longestRange)) return { status: 400 }
  const statuses = query.getAll('statuses[]')
  const sign = query.get('sort_by') === 'created_at:desc' ? -1 : 1
  const found = fake.incidents
    .filter(({ created_at, status }) => {
      const created = Date.parse(String(created_at))
      return statuses.includes(String(status)) && (all || (created >= Number(since) && created < Number(until)))
    })
    .sort((a, b) => sign * (Date.parse(String(a.created_at)) - Date.parse(String(b.created_at))))
  return paged(fake, query, 'incidents', found.map(bare))
}

function paged(fake: PagerdutyFake, query: URLSearchParams, name: string, items: Item[]): Answer {
  const size = Math.min(fake.pageSize, Number(query.get('limit') ?? 25))
  const offset = Number(query.get('offset') ?? 0)
  if (offset + size > 10_000) return { status: 400 }
  return { status: 200, body: { [name]: items.slice(offset, offset + size), limit: size, offset, more: offset + size < items.length } }
}

/** Without its log. */
function bare(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !name.startsWith('_')))
}
