import type { ChangeRow } from '../api.ts'
import { formatDuration, formatInstant } from '../format.ts'
import { basisWords, filesUnknownWords, stageWords } from '../words.ts'
import { Inclusion } from './evidence-reason.tsx'
import { ExternalLink } from './external-link.tsx'
import { StageBar } from './stage-bar.tsx'
import { TableScroll } from './table-scroll.tsx'

interface Props {
  rows: ChangeRow[]
  waiting: boolean
  several: boolean
  timeZone: string
}

/** Changes as evidence of lead time, or those that wait. */
export function ChangeTable({ rows, waiting, several, timeZone }: Props) {
  return (
    <TableScroll label="Changes, scrolls sideways">
      <table className="table table-evidence numbers">
        <thead>
          <tr>
            <th scope="col">Change</th>
            {several && <th scope="col">Service</th>}
            <th scope="col" className="end">
              {waiting ? 'Waits since merge' : 'Lead time'}
            </th>
            <th scope="col">Started</th>
            <th scope="col">{waiting ? 'Merged' : 'Live'}</th>
            {!waiting && <th scope="col">Where it waited</th>}
            {!waiting && <th scope="col">In this number</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.service} ${row.repository} ${row.key} ${row.deployment?.id ?? ''} ${row.environment}`}>
              <th scope="row" className="cell-title">
                <ExternalLink href={row.url}>{row.title}</ExternalLink>
                <span className="cell-note">{row.key.length >= 40 ? row.key.slice(0, 10) : row.key}</span>
              </th>
              {several && <td>{row.service}</td>}
              <td className="end nowrap">{sayDuration(waiting ? row.waitingSeconds : row.leadTimeSeconds)}</td>
              <td className="nowrap">
                {formatInstant(row.startedAt, timeZone)}
                <span className="cell-note">from {basisWords[row.basis]}</span>
                {row.filesUnknown && <span className="cell-note">{filesUnknownWords}</span>}
              </td>
              <td className="nowrap">
                {waiting ? formatInstant(row.mergedAt, timeZone) : row.deployedAt && formatInstant(row.deployedAt, timeZone)}
                {row.deployment && <span className="cell-note cell-cut">{row.deployment.id}</span>}
              </td>
              {!waiting && (
                <td>
                  {Object.keys(row.stages).length > 0 ? (
                    <StageBar
                      stages={row.stages}
                      label={Object.entries(row.stages)
                        .map(([stage, seconds]) => `${stageWords[stage as keyof typeof stageWords].title} ${formatDuration(seconds)}`)
                        .join(', ')}
                    />
                  ) : (
                    <span className="dim">not known</span>
                  )}
                </td>
              )}
              {!waiting && (
                <td>
                  <Inclusion row={row} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  )
}

function sayDuration(seconds: number | null): string {
  return seconds === null ? 'not known' : formatDuration(seconds)
}
