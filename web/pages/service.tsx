import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ServiceSummary } from '../api.ts'
import { formatAge, formatInstant } from '../format.ts'
import { BatchBands } from '../parts/batch-bands.tsx'
import { BesideStrip } from '../parts/beside-strip.tsx'
import { Crumbs } from '../parts/crumbs.tsx'
import { DataLine } from '../parts/data-line.tsx'
import { DistributionPanel } from '../parts/distribution-panel.tsx'
import { EmptyWindow } from '../parts/empty-window.tsx'
import { Evidence } from '../parts/evidence.tsx'
import { FailingSources } from '../parts/failing-sources.tsx'
import { IncidentPanel } from '../parts/incident-panel.tsx'
import { LanePanel } from '../parts/lane-panel.tsx'
import { MetricTiles } from '../parts/metric-tiles.tsx'
import { MetricWordsPanel } from '../parts/metric-words.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { StageMedians } from '../parts/stage-medians.tsx'
import { ErrorPanel, Placeholder } from '../parts/state-panels.tsx'
import { TrendPanel } from '../parts/trend-panel.tsx'
import { ViewBar } from '../parts/view-bar.tsx'
import { headlineQuery, metricsQuery, serviceQuery } from '../queries.ts'
import type { MetricName } from '../search.ts'
import { useAnchor } from '../use-anchor.ts'
import { type AskedView, useView } from '../use-view.ts'

/** One service: its metrics, their trends, its deployments, its changes, and the rows behind them. */
export function ServicePage() {
  const { service = '' } = useParams({ strict: false })
  return <Service key={service} id={service} />
}

function Service({ id }: { id: string }) {
  const asked = useView(`service:${id}`)
  const { view, weeks, bucket, search } = asked
  const metric: MetricName = search.metric ?? 'change_lead_time'
  const service = useQuery(serviceQuery(id))
  const metrics = useQuery(metricsQuery(view, bucket))
  const recent = useQuery(metricsQuery(weeks, 'week'))
  const headline = useQuery(headlineQuery(view))
  if (service.error) {
    return (
      <>
        <PageTitle page="Service" title={id} kind="Service" />
        <ErrorPanel error={service.error} />
        <p className="page-lead">
          <Link to="/">All services</Link>
        </p>
      </>
    )
  }
  return (
    <>
      <Crumbs search={search} team={service.data?.team ?? null} here={id} />
      <PageTitle page="Service" title={id} kind="Service">
        <p className="dim small numbers">{service.data ? <ServiceFacts service={service.data} timeZone={asked.timeZone} /> : ' '}</p>
      </PageTitle>
      <ViewBar asked={asked} />
      {metrics.error ? (
        <ErrorPanel error={metrics.error} retry={() => metrics.refetch()} />
      ) : (
        <div className="stack stack-large">
          <div className="headline">
            {headline.data ? <p className="headline-text">{headline.data.headline}</p> : <Placeholder height={30} label="The headline" />}
            {metrics.data ? <DataLine answer={metrics.data} timeZone={asked.timeZone} /> : <p className="data-line">&nbsp;</p>}
            <FailingSources services={[id]} timeZone={asked.timeZone} />
          </div>
          {metrics.data && service.data && (
            <EmptyWindow answer={metrics.data} lastDeployments={[service.data.lastDeployment?.finishedAt ?? null]} asked={asked} />
          )}
          {metrics.data ? (
            <>
              <MetricTiles
                answer={metrics.data}
                weeks={recent.data?.series ?? null}
                asked={asked}
                place={{ service: id, current: metric }}
              />
              <BesideStrip answer={metrics.data} asked={asked} place={{ service: id, current: metric }} />
            </>
          ) : (
            <Placeholder height={400} label="The metrics" />
          )}
          <MetricSection metric={metric} asked={asked} />
          <LanePanel asked={asked} />
          {metric !== 'change_lead_time' && <DistributionPanel asked={asked} />}
          <Evidence key={metric} metric={metric} asked={asked} />
          {metric !== 'incident_time_to_restore' && <IncidentPanel asked={asked} />}
        </div>
      )}
    </>
  )
}

function ServiceFacts({ service, timeZone }: { service: ServiceSummary; timeZone: string }) {
  const { team, lastDeployment, coveredFrom } = service
  return (
    <>
      {team ? `Team ${team}` : 'No team'}
      {' · '}
      {lastDeployment ? `last deployment ${formatAge(Date.parse(lastDeployment.finishedAt), Date.now())}` : 'no deployment known'}
      {coveredFrom && ` · covered since ${formatInstant(coveredFrom, timeZone)}`}
    </>
  )
}

function MetricSection({ metric, asked }: { metric: MetricName; asked: AskedView }) {
  const ref = useAnchor('metric')
  const metrics = useQuery(metricsQuery(asked.view, asked.bucket))
  if (!metrics.data) return <Placeholder height={380} label="The metric" />
  return (
    <section className="stack stack-large anchor" ref={ref} id="metric" tabIndex={-1} aria-label="The chosen metric">
      <div className="beside-words">
        <TrendPanel metric={metric} answer={metrics.data} />
        <MetricWordsPanel metric={metric} answer={metrics.data} />
      </div>
      {metric === 'change_lead_time' && (
        <div className="beside-words">
          <DistributionPanel asked={asked} />
          <StageMedians answer={metrics.data} />
        </div>
      )}
      {metric === 'batch_size' && <BatchBands answer={metrics.data} />}
    </section>
  )
}
