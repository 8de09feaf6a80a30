import type { PreviewBody } from '../api.ts'
import { formatInstant } from '../format.ts'
import { groupsOf } from '../source-words.ts'
import { Icon } from './icon.tsx'
import { TableScroll } from './table-scroll.tsx'

const most = 200

/** What the rule looked at, row by row; by group for a source of many repositories. */
export function SourcePreviewRows({ id, preview, timeZone }: { id: string; preview: PreviewBody; timeZone: string }) {
  if (preview.rows.length === 0) return null
  const groups = groupsOf(preview)
  if (groups === null) return <RowTable label={`What ${id} looked at`} rows={preview.rows} of={preview.looked} timeZone={timeZone} />
  return (
    <div className="preview-groups">
      {groups.map(({ name, looked, counted, rows }) => (
        <details key={name} open={groups.length === 1}>
          <summary className="numbers">
            <Icon name="right" size={13} />
            <span className="preview-group-name">{name}</span>
            <span className={counted === 0 ? 'dim' : undefined}>
              {counted.toLocaleString('en-GB')} of {looked.toLocaleString('en-GB')}
            </span>
          </summary>
          <RowTable label={`What ${id} looked at in ${name}`} rows={rows} of={looked} timeZone={timeZone} />
        </details>
      ))}
    </div>
  )
}

function RowTable({ label, rows, of, timeZone }: { label: string; rows: PreviewBody['rows']; of: number; timeZone: string }) {
  const shown = rows.slice(0, most)
  return (
    <>
      <TableScroll label={label} tall>
        <table className="table numbers">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Time</th>
              <th scope="col">Counted</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
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
      {of > shown.length && (
        <p className="dim small numbers">
          {shown.length.toLocaleString('en-GB')} of {of.toLocaleString('en-GB')} are shown.
        </p>
      )}
    </>
  )
}
