/** Incidents of alerts that fire: as Alertmanager sends them, and as Prometheus remembers them. */
import type { Source } from '../source.ts'
import { PrometheusOptions } from './options.ts'
import { prometheusReceiver } from './receive.ts'

export const prometheusSource: Source<PrometheusOptions> = {
  id: 'prometheus',
  title: 'Prometheus',
  options: PrometheusOptions,
  namesServices: true,
  async *collect(options, cursor, ctx) {
    const { collectAlerts } = await import('./collect.ts')
    yield* collectAlerts(options, cursor, ctx)
  },
  receive: prometheusReceiver,
  async *refresh(options, _changed, cursor, ctx) {
    const { refreshAlerts } = await import('./refresh.ts')
    yield* refreshAlerts(options, cursor, ctx)
  },
  async preview(options, ctx) {
    const { previewAlerts } = await import('./preview.ts')
    return previewAlerts(options, ctx)
  },
}
