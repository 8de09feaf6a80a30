/** Collects from the fake as the collector does, without its patience. */
import type { Fact, Incident } from '../../../server/facts.ts'
import { collectAlerts } from '../../../server/sources/prometheus/collect.ts'
import { PrometheusOptions } from '../../../server/sources/prometheus/options.ts'
import type { Context } from '../../../server/sources/source.ts'
import type { PrometheusFake } from './start-prometheus.ts'

export const pace = { retryMs: 2, timeoutMs: 2000 }

export interface AlertsRun {
  facts: Fact[]
  cursor: string | null
  coveredFrom: (number | undefined)[]
  notes: string[]
}

export function alertOptions(fields: Record<string, unknown> = {}): PrometheusOptions {
  return PrometheusOptions.parse({ backfillDays: 3, ...fields })
}

export function alertsContext(now: string, more: Partial<Context> = {}): Context & { notes: string[] } {
  const notes: string[] = []
  return {
    sourceId: 'alerts',
    service: 'alerts',
    dataDir: '/nonexistent',
    signal: new AbortController().signal,
    now: new Date(now),
    needsFiles: () => false,
    progress: () => {},
    note: (text) => notes.push(text),
    notes,
    ...more,
  }
}

/** Leaves the source after so many batches where that is said, as a crash does. */
export async function runAlerts(
  fake: PrometheusFake,
  now: string,
  { cursor = null, stopAfter, ...fields }: { cursor?: string | null; stopAfter?: number } & Record<string, unknown> = {},
): Promise<AlertsRun> {
  const ctx = alertsContext(now)
  fake.now = Date.parse(now)
  const run: AlertsRun = { facts: [], cursor, coveredFrom: [], notes: ctx.notes }
  for await (const batch of collectAlerts(alertOptions({ url: fake.url, ...fields }), cursor, ctx, pace)) {
    run.facts.push(...batch.facts)
    run.cursor = batch.cursor
    run.coveredFrom.push(batch.coveredFrom)
    if (run.coveredFrom.length === stopAfter) break
  }
  return run
}

/** What stands of the incidents after several runs, as a line each: the greater time of its version wins. */
export function standingIncidents(...facts: Fact[]): string[] {
  const standing = new Map<string, Incident>()
  const time = (at: number | undefined) => at ?? Number.NEGATIVE_INFINITY
  for (const fact of facts) {
    if (fact.kind === 'withdrawal') standing.delete(fact.id)
    if (fact.kind !== 'incident') continue
    const known = standing.get(fact.id)
    if (known === undefined || time(fact.updatedAt) >= time(known.updatedAt)) standing.set(fact.id, fact)
  }
  const text = (at: number | undefined) => (at === undefined ? 'open' : new Date(at).toISOString().slice(5, 19))
  return [...standing.values()]
    .map(({ title, service, openedAt, resolvedAt }) => `${title} of ${service}: ${text(openedAt)} to ${text(resolvedAt)}`)
    .sort()
}
