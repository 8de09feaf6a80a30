import type { MetricsAnswer } from '../api.ts'
import { counted } from '../format.ts'

/** Deployments by the number of changes they carried, in DORA's bands. */
export function BatchBands({ answer }: { answer: MetricsAnswer }) {
  const { bands, n } = answer.metrics.batch_size
  const most = Math.max(1, ...bands.map((band) => band.n))
  if (n === 0) return null
  return (
    <section className="panel panel-note" aria-labelledby="bands">
      <h2 id="bands">Changes in one deployment</h2>
      <dl className="stages numbers">
        {bands.map((band) => (
          <div key={band.label}>
            <dt>{band.label}</dt>
            <dd>
              <span className="stage-track" aria-hidden="true">
                <span data-stage="batch" style={{ width: `${(band.n / most) * 100}%` }} />
              </span>
              <span className="stage-value">
                {Math.round((band.n / n) * 100)}% <span className="dim small">{counted(band.n, 'deployment')}</span>
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
