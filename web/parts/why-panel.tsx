import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense } from 'react'
import type { ExplainBody, ExplainedMetric, WhySplit } from '../api.ts'
import { counted, formatDuration, formatInstant } from '../format.ts'
import { explanationQuery } from '../queries.ts'
import type { AskedView } from '../use-view.ts'
import { ChartFrame } from './chart-frame.tsx'
import { ExternalLink } from './external-link.tsx'
import { ErrorPanel, Placeholder } from './state-panels.tsx'
import { WhyTable } from './why-table.tsx'

const WaterfallChart = lazy(() => import('../charts/waterfall-chart.tsx').then((module) => ({ default: module.WaterfallChart })))

/** Why the metric differs from the window before, where it clearly does. */
export function WhyPanel({ metric, asked }: { metric: ExplainedMetric; asked: AskedView }) {
  const explanation = useQuery(explanationQuery(asked.view, asked.bucket, metric))
  if (explanation.error) return <ErrorPanel error={explanation.error} retry={() => explanation.refetch()} />
  if (!explanation.data) return <Placeholder height={60} label="Why it moved" />
  const data = explanation.data
  if (!data.clear) return <p className="why-none">{data.text}</p>
  const splits = splitsOf(data)
  return (
    <ChartFrame
      name="why"
      title="Why it moved"
      lead={data.text}
      table={splits.map((split) => <WhyTable key={split.title} {...split} metric={metric} search={asked.search} />)}
    >
      <ul className="why-sentences">
        {data.sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <div className="why-splits">
        {splits.map(({ title, note, split }) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            <p className="dim small">{note}</p>
            <Suspense fallback={<Placeholder height={240} label="The chart" />}>
              <WaterfallChart split={split} metric={metric} search={asked.search} label={`${title}: ${data.text}`} />
            </Suspense>
          </section>
        ))}
      </div>
      <div className="why-lists">
        <Rows data={data} timeZone={asked.timeZone} />
      </div>
    </ChartFrame>
  )
}

export interface NamedSplit {
  title: string
  note: string
  split: WhySplit
}

function splitsOf({ services, stages, metric }: ExplainBody): NamedSplit[] {
  const splits: NamedSplit[] = []
  if (services !== null) {
    const note =
      metric === 'change_lead_time'
        ? 'A typical change (geometric mean) on a logarithmic scale: the parts multiply.'
        : 'Failed among judged deployments: the parts add up.'
    splits.push({ title: 'By service', note, split: services })
  }
  if (stages !== null) splits.push({ title: 'By stage', note: 'The mean lead time: the parts add up.', split: stages })
  return splits
}

/** The rows that carry most of it. */
function Rows({ data, timeZone }: { data: ExplainBody; timeZone: string }) {
  const { changes, backlog, failures } = data
  return (
    <>
      {changes?.most && (
        <RowList title={`The longest of ${counted(changes.of, 'change')}${before(changes.window)}`}>
          {changes.items.map((item) => (
            <li key={`${item.service} ${item.key}`}>
              <ExternalLink href={item.url}>{item.title}</ExternalLink>
              <span className="why-row-note dim numbers">
                {item.service}, {formatDuration(item.seconds)}, live {formatInstant(item.deployedAt, timeZone)}
              </span>
            </li>
          ))}
        </RowList>
      )}
      {backlog && (
        <RowList title={`Releases of a backlog${before(backlog.window)}`}>
          {backlog.items.map((item) => (
            <li key={`${item.source} ${item.id}`}>
              <ExternalLink href={item.url}>{item.name}</ExternalLink>
              <span className="why-row-note dim numbers">
                {counted(item.changes, 'change')}, waited {formatDuration(item.waitSeconds)} (usually{' '}
                {formatDuration(item.usualWaitSeconds)}
                ), live {formatInstant(item.at, timeZone)}
              </span>
            </li>
          ))}
        </RowList>
      )}
      {failures[0] && (
        <RowList title={`Failed deployments${before(failures[0].window)}`}>
          {failures.map((item) => (
            <li key={`${item.source} ${item.id}`}>
              <ExternalLink href={item.url}>{item.name}</ExternalLink>
              <span className="why-row-note dim numbers">
                {formatInstant(item.at, timeZone)}
                {item.evidence && `: ${item.evidence}`}
              </span>
            </li>
          ))}
        </RowList>
      )}
    </>
  )
}

function before(window: 'before' | 'after'): string {
  return window === 'before' ? ' in the window before' : ''
}

function RowList({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul>{children}</ul>
    </section>
  )
}
