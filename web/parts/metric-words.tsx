import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { MetricsAnswer } from '../api.ts'
import { counted } from '../format.ts'
import { basisText, beforeText, intervalText, metricFigure } from '../metric-view.ts'
import { definitionQuery } from '../queries.ts'
import type { MetricName } from '../search.ts'
import { absenceWords, basisWords, metricWords, signalWords } from '../words.ts'
import { Verdict } from './verdict.tsx'

/** The number in full with its definition in words beside it. */
export function MetricWordsPanel({ metric, answer }: { metric: MetricName; answer: MetricsAnswer }) {
  const words = metricWords[metric]
  const definition = useQuery(definitionQuery()).data
  const told = definition?.metrics.find((each) => each.id === metric)
  const { value, interval, reason, comparison } = answer.metrics[metric]
  const figure = value === null ? null : metricFigure(metric, value)
  const range = intervalText(metric, interval)
  return (
    <section className="panel metric-words" data-tone={words.family} aria-labelledby="metric-words-title">
      <h2 id="metric-words-title">{words.title}</h2>
      {figure ? (
        <p className="tile-value numbers">
          {figure.figure}
          <span className="tile-unit">{figure.unit}</span>
        </p>
      ) : (
        <p className="tile-value tile-none">No data</p>
      )}
      <p className="numbers">{figure ? basisText(metric, answer.metrics) : reason && absenceWords[reason]}</p>
      {figure && <p className="dim numbers">{range ? `95% interval ${range}` : 'Too few independent observations for an interval.'}</p>}
      {comparison && <Verdict comparison={comparison} />}
      {comparison && <p className="dim numbers">{beforeText(metric, comparison)}</p>}
      <Details metric={metric} answer={answer} />
      <h3>What it means</h3>
      <p>{told?.question ?? words.line}</p>
      {told && <p className="dim">{told.rule}</p>}
      {told && <p className="dim">{told.interval}</p>}
      <p className="small">
        <Link to="/definitions" hash={metric}>
          Definition {answer.definition}
        </Link>
        {' · '}
        <a href="#evidence">Evidence</a>
      </p>
    </section>
  )
}

function Details({ metric, answer }: { metric: MetricName; answer: MetricsAnswer }) {
  const items = detailsOf(metric, answer.metrics)
  if (items.length === 0) return null
  return (
    <dl className="details numbers">
      {items.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}

function detailsOf(metric: MetricName, metrics: MetricsAnswer['metrics']): [string, string][] {
  const say = (value: number) => {
    const { figure, unit } = metricFigure(metric, value)
    return unit === '%' ? `${figure}%` : `${figure} ${unit}`
  }
  switch (metric) {
    case 'deployment_frequency': {
      const { medianDaysBetween, perService } = metrics.deployment_frequency
      const items: [string, string][] = []
      if (medianDaysBetween !== null)
        items.push(['Median between two', `${medianDaysBetween.toLocaleString('en-GB', { maximumFractionDigits: 1 })} days`])
      if (typeof perService === 'number') items.push(['Per service', say(perService)])
      return items
    }
    case 'change_lead_time': {
      const { quantiles, basis, n } = metrics.change_lead_time
      if (!quantiles) return []
      const shares = Object.entries(basis).filter(([, count]) => count > 0)
      return [
        ['p75', say(quantiles.p75)],
        ['p90', say(quantiles.p90)],
        ['p95', say(quantiles.p95)],
        [
          'Starts known from',
          shares.map(([name, count]) => `${basisWords[name as keyof typeof basisWords]} ${Math.round((count / n) * 100)}%`).join(', '),
        ],
      ]
    }
    case 'change_fail_rate': {
      const { pending, provisional, signals, failuresPerWeek } = metrics.change_fail_rate
      const items: [string, string][] = [['Sees', signals.map((signal) => signalWords[signal].title).join(', ') || 'no signal of failure']]
      if (failuresPerWeek !== null) items.push(['Failures a week', failuresPerWeek.toLocaleString('en-GB', { maximumFractionDigits: 1 })])
      if (pending > 0) items.push(['Too young to judge', counted(pending, 'deployment')])
      if (provisional > 0) items.push(['May still change', counted(provisional, 'deployment')])
      return items
    }
    case 'deployment_rework_rate':
      return [
        ['Sees', metrics.deployment_rework_rate.signals.map((signal) => signalWords[signal].title).join(', ') || 'no signal of failure'],
      ]
    case 'batch_size':
      return metrics.batch_size.p90 === null ? [] : [['p90', say(metrics.batch_size.p90)]]
    default:
      return []
  }
}
