import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { openTables, withTable } from '../search.ts'
import { useView } from '../use-view.ts'
import { Icon } from './icon.tsx'
import { TableScroll } from './table-scroll.tsx'

interface Props {
  /** Its name in the URL and the prefix of its ids. */
  name: string
  title: string
  lead?: ReactNode
  legend?: ReactNode
  /** The same data as rows. */
  table: ReactNode
  children: ReactNode
}

/** A chart with its title, legend, and the table that stands behind it. */
export function ChartFrame({ name, title, lead, legend, table, children }: Props) {
  const { search, change } = useView()
  const open = openTables(search).has(name)
  return (
    <section className="panel" aria-labelledby={`${name}-title`}>
      <div className="panel-head">
        <div>
          <h2 id={`${name}-title`}>{title}</h2>
          {lead && <p>{lead}</p>}
        </div>
        <Button
          size="compact-xs"
          variant="default"
          className="no-print"
          leftSection={<Icon name={open ? 'chart' : 'table'} size={13} />}
          aria-label={`${title}: show as ${open ? 'chart' : 'table'}`}
          onClick={() => change({ table: withTable(search, name, !open).table })}
        >
          {open ? 'Chart' : 'Table'}
        </Button>
      </div>
      <div className="panel-body">
        {open ? (
          <TableScroll label={`${title} as a table`} tall>
            {table}
          </TableScroll>
        ) : (
          <>
            {children}
            {legend && <div className="legend">{legend}</div>}
          </>
        )}
      </div>
    </section>
  )
}
