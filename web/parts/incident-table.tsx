import type { IncidentRow } from '../api.ts'
import { formatDuration, formatInstant } from '../format.ts'
import { causeWords, incidentReasonWords } from '../words.ts'
import { ExternalLink } from './external-link.tsx'
import { TableScroll } from './table-scroll.tsx'

interface Props {
  rows: IncidentRow[]
  several: boolean
  timeZone: string
}

/** Incidents, each with the deployment it is attributed to, or why to none. */
export function IncidentTable({ rows, several, timeZone }: Props) {
  return (
    <TableScroll label="Incidents, scrolls sideways">
      <table className="table table-evidence numbers">
        <thead>
          <tr>
            <th scope="col">Incident</th>
            {several && <th scope="col">Service</th>}
            <th scope="col">Severity</th>
            <th scope="col">Opened</th>
            <th scope="col" className="end">
              Restored after
            </th>
            <th scope="col">Attributed to</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.source}/${row.id}/${row.service ?? ''}`}>
              <th scope="row" className="cell-title">
                <ExternalLink href={row.url}>{row.title}</ExternalLink>
                <span className="cell-note">{row.id}</span>
              </th>
              {several && <td>{row.service ?? <span className="dim">unassigned</span>}</td>}
              <td>{row.severity ?? <span className="dim">not given</span>}</td>
              <td className="nowrap">{formatInstant(row.openedAt, timeZone)}</td>
              <td className="end nowrap">
                {row.restoreSeconds === null ? <span className="chip chip-warn">still open</span> : formatDuration(row.restoreSeconds)}
              </td>
              <td className="cell-wide">
                <Attribution row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  )
}

function Attribution({ row }: { row: IncidentRow }) {
  if (row.deployment) {
    return (
      <>
        {row.deployment.id}
        <span className="cell-note">
          {row.attribution === 'named' ? 'named by the incident' : 'by time: the latest deployment shortly before'}
        </span>
      </>
    )
  }
  return (
    <>
      <span className="dim">No deployment</span>
      {row.unattributed && (
        <span className="cell-note">
          {incidentReasonWords[row.unattributed]}
          {row.unattributed === 'cause' && row.cause && ` but ${causeWords[row.cause]}`}
          {row.candidates.length > 0 && `; candidates: ${row.candidates.map((each) => each.id).join(', ')}`}
        </span>
      )}
    </>
  )
}
