/** Alerts and deliveries, each complete but for what a test says of it. */

import { ElasticOptions } from '../../../server/sources/elastic/options.ts'
import type { Context } from '../../../server/sources/source.ts'

export const secret = 'never-to-be-seen'
export const now = new Date('2026-01-05T12:00:00Z')

export function iso(time: string): string {
  return `2026-01-05T${time}:00.000Z`
}

export function at(time: string): number {
  return Date.parse(iso(time))
}

export function optionsOf(fields: Record<string, unknown> = {}): ElasticOptions {
  return ElasticOptions.parse({ webhook: { token: secret }, ...fields })
}

/** As the index of alerts has it. */
export function alertOf(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    '@timestamp': iso('10:30'),
    'kibana.alert.uuid': 'a-1',
    'kibana.alert.status': 'active',
    'kibana.alert.start': iso('10:00'),
    'kibana.alert.severity': 'critical',
    'kibana.alert.instance.id': 'shop-production',
    'kibana.alert.url': 'https://kibana.example.org/app/observability/alerts/a-1',
    'kibana.alert.rule.name': 'Latency',
    'kibana.alert.rule.producer': 'apm',
    'service.name': 'shop',
    'service.environment': 'production',
    ...fields,
  }
}

export function arriving(body: unknown, more: { headers?: Record<string, string>; query?: Record<string, string> } = {}) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret}`, ...more.headers }
  return { headers, query: more.query ?? {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }
}

export function contextOf(fields: Partial<Context> = {}): Context & { notes: string[] } {
  const notes: string[] = []
  return {
    sourceId: 'elastic',
    service: 'elastic',
    dataDir: '/nowhere',
    signal: new AbortController().signal,
    now,
    needsFiles: () => false,
    progress: () => {},
    note: (text) => void notes.push(text),
    ...fields,
    notes,
  }
}
