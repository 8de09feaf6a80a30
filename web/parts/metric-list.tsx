import type { ReactNode } from 'react'
import type { ListedMetrics, ServiceList } from '../api.ts'
import { counted, percentFigure } from '../format.ts'
import { comparedText, metricText, sparklineLabel } from '../metric-view.ts'
import { absenceWords } from '../words.ts'
import { Sparkline } from './sparkline.tsx'
import { TableScroll } from './table-scroll.tsx'

export interface Column<Item> {
  title: string
  end?: boolean
  cell(item: Item): ReactNode
}

type Listed = { id: string } & ListedMetrics
type Points = NonNullable<ListedMetrics['metrics']>

interface Props<Item extends Listed> {
  /** Of the heading, unique on the page. */
  id: string
  title: string
  noun: string
  items: Item[]
  /** Those of the items that a filter leaves. */
  shown?: Item[]
  /** What the answer says of all of its items. */
  list: Pick<ServiceList, 'buckets' | 'estimate' | 'comparison'>
  /** The row's own name, with the way to it. */
  name: Column<Item>
  before: Column<Item>[]
  after?: Column<Item>[]
  filter?: ReactNode
  /** What there is to say where no item is shown. */
  empty?: ReactNode
}

/** Items with their metrics in the answer's order, which is never how they fare; what stands out is told in words. */
export function MetricList<Item extends Listed>({ id, title, noun, items, shown = items, list, filter, empty, ...columns }: Props<Item>) {
  const partial = list.buckets?.at(-1)?.partial ?? false
  const standing = items.some((item) => standingOut(item.metrics).length > 0)
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <div>
          <h2 id={id}>{title}</h2>
          <p>
            {standing ? 'Those that stand out first, the rest by name.' : 'By name.'} {counted(items.length, noun)}
            {shown.length === items.length ? '' : `, ${shown.length} shown`}
            {list.comparison ? `; ${comparedText(items)} from the window before` : ''}.
            {list.estimate && ` Times are estimates, within ${percentFigure(list.estimate.relativeError).figure}%.`}
          </p>
        </div>
        {filter}
      </div>
      {shown.length === 0 ? empty : <MetricTable label={title} items={shown} partial={partial} {...columns} />}
    </section>
  )
}

interface TableProps<Item extends Listed> extends Pick<Props<Item>, 'items' | 'name' | 'before' | 'after'> {
  label: string
  partial: boolean
}

function MetricTable<Item extends Listed>({ label, items, partial, name, before, after = [] }: TableProps<Item>) {
  const all = [...before, ...metricColumns, weeksColumn(partial), ...after]
  return (
    <TableScroll label={`${label}, scrolls sideways`}>
      <table className="table table-listed numbers">
        <thead>
          <tr>
            {[name, ...all].map((column) => (
              <th key={column.title} scope="col" className={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.id}>
              <th scope="row">
                {name.cell(item)}
                <StandsOut metrics={item.metrics} />
              </th>
              {all.map((column) => (
                <td key={column.title} className={classOf(column)}>
                  {column.cell(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  )
}

function classOf({ end }: { end?: boolean }): string | undefined {
  return end ? 'end' : undefined
}

const metricColumns: Column<ListedMetrics>[] = [
  {
    title: 'Deployment frequency',
    end: true,
    cell: ({ metrics }) => <Value metric="deployment_frequency" point={metrics?.deployment_frequency} />,
  },
  { title: 'Lead time', end: true, cell: ({ metrics }) => <Value metric="change_lead_time" point={metrics?.change_lead_time} /> },
  { title: 'Change fail rate', end: true, cell: ({ metrics }) => <FailRate point={metrics?.change_fail_rate} /> },
]

function weeksColumn(partial: boolean): Column<ListedMetrics> {
  return {
    title: 'Deployments by week',
    cell({ series }) {
      const values = series?.deployment_frequency ?? []
      const label = sparklineLabel('deployment_frequency', values)
      return <Sparkline values={values} partial={partial} tone="throughput" width={120} height={26} label={label} />
    },
  }
}

function FailRate({ point }: { point: Points['change_fail_rate'] | undefined }) {
  return (
    <>
      <Value metric="change_fail_rate" point={point} />
      {point && point.value !== null && (
        <span className="cell-count">
          {point.count ?? 0} of {point.n}
        </span>
      )}
    </>
  )
}

const titles = {
  deployment_frequency: 'deployments',
  change_lead_time: 'lead time',
  failed_deployment_recovery_time: 'recovery',
  change_fail_rate: 'fail rate',
  deployment_rework_rate: 'rework rate',
} as const

/** The metrics of an item that stand out among all of the list. */
function standingOut(metrics: Points | undefined): (keyof Points)[] {
  if (metrics === undefined) return []
  return (Object.keys(titles) as (keyof Points)[]).filter((id) => metrics[id].comparison?.standsOut)
}

function StandsOut({ metrics }: { metrics: Points | undefined }) {
  return standingOut(metrics).map((id) => (
    <span key={id} className="cell-stands-out">
      Stands out: {titles[id]} {metrics?.[id].comparison?.text.replace(/^clear: /, '')}
    </span>
  ))
}

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
