import type { MetricsAnswer, SeriesEntry } from '../api.ts'
import { carried, type MetricName, type Search } from '../search.ts'
import type { AskedView } from '../use-view.ts'
import { MetricTile } from './metric-tile.tsx'

const throughput: MetricName[] = ['deployment_frequency', 'change_lead_time', 'failed_deployment_recovery_time']
const instability: MetricName[] = ['change_fail_rate', 'deployment_rework_rate']

/** Where a metric is opened: on the service's own page, or on a page of its own. */
export interface MetricPlace {
  service: string
  current: MetricName
}

/** The link to a metric of the scope that is shown. */
export function metricLink(metric: MetricName, asked: AskedView, place: MetricPlace | null) {
  const scope = asked.view.scope
  const search: Search = { ...carried(asked.search), scope: place || scope === 'org' ? undefined : scope }
  return place
    ? { to: '/services/$service' as const, params: { service: place.service }, search: { ...search, metric } }
    : { to: '/metrics/$metric' as const, params: { metric }, search }
}

interface Props {
  answer: MetricsAnswer
  weeks: SeriesEntry[] | null
  asked: AskedView
  place: MetricPlace | null
}

/** Throughput beside instability: neither is shown without the other. */
export function MetricTiles({ answer, weeks, asked, place }: Props) {
  const tile = (metric: MetricName) => (
    <MetricTile
      key={metric}
      metric={metric}
      answer={answer}
      weeks={weeks}
      link={metricLink(metric, asked, place)}
      current={place?.current === metric}
    />
  )
  return (
    <div className="families">
      <section className="family" data-tone="throughput" aria-labelledby="throughput">
        <h2 id="throughput" className="family-title">
          Throughput <span>How fast changes reach users</span>
        </h2>
        <div className="tiles">{throughput.map(tile)}</div>
      </section>
      <section className="family" data-tone="instability" aria-labelledby="instability">
        <h2 id="instability" className="family-title">
          Instability <span>How often that goes wrong</span>
        </h2>
        <div className="tiles">{instability.map(tile)}</div>
      </section>
    </div>
  )
}
