import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { counted } from '../format.ts'
import { incidentsQuery } from '../queries.ts'
import { carried } from '../search.ts'
import type { AskedView } from '../use-view.ts'
import { IncidentTable } from './incident-table.tsx'
import { EmptyState, ErrorPanel, Placeholder } from './state-panels.tsx'

/** The newest incidents of the window; the evidence of incident time to restore has them all. */
export function IncidentPanel({ asked }: { asked: AskedView }) {
  const incidents = useQuery(incidentsQuery({ ...asked.view, metric: 'incident_time_to_restore', limit: 10 }))
  if (incidents.error) return <ErrorPanel error={incidents.error} retry={() => incidents.refetch()} />
  if (!incidents.data) return <Placeholder height={220} label="The list of incidents" />
  const { items, next, totals } = incidents.data
  return (
    <section className="panel" aria-labelledby="incidents">
      <div className="panel-head">
        <div>
          <h2 id="incidents">Incidents</h2>
          <p>{counted(totals?.rows ?? items.length, 'incident')} opened in this window.</p>
        </div>
        {next && (
          <Link
            to="/metrics/$metric"
            params={{ metric: 'incident_time_to_restore' }}
            search={{ ...carried(asked.search), scope: asked.view.scope }}
            hash="evidence"
            className="small"
          >
            All incidents
          </Link>
        )}
      </div>
      {items.length === 0 ? (
        <EmptyState title="No incident in this window">
          Either there was none, or no source tells of incidents. POST /api/v1/incidents takes them from anywhere.
        </EmptyState>
      ) : (
        <IncidentTable rows={items} several={false} timeZone={asked.timeZone} />
      )}
    </section>
  )
}
