import { Link } from '@tanstack/react-router'
import type { MetricsAnswer, SeriesEntry, Signal } from '../api.ts'
import { basisText, metricFigure, seriesValues, shortIntervalText, sparklineLabel } from '../metric-view.ts'
import type { MetricName } from '../search.ts'
import { absenceWords, metricWords, signalWords } from '../words.ts'
import type { metricLink } from './metric-tiles.tsx'
import { Sparkline } from './sparkline.tsx'
import { Verdict } from './verdict.tsx'

interface Props {
  metric: MetricName
  answer: MetricsAnswer
  /** The last 12 weeks and the current one; null while they load. */
  weeks: SeriesEntry[] | null
  /** Where the tile leads: the metric itself; its count leads to the evidence. */
  link: ReturnType<typeof metricLink>
  current: boolean
}

/** One metric: value, how many observations, interval, twelve weeks, signals; the whole of it leads to the evidence. */
export function MetricTile({ metric, answer, weeks, link, current }: Props) {
  const words = metricWords[metric]
  const { value, interval, reason, comparison } = answer.metrics[metric]
  const figure = value === null ? null : metricFigure(metric, value)
  const range = value === null ? null : shortIntervalText(metric, value, interval)
  const values = weeks && seriesValues(weeks, metric)
  return (
    <article className="tile" data-tone={words.family} data-current={current}>
      <h3 className="tile-title">
        <Link
          {...link}
          hash={link.to === '/services/$service' ? 'metric' : ''}
          className="tile-link"
          aria-current={current ? 'true' : undefined}
        >
          {words.title}
        </Link>
      </h3>
      {figure ? (
        <>
          <p className="tile-value numbers">
            {figure.figure}
            <span className="tile-unit">{figure.unit}</span>
          </p>
          <p className="tile-basis numbers">
            <Link {...link} hash="evidence" title="Open the evidence">
              {basisText(metric, answer.metrics)}
            </Link>
          </p>
          <p className="tile-interval numbers">{range ? `95% interval ${range}` : 'Too few for an interval'}</p>
          {comparison && <Verdict comparison={comparison} />}
        </>
      ) : (
        <>
          <p className="tile-value tile-none">No data</p>
          <p className="tile-reason">{reason ? absenceWords[reason] : ''}</p>
        </>
      )}
      <div className="tile-spark">
        {weeks && !coversWindow(weeks, answer) && <p className="tile-spark-label">Last 12 weeks</p>}
        {values && (
          <Sparkline
            values={values}
            partial={weeks.at(-1)?.partial ?? false}
            tone={words.family}
            label={sparklineLabel(metric, values)}
            width={200}
            height={36}
          />
        )}
      </div>
      <TileFoot metric={metric} metrics={answer.metrics} />
    </article>
  )
}

/** Whether the weeks are those of the window that the value is of. */
function coversWindow(weeks: SeriesEntry[], { from, to }: MetricsAnswer): boolean {
  const last = weeks.at(-1)
  return last !== undefined && weeks[0]?.start === from && to > last.start && to <= last.end
}

function TileFoot({ metric, metrics }: { metric: MetricName; metrics: MetricsAnswer['metrics'] }) {
  switch (metric) {
    case 'deployment_frequency': {
      const { medianDaysBetween, perService } = metrics.deployment_frequency
      const notes = []
      if (medianDaysBetween !== null) notes.push(`Median ${formatDays(medianDaysBetween)} apart`)
      if (perService !== undefined && perService !== null)
        notes.push(`${perService.toLocaleString('en-GB', { maximumFractionDigits: 1 })} per service`)
      return <p className="tile-foot numbers">{notes.join(' · ')}</p>
    }
    case 'change_lead_time': {
      const quantiles = metrics.change_lead_time.quantiles
      return <p className="tile-foot numbers">{quantiles ? `p90 ${joinFigure(metric, quantiles.p90)}` : ''}</p>
    }
    case 'change_fail_rate':
      return (
        <TileSignals
          signals={metrics.change_fail_rate.signals}
          note={metrics.change_fail_rate.pending > 0 ? `${metrics.change_fail_rate.pending} pending` : null}
        />
      )
    case 'deployment_rework_rate':
      return <TileSignals signals={metrics.deployment_rework_rate.signals} note={null} />
    case 'batch_size':
      return (
        <p className="tile-foot numbers">{metrics.batch_size.p90 !== null ? `p90 ${joinFigure(metric, metrics.batch_size.p90)}` : ''}</p>
      )
    default:
      return <p className="tile-foot">{metrics[metric].n > 0 ? 'Those still open are counted in, as open' : ''}</p>
  }
}

function TileSignals({ signals, note }: { signals: Signal[]; note: string | null }) {
  return (
    <p className="tile-foot">
      {signals.length > 0 ? 'Sees ' : 'Sees no signal of failure'}
      {signals.map((signal, index) => (
        <span key={signal} title={signalWords[signal].meaning}>
          {signalWords[signal].title}
          {index < signals.length - 1 ? ', ' : ''}
        </span>
      ))}
      {note && ` · ${note}`}
    </p>
  )
}

function formatDays(days: number): string {
  return joinFigure('change_lead_time', days * 86_400)
}

function joinFigure(metric: MetricName, value: number): string {
  const { figure, unit } = metricFigure(metric, value)
  return `${figure} ${unit}`
}
