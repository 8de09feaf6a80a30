import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { SourceBody } from '../api.ts'
import { BesideStrip } from '../parts/beside-strip.tsx'
import { Crumbs } from '../parts/crumbs.tsx'
import { DataLine } from '../parts/data-line.tsx'
import { EmptyWindow } from '../parts/empty-window.tsx'
import { FailingSources } from '../parts/failing-sources.tsx'
import { MetricTiles } from '../parts/metric-tiles.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { ServiceTable } from '../parts/service-table.tsx'
import { EmptyState, ErrorPanel, NoSource, Placeholder } from '../parts/state-panels.tsx'
import { TeamTable } from '../parts/team-table.tsx'
import { ViewBar } from '../parts/view-bar.tsx'
import { headlineQuery, metricsQuery, servicesQuery, sourcesQuery, teamsQuery } from '../queries.ts'
import { ownedBy } from '../team-tree.ts'
import { useView } from '../use-view.ts'

/** How everything, or one team, delivers: a sentence, the five metrics, the teams within, the services by name. */
export function OverviewPage() {
  const asked = useView()
  const { view, weeks, bucket } = asked
  const metrics = useQuery(metricsQuery(view, bucket))
  const recent = useQuery(metricsQuery(weeks, 'week'))
  const headline = useQuery(headlineQuery(view))
  const services = useQuery(servicesQuery(view))
  const sources = useQuery(sourcesQuery())
  const teamList = useQuery(teamsQuery())
  const teams = teamList.data?.teams ?? []
  const team = view.scope.startsWith('team:') ? view.scope.slice(5) : null
  const known = services.data && (team === null || !teamList.isPending) ? services.data : undefined
  const list = known && { ...known, services: ownedBy(known.services, teams, team) }
  const title = team ? (teams.find((each) => each.id === team)?.title ?? team) : 'Everything'
  return (
    <>
      {team !== null && <Crumbs search={asked.search} team={team} />}
      <PageTitle page="Overview" title={title} kind={team ? 'Team' : 'Organisation'} />
      <ViewBar asked={asked} />
      {metrics.error ? (
        <ErrorPanel error={metrics.error} retry={() => metrics.refetch()} />
      ) : (
        <div className="stack stack-large">
          <div className="headline">
            {headline.data ? <p className="headline-text">{headline.data.headline}</p> : <Placeholder height={30} label="The headline" />}
            {metrics.data ? <DataLine answer={metrics.data} timeZone={asked.timeZone} /> : <p className="data-line">&nbsp;</p>}
            <FailingSources services={team === null ? null : (list?.services ?? []).map(({ id }) => id)} timeZone={asked.timeZone} />
          </div>
          {metrics.data && list && (
            <EmptyWindow
              answer={metrics.data}
              lastDeployments={list.services.map((service) => service.lastDeployment?.finishedAt ?? null)}
              asked={asked}
            />
          )}
          {metrics.data === undefined ? (
            <Placeholder height={400} label="The metrics" />
          ) : metrics.data.asOf === null ? (
            <NothingCollected sources={sources.data?.sources ?? null} />
          ) : (
            <>
              <MetricTiles answer={metrics.data} weeks={recent.data?.series ?? null} asked={asked} place={null} />
              <BesideStrip answer={metrics.data} asked={asked} place={null} />
            </>
          )}
          <TeamTable team={team} asked={asked} />
          {services.error ? (
            <ErrorPanel error={services.error} retry={() => services.refetch()} />
          ) : list ? (
            <ServiceTable list={list} asked={asked} />
          ) : (
            <Placeholder height={600} label="The list of services" />
          )}
        </div>
      )}
    </>
  )
}

function NothingCollected({ sources }: { sources: SourceBody[] | null }) {
  if (sources === null) return <Placeholder height={200} label="What is collected" />
  if (sources.length === 0) {
    return (
      <div className="panel">
        <NoSource />
      </div>
    )
  }
  const failed = sources.filter((source) => source.lastError !== null).length
  return (
    <div className="panel">
      <EmptyState title="Nothing is collected yet" action={<Link to="/sources">Go to the sources</Link>}>
        {failed === 0
          ? 'The first collection is still to end. The sources page shows how far it is.'
          : failed === sources.length
            ? `${failed === 1 ? 'The only source' : 'Every source'} failed when it was read. The sources page says why, and how to mend it.`
            : `${failed} of ${sources.length} sources failed when they were read; the others are still to end. The sources page says more.`}
      </EmptyState>
    </div>
  )
}
