import { Button, Progress } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ApiError, type RunBody, type SourceBody, startRun } from '../api.ts'
import { counted, formatAge, formatDuration, formatInstant, formatUntil } from '../format.ts'
import { useView } from '../use-view.ts'
import { Icon } from './icon.tsx'
import { SourcePreviewPanel } from './source-preview.tsx'
import { SourceRuns } from './source-runs.tsx'

interface Props {
  source: SourceBody
  timeZone: string
  panel: 'runs' | 'preview' | null
}

/** One source: how fresh it is, what it holds, its run now, its error with the mend. */
export function SourceCard({ source, timeZone, panel }: Props) {
  const queries = useQueryClient()
  const run = useMutation({
    mutationFn: () => startRun(source.id),
    onSettled: () =>
      Promise.all([queries.invalidateQueries({ queryKey: ['sources'] }), queries.invalidateQueries({ queryKey: ['runs', source.id] })]),
  })
  const pushes = source.schedule === null
  const notes = source.lastRun?.notes ?? []
  const counts = Object.entries(source.counts).filter(([, n]) => n > 0)
  return (
    <article className="panel source" aria-labelledby={`source-${source.id}`}>
      <div className="panel-head">
        <div>
          <h2 id={`source-${source.id}`}>
            {source.id} <span className="page-kind">{source.title}</span>
          </h2>
          <p className="row">
            <SourceState source={source} />
            <ServiceList services={source.services} />
          </p>
        </div>
        <div className="row">
          <PanelButton source={source.id} panel="preview" open={panel === 'preview'}>
            {source.counts.deployments ? 'What it counts' : 'Why is this empty?'}
          </PanelButton>
          <PanelButton source={source.id} panel="runs" open={panel === 'runs'}>
            Run log
          </PanelButton>
          {!pushes && (
            <Button
              size="xs"
              leftSection={<Icon name="run" size={13} />}
              loading={run.isPending}
              disabled={source.running !== null}
              aria-label={`Run now: ${source.id}`}
              onClick={() => run.mutate()}
            >
              Run now
            </Button>
          )}
        </div>
      </div>
      <div className="panel-body">
        {run.error && (
          <p role="alert" className="field-error">
            {run.error instanceof ApiError ? run.error.message : 'The run could not be started: the server did not answer.'}
          </p>
        )}
        {source.running && <RunProgress run={source.running} first={source.lastSuccess === null} />}
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
        <dl className="facts numbers">
          <Fact name="Last success">
            {source.lastSuccess ? (
              <span title={formatInstant(source.lastSuccess, timeZone)}>{formatAge(Date.parse(source.lastSuccess), Date.now())}</span>
            ) : (
              'never'
            )}
          </Fact>
          <Fact name="Lag">{source.lagSeconds === null ? 'not known' : formatDuration(source.lagSeconds)}</Fact>
          <Fact name="Next run">
            {source.nextRun ? formatUntil(Date.parse(source.nextRun), Date.now()) : pushes ? 'none: facts are sent to it' : 'not planned'}
          </Fact>
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

function SourceState({ source }: { source: SourceBody }) {
  if (source.running) return <span className="chip">collecting</span>
  if (source.lastError) {
    return (
      <span className="chip chip-bad">
        <Icon name="warning" size={12} /> last run failed
      </span>
    )
  }
  if (source.lastSuccess === null) return <span className="chip chip-warn">not collected yet</span>
  return (
    <span className="chip chip-good">
      <Icon name="check" size={12} /> up to date
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

function PanelButton({ source, panel, open, children }: { source: string; panel: 'runs' | 'preview'; open: boolean; children: string }) {
  const { change } = useView()
  return (
    <Button
      size="xs"
      variant={open ? 'light' : 'default'}
      aria-expanded={open}
      onClick={() => change({ source: open ? undefined : source, panel: open ? undefined : panel })}
    >
      {children}
    </Button>
  )
}

function RunProgress({ run, first }: { run: RunBody; first: boolean }) {
  const { progress } = run
  const share = progress?.total ? Math.min(100, (progress.done / progress.total) * 100) : null
  return (
    <div className="run-progress numbers" role="status">
      <p>
        <strong>{first ? 'First collection' : 'Collecting'}</strong>{' '}
        {progress
          ? `${progress.step}: ${progress.done.toLocaleString('en-GB')}${progress.total === null ? '' : ` of ${progress.total.toLocaleString('en-GB')}`}`
          : 'starting'}
      </p>
      <Progress value={share ?? 100} animated={share === null} size="sm" aria-label={progress?.step ?? 'Starting'} />
    </div>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
