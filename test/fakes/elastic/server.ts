/** A fake of Elasticsearch that holds alerts and finds them as `_search` does, takes documents by `_bulk`, and of Kibana's annotations of APM. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Alert = Record<string, unknown>

export interface ElasticFake {
  url: string
  apiKey: string
  alerts: Alert[]
  /** Documents by index and id. */
  documents: Map<string, Record<string, unknown>>
  annotations: { service: string; body: Record<string, unknown> }[]
  /** Bodies of searches, in order. */
  searches: Record<string, unknown>[]
  requests: string[]
  /** Answers in place of the next requests. */
  faults: { status: number; headers?: Record<string, string>; body?: unknown }[]
  /** Ids that the bulk API refuses. */
  refused: Set<string>
  stop(): Promise<void>
}

export const apiKey = 'bm8tc2VjcmV0OnRlc3Q='

export async function startElastic(): Promise<ElasticFake> {
  const server = createServer((request, response) => void answer(fake, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const fake: ElasticFake = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey,
    alerts: [],
    documents: new Map(),
    annotations: [],
    searches: [],
    requests: [],
    faults: [],
    refused: new Set(),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return fake
}

async function answer(fake: ElasticFake, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString('utf8')
  const url = new URL(request.url ?? '/', 'http://elastic')
  fake.requests.push(`${request.method} ${url.pathname}`)
  const say = (status: number, value: unknown, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(value))
  }
  const fault = fake.faults.shift()
  if (fault !== undefined) return say(fault.status, fault.body ?? { error: { reason: 'fault' }, status: fault.status }, fault.headers)
  const { authorization } = request.headers
  const basic = `Basic ${Buffer.from('elastic:changeme').toString('base64')}`
  if (authorization !== `ApiKey ${apiKey}` && authorization !== basic)
    return say(401, { error: { type: 'security_exception' }, status: 401 })
  if (request.method === 'POST' && url.pathname.endsWith('/_search')) {
    const index = decodeURIComponent(url.pathname.slice(1, -'/_search'.length))
    if (!index.startsWith('.alerts')) return say(404, { error: { type: 'index_not_found_exception' }, status: 404 })
    const question = JSON.parse(body) as Record<string, unknown>
    fake.searches.push(question)
    return say(200, search(fake.alerts, question))
  }
  if (url.pathname === '/') return say(200, { version: { number: '9.2.0' } })
  const asked = /^\/([^/]+)\/_mget$/.exec(url.pathname)
  if (asked) {
    const { ids } = JSON.parse(body) as { ids: string[] }
    if (![...fake.documents.keys()].some((key) => key.startsWith(`${asked[1]}/`)))
      return say(404, { error: { type: 'index_not_found_exception' } })
    return say(200, { docs: ids.map((_id) => ({ _index: asked[1], _id, found: fake.documents.has(`${asked[1]}/${_id}`) })) })
  }
  if (request.method === 'POST' && url.pathname === '/_bulk') return say(200, bulk(fake, body))
  const annotation = /^(?:\/s\/[^/]+)?\/api\/apm\/services\/([^/]+)\/annotation$/.exec(url.pathname)
  if (request.method === 'POST' && annotation) {
    if (request.headers['kbn-xsrf'] === undefined) return say(400, { message: 'Request must contain a kbn-xsrf header.' })
    const value = JSON.parse(body) as Record<string, unknown>
    fake.annotations.push({ service: decodeURIComponent(annotation[1] ?? ''), body: value })
    return say(200, { _index: 'observability-annotations', _id: String(fake.annotations.length), _source: value })
  }
  say(404, { error: 'no such thing', status: 404 })
}

interface Clause {
  range?: Record<string, { gte?: string; lte?: string }>
  terms?: Record<string, string[]>
  term?: Record<string, string>
  exists?: { field: string }
  query_string?: { query: string }
}

function holds(alert: Alert, clause: Clause): boolean {
  for (const [field, { gte, lte }] of Object.entries(clause.range ?? {})) {
    const at = Date.parse(String(alert[field]))
    if ((gte !== undefined && at < Date.parse(gte)) || (lte !== undefined && at > Date.parse(lte))) return false
  }
  for (const [field, values] of Object.entries(clause.terms ?? {})) if (!values.includes(String(alert[field]))) return false
  for (const [field, value] of Object.entries(clause.term ?? {})) if (alert[field] !== value) return false
  if (clause.exists !== undefined && alert[clause.exists.field] === undefined) return false
  return true
}

function search(alerts: Alert[], question: Record<string, unknown>) {
  const {
    size,
    query,
    sort,
    search_after: after,
  } = question as {
    size: number
    query: { bool: { filter: Clause[]; must_not: Clause[] } }
    sort: Record<string, { order: 'asc' | 'desc' }>[]
    search_after?: [number, string]
  }
  const sign = sort[0]?.['@timestamp']?.order === 'desc' ? -1 : 1
  const keyOf = (alert: Alert): [number, string] => [Date.parse(String(alert['@timestamp'])), String(alert['kibana.alert.uuid'])]
  const compare = (a: [number, string], b: [number, string]) => sign * (a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0))
  const found = alerts
    .filter((alert) => query.bool.filter.every((one) => holds(alert, one)) && !query.bool.must_not.some((one) => holds(alert, one)))
    .sort((a, b) => compare(keyOf(a), keyOf(b)))
  const page = found.filter((alert) => after === undefined || compare(keyOf(alert), after) > 0).slice(0, size)
  return {
    took: 1,
    timed_out: false,
    _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
    hits: {
      total: { value: found.length, relation: 'eq' },
      max_score: null,
      hits: page.map((alert) => ({ _index: '.internal.alerts', _id: alert['kibana.alert.uuid'], _source: alert, sort: keyOf(alert) })),
    },
  }
}

/** Each line in turn: one that is refused does not stop the others. */
function bulk(fake: ElasticFake, body: string) {
  const lines = body.split('\n').filter((line) => line !== '')
  const items: unknown[] = []
  for (let at = 0; at < lines.length; at += 2) {
    const [[op, { _index, _id }]] = Object.entries(JSON.parse(lines[at] ?? '{}')) as [['index' | 'create', { _index: string; _id: string }]]
    const key = `${_index}/${_id}`
    const known = fake.documents.has(key)
    if (fake.refused.has(_id)) {
      items.push({ [op]: { _index, _id, status: 400, error: { type: 'document_parsing_exception', reason: 'failed to parse field' } } })
    } else if (op === 'create' && known) {
      items.push({ create: { _index, _id, status: 409, error: { type: 'version_conflict_engine_exception', reason: 'exists' } } })
    } else {
      fake.documents.set(key, JSON.parse(lines[at + 1] ?? '{}') as Record<string, unknown>)
      items.push({ [op]: { _index, _id, status: known ? 200 : 201, result: known ? 'updated' : 'created' } })
    }
  }
  return { took: 1, errors: items.some((item) => 'error' in (Object.values(item as object)[0] as object)), items }
}
