import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { MetricsAnswer, SeriesEntry } from '../api.ts'
import { addDays } from '../calendar.ts'
import { counted, formatDuration, formatInstant } from '../format.ts'
import { MetricTile } from '../parts/metric-tile.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { ServiceTable } from '../parts/service-table.tsx'
import { EmptyState, ErrorPanel, Placeholder } from '../parts/state-panels.tsx'
import { ViewBar, windowLabel } from '../parts/view-bar.tsx'
import { headlineQuery, metricsQuery, servicesQuery, teamsQuery } from '../queries.ts'
import { carried, type MetricName } from '../search.ts'
import { type AskedView, useView } from '../use-view.ts'

const throughput: MetricName[] = ['deployment_frequency', 'change_lead_time', 'failed_deployment_recovery_time']
const instability: MetricName[] = ['change_fail_rate', 'deployment_rework_rate']

/** How everything, or one team, delivers: a sentence, the five metrics, the services by name. */
export function OverviewPage() {
  const asked = useView()
  const { view, weeks, bucket } = asked
  const metrics = useQuery(metricsQuery(view, bucket))
  const recent = useQuery(metricsQuery(weeks, 'week'))
  const headline = useQuery(headlineQuery(view))
  const services = useQuery(servicesQuery(view))
  const teams = useQuery(teamsQuery()).data?.teams ?? []
  const team = view.scope.startsWith('team:') ? view.scope.slice(5) : null
  const title = team ? (teams.find((each) => each.id === team)?.title ?? team) : 'Everything'
  return (
    <>
      <PageTitle page="Overview" title={title} kind={team ? 'Team' : 'Organisation'} />
      <ViewBar asked={asked} />
      {metrics.error ? (
        <ErrorPanel error={metrics.error} retry={() => metrics.refetch()} />
      ) : (
        <div className="stack stack-large">
          <div className="headline">
            {headline.data ? <p className="headline-text">{headline.data.headline}</p> : <Placeholder height={30} label="The headline" />}
            {metrics.data ? <DataLine answer={metrics.data} timeZone={asked.timeZone} /> : <p className="data-line">&nbsp;</p>}
          </div>
          {metrics.data ? <Tiles answer={metrics.data} weeks={recent.data?.series ?? null} asked={asked} /> : <Placeholder height={460} label="The metrics" />}
          {services.error ? (
            <ErrorPanel error={services.error} retry={() => services.refetch()} />
          ) : services.data ? (
            <ServiceTable list={services.data} team={team} asked={asked} />
          ) : (
            <Placeholder height={600} label="The list of services" />
          )}
        </div>
      )}
    </>
  )
}

/** What the numbers rest on: window, coverage, pooled services, age of the data. */
export function DataLine({ answer, timeZone }: { answer: MetricsAnswer; timeZone: string }) {
  const { from, to, coverage, pooled, asOf } = answer
  const parts = [windowLabel(from, to), coverage.days >= coverage.of ? 'fully covered' : `${round(coverage.days)} of ${coverage.of} days covered`]
  if (pooled) {
    const share = pooled.largestShare !== null && pooled.largest !== null ? `, ${Math.round(pooled.largestShare * 100)}% of deployments by ${pooled.largest}` : ''
    parts.push(`pools ${counted(pooled.services, 'service')}${share}`)
  }
  parts.push(asOf ? `data as of ${formatInstant(asOf, timeZone)}` : 'nothing collected yet')
  return <p className="data-line numbers">{parts.join(' · ')}</p>
}

function round(days: number): string {
  return days.toLocaleString('en-GB', { maximumFractionDigits: 1 })
}

function Tiles({ answer, weeks, asked }: { answer: MetricsAnswer; weeks: SeriesEntry[] | null; asked: AskedView }) {
  if (answer.asOf === null) return <NothingCollected />
  const tile = (metric: MetricName) => (
    <MetricTile
      key={metric}
      metric={metric}
      answer={answer}
      weeks={weeks}
      to="/metrics/$metric"
      params={{ metric }}
      search={carried({ ...asked.search, scope: asked.view.scope === 'org' ? undefined : asked.view.scope })}
    />
  )
  return (
    <>
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
      <BesideStrip answer={answer} asked={asked} />
    </>
  )
}

/** What explains the five: batch size, waiting changes, failures a week, all incidents. */
export function BesideStrip({ answer, asked }: { answer: MetricsAnswer; asked: AskedView }) {
  const { batch_size: batch, change_lead_time: lead, change_fail_rate: fails, incident_time_to_restore: restore } = answer.metrics
  const search = carried({ ...asked.search, scope: asked.view.scope === 'org' ? undefined : asked.view.scope })
  return (
    <dl className="beside panel numbers">
      <div>
        <dt>
          <Link to="/metrics/$metric" params={{ metric: 'batch_size' }} search={search} hash="evidence">
            Batch size
          </Link>
        </dt>
        <dd>
          <strong>{batch.value === null ? 'No data' : `${number(batch.value)} changes`}</strong>
          <span>{batch.value === null ? 'No deployment in this window' : `median of ${counted(batch.n, 'deployment')}${batch.p90 === null ? '' : `, p90 ${number(batch.p90)}`}`}</span>
        </dd>
      </div>
      <div>
        <dt>
          <Link to="/metrics/$metric" params={{ metric: 'change_lead_time' }} search={{ ...search, rows: 'waiting' }} hash="evidence">
            Waiting to be deployed
          </Link>
        </dt>
        <dd>
          <strong>{counted(lead.waiting.count, 'change')}</strong>
          <span>{lead.waiting.oldestSeconds === null ? 'Nothing merged waits' : `oldest merged ${formatDuration(lead.waiting.oldestSeconds)} ago`}</span>
        </dd>
      </div>
      <div>
        <dt>Failures a week</dt>
        <dd>
          <strong>{fails.failuresPerWeek === null ? 'No data' : number(fails.failuresPerWeek)}</strong>
          <span>{fails.failuresPerWeek === null ? 'Unknown without a signal of failure' : `${counted(fails.count, 'failed deployment')}${fails.pending > 0 ? `, ${fails.pending} too young to judge` : ''}`}</span>
        </dd>
      </div>
      <div>
        <dt>
          <Link to="/metrics/$metric" params={{ metric: 'incident_time_to_restore' }} search={search} hash="evidence">
            Incident time to restore
          </Link>
        </dt>
        <dd>
          <strong>{restore.value === null ? 'No data' : formatDuration(restore.value)}</strong>
          <span>
            {restore.value === null && restore.n === 0 ? 'No incident in this window' : `median of ${counted(restore.n, 'incident')}${restore.open > 0 ? `, ${restore.open} open` : ''}`}
          </span>
        </dd>
      </div>
    </dl>
  )
}

function number(value: number): string {
  return value.toLocaleString('en-GB', { maximumFractionDigits: value >= 10 ? 0 : 1 })
}

function NothingCollected() {
  return (
    <div className="panel">
      <EmptyState title="Nothing is collected yet" action={<Link to="/sources">Go to the sources</Link>}>
        The first run of each source is under way or has failed. Its page says which, with progress or the error and its mend.
      </EmptyState>
    </div>
  )
}

/** The 12 weeks up to the last deployment, for a window that holds none. */
export function weeksBefore(day: string): { from: string; to: string } {
  return { from: addDays(day, -84), to: addDays(day, 1) }
}
