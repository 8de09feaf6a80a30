import type { FailureLine } from '../api.ts'
import { formatDuration, formatInstant } from '../format.ts'
import { confidenceWords, signalWords } from '../words.ts'
import { ExternalLink } from './external-link.tsx'

/** Each failure of the week with its evidence and its remedy. */
export function ReportFailures({ lines, timeZone }: { lines: FailureLine[]; timeZone: string }) {
  if (lines.length === 0) return <p className="dim">None is known.</p>
  return (
    <ul className="report-failures">
      {lines.map((line) => (
        <li key={line.key}>
          <p className="row">
            <strong>
              <ExternalLink href={line.deployment.url}>{line.deployment.name}</ExternalLink>
            </strong>
            <span>{line.service}</span>
            <span className="dim numbers">{line.deployedAt && formatInstant(line.deployedAt, timeZone)}</span>
            <span className="chip chip-bad">
              {line.saidBy
                ? `confirmed by ${line.saidBy}`
                : `${confidenceWords[line.confidence]}, ${line.rule === 'person' ? 'a person' : signalWords[line.rule].title}`}
            </span>
            {line.pending && <span className="chip">too young for the fail rate</span>}
          </p>
          <p>{line.evidence.join('; ')}</p>
          <p className="dim numbers">
            {line.recoveredAt === null
              ? `Still open${line.seconds === null ? '' : ` after ${formatDuration(line.seconds)}`}`
              : `Recovered in ${formatDuration(line.seconds ?? 0)}`}
            {line.noticedSeconds !== null && `, noticed after ${formatDuration(line.noticedSeconds)}`}
            {line.remedies.length > 0 ? `; remedy: ${line.remedies.join(', ')}` : '; no remedy known'}
          </p>
        </li>
      ))}
    </ul>
  )
}
