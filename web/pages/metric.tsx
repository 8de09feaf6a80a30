import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { BatchBands } from '../parts/batch-bands.tsx'
import { Crumbs } from '../parts/crumbs.tsx'
import { DistributionPanel } from '../parts/distribution-panel.tsx'
import { Evidence } from '../parts/evidence.tsx'
import { MetricWordsPanel } from '../parts/metric-words.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { StageMedians } from '../parts/stage-medians.tsx'
import { ErrorPanel, Placeholder } from '../parts/state-panels.tsx'
import { TrendPanel } from '../parts/trend-panel.tsx'
import { ViewBar } from '../parts/view-bar.tsx'
import { WhyPanel } from '../parts/why-panel.tsx'
import { metricsQuery } from '../queries.ts'
import { carried, type MetricName, metricNames } from '../search.ts'
import { useView } from '../use-view.ts'
import { metricWords } from '../words.ts'
import { NotFoundPage } from './not-found.tsx'

/** One metric of everything, a team or a service, down to its rows. */
export function MetricPage() {
  const { metric } = useParams({ strict: false })
  const known = metricNames.find((name) => name === metric)
  return known ? <KnownMetric key={known} metric={known} /> : <NotFoundPage />
}

function KnownMetric({ metric }: { metric: MetricName }) {
  const asked = useView()
  const metrics = useQuery(metricsQuery(asked.view, asked.bucket))
  const scope = asked.view.scope.replace(/^(?:team|service):/, '')
  return (
    <>
      {asked.view.scope.startsWith('service:') ? (
        <nav className="crumbs" aria-label="Where this is">
          <Link to="/" search={carried(asked.search)}>
            {scope}
          </Link>
          <span aria-hidden="true">/</span>
          <span>{metricWords[metric].title}</span>
        </nav>
      ) : (
        <Crumbs search={asked.search} team={scope === 'org' ? null : scope} here={metricWords[metric].title} />
      )}
      <PageTitle page={metricWords[metric].title} title={metricWords[metric].title} kind={scope === 'org' ? 'Organisation' : scope} />
      <ViewBar asked={asked} />
      {metrics.error ? (
        <ErrorPanel error={metrics.error} retry={() => metrics.refetch()} />
      ) : (
        <div className="stack stack-large">
          {metrics.data ? (
            <div className="beside-words">
              <TrendPanel metric={metric} answer={metrics.data} />
              <MetricWordsPanel metric={metric} answer={metrics.data} />
            </div>
          ) : (
            <Placeholder height={380} label="The metric" />
          )}
          {(metric === 'change_lead_time' || metric === 'change_fail_rate') && <WhyPanel metric={metric} asked={asked} />}
          {metric === 'change_lead_time' && (
            <>
              <DistributionPanel asked={asked} />
              {metrics.data && <StageMedians answer={metrics.data} />}
            </>
          )}
          {metric === 'batch_size' && metrics.data && <BatchBands answer={metrics.data} />}
          <Evidence metric={metric} asked={asked} />
        </div>
      )}
    </>
  )
}
