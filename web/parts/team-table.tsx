import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Team } from '../api.ts'
import { teamMetricsQuery, teamsQuery } from '../queries.ts'
import { carried, type Search } from '../search.ts'
import { teamsWithin } from '../team-tree.ts'
import type { AskedView } from '../use-view.ts'
import { type Column, MetricList } from './metric-list.tsx'
import { ErrorPanel, Placeholder } from './state-panels.tsx'

/** The teams directly within a team, or without one those at the top; nothing where there are none. */
export function TeamTable({ team, asked }: { team: string | null; asked: AskedView }) {
  const known = teamsWithin(useQuery(teamsQuery()).data?.teams ?? [], team)
  const { data, error, refetch } = useQuery({ ...teamMetricsQuery(asked.view), enabled: known.length > 0 })
  if (known.length === 0) return null
  if (error) return <ErrorPanel error={error} retry={() => refetch()} />
  if (data === undefined) return <Placeholder height={80 + 40 * known.length} label="The list of teams" />
  return (
    <MetricList
      id="teams"
      title="Teams"
      noun="team"
      items={teamsWithin(data.teams, team)}
      list={data}
      name={nameColumn(asked.search)}
      before={[servicesColumn]}
    />
  )
}

function nameColumn(search: Search): Column<Team> {
  return {
    title: 'Team',
    cell: ({ id, title }) => (
      <Link to="/" search={{ ...carried(search), scope: `team:${id}` }}>
        {title}
      </Link>
    ),
  }
}

const servicesColumn: Column<Team> = {
  title: 'Services',
  end: true,
  cell: ({ allServices }) => allServices.length.toLocaleString('en-GB'),
}
