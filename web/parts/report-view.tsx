import type { ReportSnapshot } from '../api.ts'
import { counted, formatDay, formatDuration, formatInstant } from '../format.ts'
import { stageWords } from '../words.ts'
import { ExternalLink } from './external-link.tsx'
import { Icon } from './icon.tsx'
import { ReportFailures } from './report-failures.tsx'
import { ReportHealth } from './report-health.tsx'
import { ReportMetrics } from './report-metrics.tsx'
import { ReportWhy } from './report-why.tsx'

const unknownText = 'Not known: no data covers this week.'

/** A stored report, as it was made. */
export function ReportView({ snapshot }: { snapshot: ReportSnapshot }) {
  const { content, changed } = snapshot
  const { slowest, waiting, timeZone, coverage } = content
  const isKnown = coverage.days > 0
  const last = new Date(Date.parse(content.to) - 86_400_000).toISOString().slice(0, 10)
  return (
    <article className="report panel" aria-labelledby="report-title">
      <header>
        <p className="dim numbers">
          Week {Number(content.week.slice(6))} of {content.week.slice(0, 4)}, {formatDay(content.from)} – {formatDay(last, true)}
        </p>
        <h2 id="report-title" className="report-title">
          {snapshot.title}
        </h2>
        <p className="headline-text">{content.headline}</p>
        {snapshot.demo && <p className="chip chip-warn">Demo: everything in this report is invented</p>}
        {!isKnown && (
          <p className="report-note">
            <Icon name="warning" /> No data covers this week: what happened in it is not known. That is not the same as nothing.
          </p>
        )}
        {content.partial && isKnown && (
          <p className="report-note">
            <Icon name="warning" /> The week was not over when its data ended
            {content.asOf && ` (${formatInstant(content.asOf, timeZone)})`}: numbers will change. Refresh makes a new revision.
          </p>
        )}
      </header>
      {changed && (
        <section aria-labelledby="changed">
          <h3 id="changed">Changed since revision {changed.revision}</h3>
          <ul className="report-list">
            {changed.items.map((item) => (
              <li key={item}>{item}</li>
            ))}
          </ul>
        </section>
      )}
      {isKnown && (
        <>
          <section aria-labelledby="report-metrics">
            <h3 id="report-metrics">The five metrics</h3>
            <ReportMetrics lines={content.metrics} />
          </section>
          {content.why !== undefined && content.why.length > 0 && (
            <section aria-labelledby="report-why">
              <h3 id="report-why">Why it moved</h3>
              <ReportWhy lines={content.why} />
            </section>
          )}
          <section aria-labelledby="report-failures">
            <h3 id="report-failures">Failures</h3>
            <ReportFailures lines={content.failures} timeZone={timeZone} />
          </section>
        </>
      )}
      <div className="report-columns">
        <section aria-labelledby="slowest">
          <h3 id="slowest">Slowest changes</h3>
          {slowest.length === 0 ? (
            <p className="dim">{isKnown ? 'No change was delivered in the days that data covers.' : unknownText}</p>
          ) : (
            <ol className="report-list">
              {slowest.map((line) => (
                <li key={line.key}>
                  <ExternalLink href={line.change.url}>{line.change.name}</ExternalLink>{' '}
                  <span className="dim numbers">
                    {line.service}, {formatDuration(line.leadSeconds)};{' '}
                    {line.longest
                      ? `${formatDuration(line.longest.seconds)} of it in ${stageWords[line.longest.stage].title.toLowerCase()}`
                      : 'its stages are not known'}
                  </span>
                </li>
              ))}
            </ol>
          )}
        </section>
        <section aria-labelledby="report-waiting">
          <h3 id="report-waiting">Waiting changes</h3>
          <p className="numbers">
            {waiting.count === 0
              ? isKnown
                ? 'No merged change waits.'
                : unknownText
              : `${counted(waiting.count, 'merged change')} not live on ${formatInstant(waiting.at, timeZone)}.`}
          </p>
          <ol className="report-list">
            {waiting.oldest.map((line) => (
              <li key={line.key}>
                <ExternalLink href={line.change.url}>{line.change.name}</ExternalLink>{' '}
                <span className="dim numbers">
                  {line.service}, merged {formatDuration(line.waitSeconds)} before
                </span>
              </li>
            ))}
          </ol>
        </section>
      </div>
      <section aria-labelledby="questions" className="report-questions">
        <h3 id="questions">Questions for the retro</h3>
        <ol className="report-list">
          {content.questions.map((question) => (
            <li key={question}>{question}</li>
          ))}
        </ol>
      </section>
      <section aria-labelledby="health">
        <h3 id="health">Data health</h3>
        <ReportHealth health={content.health} />
      </section>
      <footer className="dim small numbers">
        {content.from} to {last} · {timeZone} · {content.environment} · definition {content.definition} · data as of{' '}
        {content.asOf ? formatInstant(content.asOf, timeZone) : 'never'} · revision {snapshot.revision}, made{' '}
        {formatInstant(snapshot.madeAt, timeZone)}
        {content.pooled && content.pooled.services > 1 && ` · pooled over ${counted(content.pooled.services, 'service')}`}
      </footer>
    </article>
  )
}
