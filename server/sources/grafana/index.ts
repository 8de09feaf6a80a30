/** Incidents of alerts and alert groups, as Grafana sends them. */
import type { Source } from '../source.ts'
import { GrafanaOptions } from './options.ts'
import { grafanaReceiver } from './receive.ts'

export const grafanaSource: Source<GrafanaOptions> = {
  id: 'grafana',
  title: 'Grafana',
  options: GrafanaOptions,
  namesServices: true,
  receive: grafanaReceiver,
}
