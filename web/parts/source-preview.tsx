import { useQuery } from '@tanstack/react-query'
import { counted, formatInstant } from '../format.ts'
import { previewQuery } from '../queries.ts'
import { Icon } from './icon.tsx'
import { ErrorPanel, Placeholder } from './state-panels.tsx'
import { TableScroll } from './table-scroll.tsx'

const most = 200

/** What the source's rule would count, and why not the rest. */
export function SourcePreviewPanel({ id, timeZone }: { id: string; timeZone: string }) {
  const preview = useQuery(previewQuery(id))
  if (preview.error) return <ErrorPanel error={preview.error} retry={() => preview.refetch()} />
  if (!preview.data) return <Placeholder height={240} label="The preview" />
  const { rule, rows, hints, counted: n } = preview.data
  return (
    <div className="preview">
      <h3>The rule</h3>
      <p>{rule}</p>
      <p className="numbers">
        Of {counted(rows.length, 'thing')} it looked at, it counts <strong>{n.toLocaleString('en-GB')}</strong>.
        {rows.length > most && ` The first ${most} are shown.`}
      </p>
      {hints.length > 0 && (
        <ul className="notes">
          {hints.map((hint) => (
            <li key={hint}>{hint}</li>
          ))}
        </ul>
      )}
      {rows.length > 0 && (
        <TableScroll label={`What ${id} looked at`} tall>
          <table className="table numbers">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Time</th>
                <th scope="col">Counted</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, most).map((row) => (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  <td className="nowrap">{row.at ? formatInstant(row.at, timeZone) : <span className="dim">not known</span>}</td>
                  <td>
                    <span className="inclusion" data-state={row.counted ? 'in' : 'out'}>
                      <Icon name={row.counted ? 'check' : 'cross'} size={12} />
                      <span>{row.counted ? 'yes' : `no: ${row.reason ?? 'the rule does not take it'}`}</span>
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </div>
  )
}
