import { lazy, Suspense } from 'react'
import type { MetricsAnswer } from '../api.ts'
import { bucketName, intervalText, metricText, pointBasis } from '../metric-view.ts'
import type { BucketName, MetricName } from '../search.ts'
import { absenceWords, metricWords } from '../words.ts'
import { ChartFrame } from './chart-frame.tsx'
import { Placeholder } from './state-panels.tsx'

const TrendChart = lazy(() => import('../charts/trend-chart.tsx').then((module) => ({ default: module.TrendChart })))

/** One metric over the window, bucket by bucket. */
export function TrendPanel({ metric, answer }: { metric: MetricName; answer: MetricsAnswer }) {
  const bucket = answer.bucket as BucketName
  const words = metricWords[metric]
  return (
    <ChartFrame
      name="trend"
      title={`${words.title} by ${bucket}`}
      lead={`${words.better === 'lower' ? 'Lower' : 'Higher'} is better.`}
      table={<TrendTable metric={metric} answer={answer} />}
      legend={<TrendLegend metric={metric} answer={answer} />}
    >
      <div className="trend">
        <div className="trend-fill">
          <Suspense fallback={<Placeholder height={280} label="The chart" />}>
            <TrendChart metric={metric} series={answer.series} bucket={bucket} />
          </Suspense>
        </div>
      </div>
    </ChartFrame>
  )
}

function TrendLegend({ metric, answer }: { metric: MetricName; answer: MetricsAnswer }) {
  const points = answer.series.map((entry) => entry.metrics[metric])
  const tone = metricWords[metric].family
  return (
    <>
      <span>
        <i className="key key-line" data-tone={tone} /> value
      </span>
      {points.some((point) => point.interval) && (
        <span>
          <i className="key key-band" data-tone={tone} /> 95% interval
        </span>
      )}
      {points.some((point) => typeof point.p90 === 'number') && (
        <span>
          <i className="key key-dash" /> p90
        </span>
      )}
      {answer.series.some((entry) => entry.partial) && (
        <span>
          <i className="key key-hatch" /> part of a {answer.bucket} only
        </span>
      )}
      {answer.series.some((entry) => entry.provisional) && (
        <span>
          <i className="key key-open" data-tone={tone} /> provisional
        </span>
      )}
      {points.some((point) => point.value === null) && <span>gap: no data</span>}
    </>
  )
}

function TrendTable({ metric, answer }: { metric: MetricName; answer: MetricsAnswer }) {
  const bucket = answer.bucket as BucketName
  const withP90 = answer.series.some((entry) => typeof entry.metrics[metric].p90 === 'number')
  return (
    <table className="table numbers">
      <thead>
        <tr>
          <th scope="col">{bucket === 'day' ? 'Day' : bucket === 'week' ? 'Week' : 'Period'}</th>
          <th scope="col" className="end">
            Value
          </th>
          <th scope="col">Rests on</th>
          <th scope="col">95% interval</th>
          {withP90 && (
            <th scope="col" className="end">
              p90
            </th>
          )}
          <th scope="col">Note</th>
        </tr>
      </thead>
      <tbody>
        {answer.series.map((entry) => {
          const point = entry.metrics[metric]
          const notes = [entry.partial && 'partial', entry.provisional && 'provisional', point.reason && absenceWords[point.reason]].filter(
            Boolean,
          )
          return (
            <tr key={entry.start}>
              <th scope="row">{bucketName(entry, bucket)}</th>
              <td className="end">{point.value === null ? <span className="dim">no data</span> : metricText(metric, point.value)}</td>
              <td>{pointBasis(metric, point)}</td>
              <td>{intervalText(metric, point.interval) ?? <span className="dim">too few</span>}</td>
              {withP90 && (
                <td className="end">
                  {typeof point.p90 === 'number' ? metricText(metric, point.p90) : <span className="dim">no data</span>}
                </td>
              )}
              <td className="dim">{notes.join(', ')}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
