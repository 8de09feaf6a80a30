import { TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ServiceList, ServiceSummary, Team } from '../api.ts'
import { formatAge, formatInstant, shortVersion } from '../format.ts'
import { teamsQuery } from '../queries.ts'
import { carried } from '../search.ts'
import { wayTo } from '../team-tree.ts'
import type { AskedView } from '../use-view.ts'
import { Icon } from './icon.tsx'
import { type Column, MetricList } from './metric-list.tsx'
import { EmptyState } from './state-panels.tsx'

/** The services of a scope by name, never by how they fare. */
export function ServiceTable({ list, asked }: { list: ServiceList; asked: AskedView }) {
  const query = (asked.search.q ?? '').toLowerCase()
  const owned = list.services
  const teams = useQuery(teamsQuery()).data?.teams ?? []
  const shown = owned.filter((service) => wordsOf(service, teams).toLowerCase().includes(query))
  return (
    <MetricList
      id="services"
      title="Services"
      noun="service"
      items={owned}
      shown={shown}
      list={list}
      {...columnsOf(asked)}
      filter={
        <TextInput
          size="xs"
          w={220}
          type="search"
          aria-label="Filter services by name or team"
          placeholder="Filter by name or team"
          leftSection={<Icon name="search" size={14} />}
          value={asked.search.q ?? ''}
          onChange={(event) => asked.change({ q: event.currentTarget.value || undefined })}
        />
      }
      empty={
        <EmptyState title={owned.length === 0 ? 'No services yet' : 'No service matches'}>
          {owned.length === 0
            ? 'A service appears with its first deployment. The sources page says what was collected.'
            : 'Try fewer letters of its name or of its team.'}
        </EmptyState>
      }
    />
  )
}

/** Its own name, and those of its team and of the teams above. */
function wordsOf({ id, team }: ServiceSummary, teams: Team[]): string {
  const way = team === null ? [] : wayTo(teams, team)
  return [id, ...way.flatMap((each) => [each.id, each.title])].join('\n')
}

function columnsOf({ search, timeZone }: AskedView) {
  const name: Column<ServiceSummary> = {
    title: 'Service',
    cell: ({ id }) => (
      <Link to="/services/$service" params={{ service: id }} search={{ ...carried(search), scope: undefined }}>
        {id}
      </Link>
    ),
  }
  const team: Column<ServiceSummary> = {
    title: 'Team',
    cell: (service) =>
      service.team ? (
        <Link to="/" search={{ ...carried(search), scope: `team:${service.team}` }} className="quiet-link">
          {service.team}
        </Link>
      ) : (
        <span className="dim">none</span>
      ),
  }
  const last: Column<ServiceSummary> = {
    title: 'Last deployment',
    cell: ({ lastDeployment }) =>
      lastDeployment ? (
        <span title={formatInstant(lastDeployment.finishedAt, timeZone)}>
          {formatAge(Date.parse(lastDeployment.finishedAt), Date.now())}
          {lastDeployment.version && <span className="cell-version">{shortVersion(lastDeployment.version)}</span>}
        </span>
      ) : (
        <span className="dim">none known</span>
      ),
  }
  return { name, before: [team], after: [last] }
}
