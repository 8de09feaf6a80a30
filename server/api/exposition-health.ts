/** Whether this server is well: what waits to be read, and when each source last succeeded. */
import { Gauge, Registry } from 'prom-client'
import manifest from '../../package.json' with { type: 'json' }
import { canReceive } from '../collector/receive.ts'
import { readInboxStates } from '../store/inbox.ts'
import { readSources } from '../store/sources.ts'
import type { ApiDeps } from './api-deps.ts'

/** Read anew for each scrape; a source that was taken out of the configuration is left out, one that pushes is in. */
export async function healthText({ store, config, now }: Pick<ApiDeps, 'store' | 'config' | 'now'>): Promise<string> {
  const register = new Registry()
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `shiplog_${name}`, help, labelNames, registers: [register] })

  gauge('build_info', 'Always 1: the version that runs.', ['version']).set({ version: manifest.version }, 1)
  const deliveries = gauge('inbox_deliveries', 'Deliveries that wait to be read (pending), or were given up (failed).', ['source', 'state'])
  const receiving = config.sources.filter(({ type }) => canReceive(type)).map(({ id }) => id)
  for (const [source, { pending, failed }] of await readInboxStates(store.db, receiving)) {
    deliveries.set({ source, state: 'pending' }, pending)
    deliveries.set({ source, state: 'failed' }, failed)
  }
  const successAge = gauge(
    'source_last_success_age_seconds',
    'Seconds since the last successful collection, or write; missing before the first.',
    ['source'],
  )
  const failing = gauge('source_failing', 'Whether the last collection failed.', ['source'])
  const paused = gauge('source_paused', 'Whether a person paused the source.', ['source'])
  const configured = new Set(config.sources.map(({ id }) => id))
  for (const { id: source, pushed, lastSuccessAt, lastError, paused: isPaused } of await readSources(store.db)) {
    if (!pushed && !configured.has(source)) continue
    if (lastSuccessAt !== null) successAge.set({ source }, Math.max(0, now().getTime() - lastSuccessAt) / 1000)
    failing.set({ source }, lastError === null ? 0 : 1)
    paused.set({ source }, isPaused ? 1 : 0)
  }
  return register.metrics()
}
