import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { DeploymentRow } from '../api.ts'
import { KindMark } from '../charts/kind-glyph.tsx'
import { deploymentKey } from '../charts/lane-layout.ts'
import { formatDuration, formatInstant, shortCommit } from '../format.ts'
import { carried, type MetricName, type Search } from '../search.ts'
import { confidenceWords, kindWords, reworkWords, signalWords, witnessWords } from '../words.ts'
import { Inclusion } from './evidence-reason.tsx'
import { ExternalLink } from './external-link.tsx'
import { TableScroll } from './table-scroll.tsx'
import { VerdictDialog } from './verdict-dialog.tsx'

interface Props {
  rows: DeploymentRow[]
  metric: MetricName
  several: boolean
  timeZone: string
}

/** Deployments as evidence: what each is, whether it counts, what it is held to be and who decided. */
export function DeploymentTable({ rows, metric, several, timeZone }: Props) {
  const [judged, setJudged] = useState<DeploymentRow | null>(null)
  const countsAs = metric === 'change_fail_rate' ? 'failed' : metric === 'deployment_rework_rate' ? 'rework' : undefined
  return (
    <>
      <TableScroll label="Deployments, scrolls sideways">
        <table className="table table-evidence numbers">
          <thead>
            <tr>
              <th scope="col">Deployment</th>
              {several && <th scope="col">Service</th>}
              <th scope="col">Finished</th>
              <th scope="col">Kind</th>
              <th scope="col" className="end">
                Changes
              </th>
              <th scope="col">In this number</th>
              <th scope="col">Failure and rule</th>
              <th scope="col">
                <span className="visually-hidden">Verdict</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={deploymentKey(row)}>
                <th scope="row">
                  <ExternalLink href={row.url}>{row.version ?? row.id}</ExternalLink>
                  <span className="cell-note">{row.commit ? <code>{shortCommit(row.commit)}</code> : 'commit not known'}</span>
                </th>
                {several && (
                  <td>
                    <Link
                      to="/services/$service"
                      params={{ service: row.service }}
                      search={(before: Search) => ({ ...carried(before), scope: undefined, metric })}
                      className="quiet-link"
                    >
                      {row.service}
                    </Link>
                  </td>
                )}
                <td className="nowrap">{row.finishedAt ? formatInstant(row.finishedAt, timeZone) : row.status}</td>
                <td className="nowrap">
                  <span className="row row-tight" title={(row.kind ? kindWords[row.kind] : row.witness && witnessWords)?.meaning}>
                    <KindMark kind={row.kind ?? 'empty'} failed={row.failure !== null} />
                    {(row.kind ? kindWords[row.kind] : row.witness && witnessWords)?.title ?? row.status.replace('_', ' ')}
                  </span>
                </td>
                <td className="end">{row.changes}</td>
                <td>
                  <Inclusion row={row} {...(countsAs ? { countsAs } : {})} />
                </td>
                <td className="cell-wide">
                  <Judgement row={row} />
                </td>
                <td className="end">
                  <Button
                    size="compact-xs"
                    variant="default"
                    className="no-print"
                    aria-label={`Verdict on ${row.version ?? row.id}`}
                    onClick={() => setJudged(row)}
                  >
                    Verdict
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      <VerdictDialog deployment={judged} timeZone={timeZone} close={() => setJudged(null)} />
    </>
  )
}

function Judgement({ row }: { row: DeploymentRow }) {
  const { failure, rework, verdict } = row
  if (!failure && !rework && !verdict) return <span className="dim">{row.pending ? 'None yet: too young to judge' : 'None known'}</span>
  return (
    <>
      {failure && (
        <div>
          <span className="row row-tight">
            <span className="chip chip-bad">failed, {confidenceWords[failure.confidence]}</span>
            <span className="dim">decided by: {failure.rule === 'person' ? 'a person' : signalWords[failure.rule].title}</span>
          </span>
          {failure.evidence.map((each) => (
            <span key={`${each.signal}${each.fact.kind}${each.fact.id}`} className="cell-note">
              {each.text}
            </span>
          ))}
          <span className="cell-note">
            {failure.recoverySeconds === null ? 'Not recovered yet' : `Recovered after ${formatDuration(failure.recoverySeconds)}`}
            {failure.remedies.length > 0 && ` by ${failure.remedies.map((remedy) => remedy.id).join(', ')}`}
          </span>
        </div>
      )}
      {rework && (
        <div>
          <span className="chip chip-warn">rework</span>{' '}
          <span className="cell-note">
            {reworkWords[rework.rule]}
            {rework.culprit && `, of ${rework.culprit.id}`}
          </span>
        </div>
      )}
      {verdict && (
        <span className="cell-note">
          {verdict.by} says: {verdict.verdict === 'failed' ? 'failed' : 'did not fail'}
          {verdict.note && `, “${verdict.note}”`}
        </span>
      )}
    </>
  )
}
