import type { MetricLine } from '../api.ts'
import { counted } from '../format.ts'
import { intervalText, metricText } from '../metric-view.ts'
import { absenceWords, metricWords } from '../words.ts'
import { Sparkline } from './sparkline.tsx'
import { TableScroll } from './table-scroll.tsx'

/** This week beside the four before. */
export function ReportMetrics({ lines }: { lines: MetricLine[] }) {
  const weeks = lines[0]?.before.map((point) => point.week.slice(5)) ?? []
  return (
    <TableScroll label="Metrics, scrolls sideways">
      <table className="table table-report numbers">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" className="end">
              This week
            </th>
            <th scope="col">Rests on{lines.some((line) => line.comparison) ? '; against the week before' : ''}</th>
            <th scope="col">95% interval</th>
            {weeks.map((week) => (
              <th key={week} scope="col" className="end">
                {week}
              </th>
            ))}
            <th scope="col">Five weeks</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <MetricRow key={line.id} line={line} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  )
}

function MetricRow({ line }: { line: MetricLine }) {
  const words = metricWords[line.id]
  const values = [...line.before.map((point) => point.value), line.value]
  return (
    <tr>
      <th scope="row">{words.title}</th>
      <td className="end">{line.value === null ? <Absent reason={line.reason} /> : <strong>{metricText(line.id, line.value)}</strong>}</td>
      <td className="cell-sample">
        {sampleText(line)}
        {line.comparison && <span className="cell-verdict">{line.comparison}</span>}
      </td>
      <td>{intervalText(line.id, line.interval) ?? <span className="dim">too few</span>}</td>
      {line.before.map((point) => (
        <td key={point.week} className="end">
          {point.value === null ? (
            <Absent reason={point.reason} />
          ) : (
            metricText(line.id, point.value).replace(/ (?:per week|changes?)$/, '')
          )}
        </td>
      ))}
      <td>
        <Sparkline
          values={values}
          partial={false}
          tone={words.family}
          width={76}
          height={24}
          label={`Five weeks: ${values.map((value) => (value === null ? 'no data' : metricText(line.id, value))).join(', ')}`}
        />
      </td>
    </tr>
  )
}

function Absent({ reason }: { reason: MetricLine['reason'] }) {
  return (
    <span className="dim" title={reason ? absenceWords[reason] : undefined}>
      no data{reason && <span className="visually-hidden">: {absenceWords[reason]}</span>}
    </span>
  )
}

const nouns: Record<MetricLine['id'], string> = {
  deployment_frequency: 'deployment',
  change_lead_time: 'change',
  failed_deployment_recovery_time: 'failed deployment',
  change_fail_rate: 'deployment',
  deployment_rework_rate: 'deployment',
  batch_size: 'deployment',
  incident_time_to_restore: 'incident',
}

function sampleText(line: MetricLine): string {
  const count = line.count === null ? counted(line.n, nouns[line.id]) : `${line.count} of ${counted(line.n, nouns[line.id])}`
  const parts = [line.clusters ? `${count} in ${counted(line.clusters.n, line.clusters.unit)}` : count]
  if (line.open > 0) parts.push(`${line.open} still open`)
  if (line.pending > 0) parts.push(`${line.pending} too young to judge`)
  return parts.join(', ')
}
