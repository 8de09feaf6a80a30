import { TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ServiceList, ServiceSummary, Team } from '../api.ts'
import { counted, formatAge, formatInstant, shortVersion } from '../format.ts'
import { metricText, sparklineLabel } from '../metric-view.ts'
import { teamsQuery } from '../queries.ts'
import { carried } from '../search.ts'
import { wayTo } from '../team-tree.ts'
import type { AskedView } from '../use-view.ts'
import { absenceWords } from '../words.ts'
import { Icon } from './icon.tsx'
import { Sparkline } from './sparkline.tsx'
import { EmptyState } from './state-panels.tsx'
import { TableScroll } from './table-scroll.tsx'

/** The services of a scope by name, never by how they fare. */
export function ServiceTable({ list, asked }: { list: ServiceList; asked: AskedView }) {
  const query = (asked.search.q ?? '').toLowerCase()
  const owned = list.services
  const teams = useQuery(teamsQuery()).data?.teams ?? []
  const shown = owned.filter((service) => wordsOf(service, teams).toLowerCase().includes(query))
  const partial = list.buckets?.at(-1)?.partial ?? false
  return (
    <section className="panel" aria-labelledby="services">
      <div className="panel-head">
        <div>
          <h2 id="services">Services</h2>
          <p>
            {list.comparison?.standOut ? 'Those that stand out first, the rest by name.' : 'By name.'} {counted(owned.length, 'service')}
            {query === '' ? '' : `, ${shown.length} shown`}
            {list.comparison ? `; ${list.comparison.text} from the window before` : ''}.
          </p>
        </div>
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
      </div>
      {shown.length === 0 ? (
        <EmptyState title={owned.length === 0 ? 'No services yet' : 'No service matches'}>
          {owned.length === 0
            ? 'A service appears with its first deployment. The sources page says what was collected.'
            : 'Try fewer letters of its name or of its team.'}
        </EmptyState>
      ) : (
        <TableScroll label="Services, scrolls sideways">
          <table className="table table-services numbers">
            <thead>
              <tr>
                <th scope="col">Service</th>
                <th scope="col">Team</th>
                <th scope="col" className="end">
                  Deployment frequency
                </th>
                <th scope="col" className="end">
                  Lead time
                </th>
                <th scope="col" className="end">
                  Change fail rate
                </th>
                <th scope="col">Deployments by week</th>
                <th scope="col">Last deployment</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((service) => (
                <ServiceRow key={service.id} service={service} partial={partial} asked={asked} />
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </section>
  )
}

/** Its own name, and those of its team and of the teams above. */
function wordsOf({ id, team }: ServiceSummary, teams: Team[]): string {
  const way = team === null ? [] : wayTo(teams, team)
  return [id, ...way.flatMap((each) => [each.id, each.title])].join('\n')
}

function ServiceRow({ service, partial, asked }: { service: ServiceSummary; partial: boolean; asked: AskedView }) {
  const { metrics, series, lastDeployment } = service
  const frequency = series?.deployment_frequency ?? []
  const fails = metrics?.change_fail_rate
  return (
    <tr>
      <th scope="row">
        <Link to="/services/$service" params={{ service: service.id }} search={{ ...carried(asked.search), scope: undefined }}>
          {service.id}
        </Link>
        {metrics && <StandsOut metrics={metrics} />}
      </th>
      <td>
        {service.team ? (
          <Link to="/" search={{ ...carried(asked.search), scope: `team:${service.team}` }} className="quiet-link">
            {service.team}
          </Link>
        ) : (
          <span className="dim">none</span>
        )}
      </td>
      <td className="end">
        <Value metric="deployment_frequency" point={metrics?.deployment_frequency} />
      </td>
      <td className="end">
        <Value metric="change_lead_time" point={metrics?.change_lead_time} />
      </td>
      <td className="end">
        <Value metric="change_fail_rate" point={fails} />
        {fails && fails.value !== null && (
          <span className="cell-count">
            {fails.count ?? 0} of {fails.n}
          </span>
        )}
      </td>
      <td>
        <Sparkline
          values={frequency}
          partial={partial}
          tone="throughput"
          width={120}
          height={26}
          label={sparklineLabel('deployment_frequency', frequency)}
        />
      </td>
      <td>
        {lastDeployment ? (
          <span title={formatInstant(lastDeployment.finishedAt, asked.timeZone)}>
            {formatAge(Date.parse(lastDeployment.finishedAt), Date.now())}
            {lastDeployment.version && <span className="cell-version">{shortVersion(lastDeployment.version)}</span>}
          </span>
        ) : (
          <span className="dim">none known</span>
        )}
      </td>
    </tr>
  )
}

const titles = {
  deployment_frequency: 'deployments',
  change_lead_time: 'lead time',
  failed_deployment_recovery_time: 'recovery',
  change_fail_rate: 'fail rate',
  deployment_rework_rate: 'rework rate',
} as const

/** What of a service stands out among all of the list. */
function StandsOut({ metrics }: { metrics: Points }) {
  const out = (Object.keys(titles) as (keyof Points)[]).filter((id) => metrics[id].comparison?.standsOut)
  return out.map((id) => (
    <span key={id} className="cell-stands-out">
      Stands out: {titles[id]} {metrics[id].comparison?.text.replace(/^clear: /, '')}
    </span>
  ))
}

type Points = NonNullable<ServiceSummary['metrics']>

function Value({ metric, point }: { metric: keyof Points; point: Points[keyof Points] | undefined }) {
  if (point === undefined || point.value === null) {
    const why = point?.reason ? absenceWords[point.reason] : 'Nothing was observed'
    return (
      <span className="dim" title={why}>
        no data<span className="visually-hidden">: {why}</span>
      </span>
    )
  }
  return <>{metricText(metric, point.value)}</>
}
