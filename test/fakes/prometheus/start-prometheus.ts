/** Answers /api/v1/rules and /api/v1/query_range of `timestamp(ALERTS{…})` as Prometheus does, of alerts that a test writes down. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Instant } from '../../../server/facts.ts'

const lookbackMs = 300_000
const mostSteps = 11_000

export interface FakeAlert {
  labels: Record<string, string>
  /** First evaluation at which it fires, and the first at which it no longer does; null: it fires on. */
  from: Instant
  to: Instant | null
  /** Evaluations that were missed: no sample, and no mark that it ended. */
  missed?: Instant[]
}

interface Fault {
  status: number
  headers?: Record<string, string>
}

export interface PrometheusFake {
  url: string
  evaluationMs: number
  alerts: FakeAlert[]
  /** What is asked now: samples after it are not there yet. */
  now: Instant
  /** The queries in the order in which they came. */
  asked: URLSearchParams[]
  /** Answered in place of the next requests. */
  faults: Fault[]
  credentials: string | null
  /** Rules cannot be asked for. */
  hasRules: boolean
  warnings: string[]
  stop(): void
}

export async function startPrometheus(): Promise<PrometheusFake> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake')
    const fault = fake.faults.shift()
    if (fault) return send(response, fault.status, { status: 'error', error: 'a fault' }, fault.headers)
    if (fake.credentials !== null && request.headers.authorization !== fake.credentials) return send(response, 401, 'Unauthorized')
    if (pathname === '/api/v1/rules' && fake.hasRules) return send(response, 200, { status: 'success', data: rulesOf(fake) })
    if (pathname !== '/api/v1/query_range') return send(response, 404, 'not found')
    fake.asked.push(searchParams)
    return answerRange(fake, searchParams, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const fake: PrometheusFake = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    evaluationMs: 60_000,
    alerts: [],
    now: Number.POSITIVE_INFINITY,
    asked: [],
    faults: [],
    credentials: null,
    hasRules: true,
    warnings: [],
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
  return fake
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

function rulesOf({ alerts, evaluationMs }: PrometheusFake) {
  const names = [...new Set(alerts.map(({ labels }) => labels.alertname ?? ''))]
  return {
    groups: [
      {
        name: 'shop',
        file: 'shop.yml',
        interval: evaluationMs / 1000,
        rules: names.map((name) => ({ type: 'alerting', name, query: 'up == 0', state: 'inactive' })),
      },
    ],
  }
}

function answerRange(fake: PrometheusFake, asked: URLSearchParams, response: ServerResponse): void {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(asked.get(name)) * 1000) as [number, number, number]
  if ((end - start) / step > mostSteps) {
    send(response, 400, { status: 'error', errorType: 'bad_data', error: 'exceeded maximum resolution of 11,000 points per timeseries' })
    return
  }
  const matches = matcherOf(asked.get('query') ?? '')
  const series = new Map<string, { metric: Record<string, string>; values: [number, string][] }>()
  for (const alert of fake.alerts) {
    if (!matches(alert.labels)) continue
    for (let at = start; at <= end; at += step) {
      const sample = newestSample(fake, alert, at)
      if (sample === null) continue
      const key = JSON.stringify(alert.labels)
      const one = series.get(key) ?? { metric: { ...alert.labels, alertstate: 'firing' }, values: [] }
      one.values.push([at / 1000, String(sample / 1000)])
      series.set(key, one)
    }
  }
  // In no order that could be relied on.
  const result = [...series.values()].reverse().map(({ metric, values }) => ({ metric, values: values.sort(([a], [b]) => a - b) }))
  const warnings = fake.warnings.length === 0 ? {} : { warnings: fake.warnings }
  send(response, 200, { status: 'success', data: { resultType: 'matrix', result }, ...warnings })
}

/** The sample that stands at a time, as a query sees it: until the mark of its end, or for five minutes. */
function newestSample({ evaluationMs, now }: PrometheusFake, { from, to, missed = [] }: FakeAlert, at: Instant): Instant | null {
  if (at < from || (to !== null && at >= to && to <= now)) return null
  const newest = Math.min(at, now, (to ?? Number.POSITIVE_INFINITY) - 1)
  for (let sample = from + Math.floor((newest - from) / evaluationMs) * evaluationMs; sample >= from; sample -= evaluationMs) {
    if (at - sample >= lookbackMs) return null
    if (!missed.includes(sample)) return sample
  }
  return null
}

/** Matchers of a selector, as Prometheus anchors them. */
function matcherOf(query: string): (labels: Record<string, string>) => boolean {
  const inside = /^timestamp\(ALERTS\{alertstate="firing"(.*)\}\)$/.exec(query)?.[1]
  if (inside === undefined) throw new Error(`The fake does not know the query ${query}`)
  const matchers = [...inside.matchAll(/,(\w+)=~("(?:[^"\\]|\\.)*")/g)].map(([, label = '', text = '""']) => {
    const expression = (JSON.parse(text) as string).replaceAll('(?s:.*)', '[\\s\\S]*')
    const flags = expression.includes('(?i)') ? 'i' : ''
    return { label, expression: new RegExp(`^(?:${expression.replaceAll('(?i)', '')})$`, flags) }
  })
  return (labels) => matchers.every(({ label, expression }) => expression.test(labels[label] ?? ''))
}
