import type { MetricsAnswer, Stage } from '../api.ts'
import { counted, formatDuration } from '../format.ts'
import { stageWords } from '../words.ts'

const order: Stage[] = ['coding', 'pickup', 'review', 'merge', 'deploy']

/** The median of each stage of lead time that was observed; medians do not add up, so they stand side by side. */
export function StageMedians({ answer }: { answer: MetricsAnswer }) {
  const { stages } = answer.metrics.change_lead_time
  const known = order.filter((stage) => stages[stage] !== undefined)
  if (known.length === 0) {
    return (
      <section className="panel panel-note" aria-labelledby="stages">
        <h2 id="stages">Where changes wait</h2>
        <p className="dim">Stages are not known: they need pull requests, and this scope's sources tell of commits only.</p>
      </section>
    )
  }
  const longest = Math.max(...known.map((stage) => stages[stage]?.value ?? 0))
  return (
    <section className="panel panel-note" aria-labelledby="stages">
      <h2 id="stages">Where changes wait</h2>
      <p className="dim small">Median of each stage; medians do not add up to the lead time.</p>
      <dl className="stages numbers">
        {known.map((stage) => {
          const { value, n } = stages[stage] ?? { value: 0, n: 0 }
          return (
            <div key={stage}>
              <dt title={stageWords[stage].meaning}>{stageWords[stage].title}</dt>
              <dd>
                <span className="stage-track" aria-hidden="true">
                  <span data-stage={stage} style={{ width: `${longest === 0 ? 0 : (value / longest) * 100}%` }} />
                </span>
                <span className="stage-value">
                  {formatDuration(value)} <span className="dim small">{counted(n, 'change')}</span>
                </span>
              </dd>
            </div>
          )
        })}
      </dl>
    </section>
  )
}
