/** What the process itself measures: requests by route, memory, processor, event loop. */
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

export interface ServerMetrics {
  observe(labels: Record<'method' | 'route' | 'status', string>, seconds: number): void
  text(): Promise<string>
}

export function createServerMetrics(): ServerMetrics {
  const registers = [new Registry()]
  const [register] = registers as [Registry]
  collectDefaultMetrics({ register })
  const requests = new Histogram({
    name: 'shiplog_http_request_duration_seconds',
    help: 'How long requests took, since the first scrape. Routes, never addresses.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  return {
    observe: (labels, seconds) => requests.observe(labels, seconds),
    text: () => register.metrics(),
  }
}
