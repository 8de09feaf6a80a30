import { Link } from '@tanstack/react-router'
import type { SourceBody } from '../api.ts'
import { counted, formatAge, formatDuration, formatInstant, formatUntil } from '../format.ts'
import { type SourceState, stateOf } from '../source-words.ts'
import { Icon, type IconName } from './icon.tsx'
import { SourceActions, type SourcePanel, useSourceCommands } from './source-actions.tsx'
import { SourceInbox } from './source-inbox.tsx'
import { SourcePreviewPanel } from './source-preview.tsx'
import { SourceProgress } from './source-progress.tsx'
import { SourceRuns } from './source-runs.tsx'
import { SourceUnmapped } from './source-unmapped.tsx'

interface Props {
  source: SourceBody
  timeZone: string
  panel: SourcePanel | null
}

/** One source: its state, what it holds, its run now, and what to mend. */
export function SourceCard({ source, timeZone, panel }: Props) {
  const { send, pending, error } = useSourceCommands(source.id)
  const notes = source.paused ? [] : (source.lastRun?.notes ?? [])
  return (
    <article className="panel source" aria-labelledby={`source-${source.id}`}>
      <div className="panel-head">
        <div>
          <h2 id={`source-${source.id}`}>
            {source.id} <span className="page-kind">{source.title}</span>
          </h2>
          <div className="source-state">
            <StateChip state={stateOf(source)} />
            <ServiceList services={source.services} />
          </div>
        </div>
        <SourceActions source={source} panel={panel} send={send} pending={pending} />
      </div>
      <div className="panel-body">
        {error && (
          <p role="alert" className="field-error">
            {error}
          </p>
        )}
        {source.running && <SourceProgress run={source.running} first={source.lastSuccess === null} />}
        {source.paused && (
          <div className="source-line">
            <Icon name="pause" />
            <p>
              {source.running
                ? 'This run ends at its next batch; what it has read is kept.'
                : 'Nothing is collected until it is resumed. The next run goes on where the last one ended.'}
            </p>
          </div>
        )}
        {source.lastError && (
          <div className="mend" role="status">
            <Icon name="warning" />
            <div>
              <p>
                <strong>{source.lastError.message}</strong>{' '}
                <span className="dim">{formatAge(Date.parse(source.lastError.at), Date.now())}</span>
              </p>
              {source.lastError.mend && <p>{source.lastError.mend}</p>}
              <p className="dim small">What was collected before stays; nothing is concluded from a run that failed.</p>
            </div>
          </div>
        )}
        {source.inbox && source.inbox.pending + source.inbox.failed > 0 && <SourceInbox id={source.id} inbox={source.inbox} />}
        <SourceUnmapped source={source} />
        <SourceFacts source={source} timeZone={timeZone} />
        {notes.length > 0 && (
          <ul className="notes">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
        {panel === 'runs' && <SourceRuns id={source.id} timeZone={timeZone} />}
        {panel === 'preview' && <SourcePreviewPanel id={source.id} timeZone={timeZone} />}
      </div>
    </article>
  )
}

const states: Record<SourceState, { words: string; chip: string; icon: IconName }> = {
  collecting: { words: 'collecting', chip: 'chip chip-run', icon: 'refresh' },
  pausing: { words: 'pausing', chip: 'chip chip-warn', icon: 'pause' },
  paused: { words: 'paused', chip: 'chip chip-warn', icon: 'pause' },
  failed: { words: 'last run failed', chip: 'chip chip-bad', icon: 'warning' },
  new: { words: 'not collected yet', chip: 'chip chip-warn', icon: 'calendar' },
  current: { words: 'up to date', chip: 'chip chip-good', icon: 'check' },
}

function StateChip({ state }: { state: SourceState }) {
  const { words, chip, icon } = states[state]
  return (
    <span className={chip} role="status">
      <Icon name={icon} size={12} /> {words}
    </span>
  )
}

function ServiceList({ services }: { services: string[] }) {
  const shown = services.slice(0, 4)
  if (shown.length === 0) return <span className="dim">no service yet</span>
  return (
    <span>
      {shown.map((service, index) => (
        <span key={service}>
          {index > 0 && ', '}
          <Link to="/services/$service" params={{ service }}>
            {service}
          </Link>
        </span>
      ))}
      {services.length > shown.length && ` and ${counted(services.length - shown.length, 'more', 'more')}`}
    </span>
  )
}

function SourceFacts({ source, timeZone }: { source: SourceBody; timeZone: string }) {
  const counts = Object.entries(source.counts).filter(([, n]) => n > 0)
  return (
    <dl className="facts numbers">
      <Fact name="Last success">
        {source.lastSuccess ? (
          <span title={formatInstant(source.lastSuccess, timeZone)}>{formatAge(Date.parse(source.lastSuccess), Date.now())}</span>
        ) : (
          'never'
        )}
      </Fact>
      <Fact name="Lag">{source.lagSeconds === null ? 'not known' : formatDuration(source.lagSeconds)}</Fact>
      <Fact name="Next run">{nextRunWords(source)}</Fact>
      {source.inbox?.lastReceivedAt && <Fact name="Last delivery">{formatAge(Date.parse(source.inbox.lastReceivedAt), Date.now())}</Fact>}
      <Fact name="Covered since">
        {source.coveredFrom
          ? formatInstant(source.coveredFrom, timeZone)
          : counts.length > 0
            ? 'the first fact of each service'
            : 'nothing yet'}
      </Fact>
      <Fact name="Holds">
        {counts.length === 0 ? 'nothing yet' : counts.map(([kind, n]) => counted(n, kind.replace(/s$/, ''))).join(', ')}
      </Fact>
    </dl>
  )
}

function nextRunWords({ paused, nextRun, schedule }: SourceBody): string {
  if (paused) return 'when resumed'
  if (nextRun !== null) return formatUntil(Date.parse(nextRun), Date.now())
  return schedule === null ? 'none: facts are sent to it' : 'not planned'
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
