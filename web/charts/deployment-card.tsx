import type { DeploymentRow } from '../api.ts'
import { counted, formatDuration, formatInstant, shortCommit, shortVersion } from '../format.ts'
import { ExternalLink } from '../parts/external-link.tsx'
import { confidenceWords, kindWords, reworkWords, signalWords } from '../words.ts'
import { KindMark } from './kind-glyph.tsx'

/** What is known of the chosen deployment; keeps its place while none is chosen. */
export function DeploymentCard({ row, timeZone }: { row: DeploymentRow | null; timeZone: string }) {
  if (row === null) return <p className="lane-card dim">Point at a deployment, or press an arrow key, to read what it is.</p>
  const at = row.finishedAt ?? row.startedAt
  return (
    <div className="lane-card numbers" aria-live="polite">
      <p className="row">
        <KindMark kind={row.kind ?? 'empty'} failed={row.failure !== null} />
        <strong>
          <ExternalLink href={row.url}>{shortVersion(row.version ?? row.id)}</ExternalLink>
        </strong>
        <span>{row.kind ? kindWords[row.kind].title : row.status}</span>
        <span className="dim">{at && formatInstant(at, timeZone)}</span>
        <span className="dim">{counted(row.changes, 'change')}</span>
        {row.commit && <span className="dim code">{shortCommit(row.commit)}</span>}
        {row.pending && <span className="chip">too young to judge</span>}
      </p>
      <FailureText row={row} />
      {row.rework && (
        <p>
          Rework: {reworkWords[row.rework.rule]}
          {row.rework.culprit && ` (${row.rework.culprit.id})`}.
        </p>
      )}
    </div>
  )
}

const mostNamed = 12

/** What is known of several deployments that share one mark. */
export function DeploymentsCard({ rows, timeZone }: { rows: DeploymentRow[]; timeZone: string }) {
  const failed = rows.filter((row) => row.failure !== null).length
  const times = rows.flatMap((row) => row.finishedAt ?? row.startedAt ?? [])
  const [first, last] = [times[0], times.at(-1)]
  return (
    <div className="lane-card numbers" aria-live="polite">
      <p className="row">
        <strong>{rows.length} more deployments</strong>
        <span className="dim">
          {first && formatInstant(first, timeZone)}
          {last && last !== first && ` – ${formatInstant(last, timeZone)}`}
        </span>
        {failed > 0 && <span>{failed} failed</span>}
      </p>
      <p className="dim">
        {rows.slice(0, mostNamed).map((row, index) => (
          <span key={`${row.source}/${row.id}`}>
            {index > 0 && ', '}
            {shortVersion(row.version ?? row.id)}
            {row.failure && ' (failed)'}
          </span>
        ))}
        {rows.length > mostNamed && ` and ${rows.length - mostNamed} others`}. The table lists each.
      </p>
    </div>
  )
}

/** Why a deployment is held to have failed, and how it ended. */
export function FailureText({ row }: { row: DeploymentRow }) {
  if (row.failure === null) return null
  const { failure } = row
  const rule = failure.rule === 'person' ? 'a person' : signalWords[failure.rule].title
  return (
    <p>
      Failed, {confidenceWords[failure.confidence]}, decided by {rule}: {failure.evidence.map((each) => each.text).join('; ')}.{' '}
      {failure.recoverySeconds === null ? 'Not recovered yet.' : `Recovered after ${formatDuration(failure.recoverySeconds)}.`}
    </p>
  )
}
