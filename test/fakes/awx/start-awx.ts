/** An AWX with jobs in memory, behind a real socket: filters, order, relative links of pages and tokens as the real one has them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeAwxJob {
  id: number
  status: string
  finished: string | null
  created: string
}

export interface AwxFake {
  url: string
  jobs: FakeAwxJob[]
  /** The path of each question. */
  asked: string[]
  /** Answers in the place of AWX; true: it did. */
  fault: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
  /** How many a page holds at most. */
  pageSize: number
  close(): Promise<void>
}

export const token = 'awx-token'

export async function startAwx(jobs: FakeAwxJob[]): Promise<AwxFake> {
  const server = createServer((request, response) => answer(fake, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const fake: AwxFake = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    jobs,
    asked: [],
    fault: null,
    pageSize: 200,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return fake
}

function answer(fake: AwxFake, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost')
  fake.asked.push(url.pathname)
  if (fake.fault?.(request, response)) return
  const isLetIn = request.headers.authorization === `Bearer ${token}`
  const value = isLetIn ? valueAt(fake, url) : null
  response.writeHead(isLetIn ? (value === null ? 404 : 200) : 401, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value ?? { detail: 'no' }))
}

function valueAt(fake: AwxFake, url: URL): unknown {
  const [, root = '', id] = /^(\/api\/v2|\/api\/controller\/v2)\/jobs\/(?:(\d+)\/)?$/.exec(url.pathname) ?? []
  if (root === '') return null
  if (id !== undefined) return fake.jobs.find((job) => String(job.id) === id) ?? null
  const query = url.searchParams
  const since = query.get('finished__gte')
  const status = query.get('status')
  const order = query.get('order_by') ?? 'id'
  const found = fake.jobs
    .filter((job) => since === null || (job.finished !== null && Date.parse(job.finished) >= Date.parse(since)))
    .filter((job) => status === null || job.status === status)
    .sort((a, b) => (order === 'id' ? a.id - b.id : Date.parse(a.finished ?? '') - Date.parse(b.finished ?? '') || a.id - b.id))
  if (order.startsWith('-')) found.reverse()
  const size = Math.min(Number(query.get('page_size') ?? 25), fake.pageSize)
  const page = Number(query.get('page') ?? 1)
  const results = found.slice((page - 1) * size, page * size).map(listed)
  query.set('page', String(page + 1))
  const next = page * size < found.length ? `${url.pathname}?${query}` : null
  return { count: found.length, next, previous: null, results }
}

/** Lists leave out what takes long. */
function listed(job: object): object {
  return Object.fromEntries(Object.entries(job).filter(([key]) => key !== 'artifacts' && key !== 'host_status_counts'))
}
