import { useQuery } from '@tanstack/react-query'
import type { RunBody } from '../api.ts'
import { formatDuration, formatInstant } from '../format.ts'
import { runsQuery } from '../queries.ts'
import { Icon, type IconName } from './icon.tsx'
import { ErrorPanel, Placeholder } from './state-panels.tsx'
import { TableScroll } from './table-scroll.tsx'

const outcomes: Record<RunBody['outcome'], { label: string; chip: string; icon: IconName }> = {
  running: { label: 'running', chip: 'chip', icon: 'run' },
  succeeded: { label: 'succeeded', chip: 'chip chip-good', icon: 'check' },
  failed: { label: 'failed', chip: 'chip chip-bad', icon: 'warning' },
  interrupted: { label: 'interrupted', chip: 'chip chip-warn', icon: 'cross' },
}

/** The newest runs of a source. */
export function SourceRuns({ id, timeZone }: { id: string; timeZone: string }) {
  const runs = useQuery(runsQuery(id))
  if (runs.error) return <ErrorPanel error={runs.error} retry={() => runs.refetch()} />
  if (!runs.data) return <Placeholder height={200} label="The run log" />
  if (runs.data.runs.length === 0) return <p className="dim">It has not run yet.</p>
  return (
    <TableScroll label={`Run log of ${id}`} tall>
      <table className="table table-evidence numbers">
        <thead>
          <tr>
            <th scope="col">Started</th>
            <th scope="col">Outcome</th>
            <th scope="col" className="end">
              Took
            </th>
            <th scope="col" className="end">
              New or changed
            </th>
            <th scope="col" className="end">
              Unchanged
            </th>
            <th scope="col">Notes</th>
          </tr>
        </thead>
        <tbody>
          {runs.data.runs.map((run) => (
            <tr key={run.id}>
              <th scope="row" className="nowrap">
                {formatInstant(run.startedAt, timeZone)}
              </th>
              <td>
                <span className={outcomes[run.outcome].chip}>
                  <Icon name={outcomes[run.outcome].icon} size={12} /> {outcomes[run.outcome].label}
                </span>
              </td>
              <td className="end nowrap">{run.durationSeconds === null ? '' : formatDuration(run.durationSeconds)}</td>
              <td className="end">{run.accepted.toLocaleString('en-GB')}</td>
              <td className="end">{run.unchanged.toLocaleString('en-GB')}</td>
              <td className="cell-wide">
                {run.error ? (
                  <>
                    {run.error.message} {run.error.mend && <span className="cell-note">{run.error.mend}</span>}
                  </>
                ) : (
                  <span className="dim">{run.notes.join(' ')}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  )
}
