/** Turns issues that are incidents into facts. */

import type { Fact } from '../../facts.ts'
import { told, webAddress } from '../fact-text.ts'
import type { GitlabOptions } from './options.ts'
import type { Issue, Note } from './payloads.ts'
import { type Filing, instant, labelsOf, serviceOf } from './to-facts.ts'

export const issueId = (project: string, iid: number) => `${project}#${iid}`

/** Null where the issue is no incident by the option. */
export function incidentFact(issue: Issue, notes: Note[], filing: Filing): Fact | null {
  if (!isIncident(issue, filing.rules)) return null
  const openedAt = instant(issue.created_at)
  const labels = labelsOf(issue.labels)
  const scoped = scopedLabels(labels)
  const severity = issue.severity && issue.severity.toLowerCase() !== 'unknown' ? issue.severity.toLowerCase() : undefined
  const said = severity ?? scoped.severity ?? scoped.priority
  const acknowledged = notes.filter(({ system, body }) => system && /\bstatus to \*\*Acknowledged\*\*/i.test(body ?? ''))
  const url = webAddress(issue.web_url)
  // One that was opened again is not over until it is closed again.
  const closed = issue.state === 'closed' && issue.closed_at ? instant(issue.closed_at) : undefined
  return {
    kind: 'incident',
    source: filing.sourceId,
    id: issueId(filing.project, issue.iid),
    ...(url === undefined ? {} : { url }),
    updatedAt: instant(issue.updated_at),
    service: serviceOf(filing, { ...scoped, labels: labels.join('\n') }),
    title: told(issue.title ?? '', 1000),
    ...(said === undefined ? {} : { severity: told(said, 100) }),
    openedAt,
    ...(acknowledged.length === 0
      ? {}
      : { acknowledgedAt: Math.max(openedAt, Math.min(...acknowledged.map((note) => instant(note.created_at)))) }),
    ...(closed === undefined ? {} : { resolvedAt: Math.max(closed, openedAt) }),
  }
}

export function isIncident(issue: Issue, { incidents }: Pick<GitlabOptions, 'incidents'>): boolean {
  if (incidents === false) return false
  if (incidents.label === undefined) return issue.issue_type?.toLowerCase() === 'incident'
  const wanted = incidents.label.toLowerCase()
  return (issue.labels ?? []).some((label) => label.toLowerCase() === wanted)
}

/** Of `service::checkout` the label service with the value checkout; the scope is what stands before the last two colons. */
function scopedLabels(labels: string[]): Record<string, string> {
  const scoped: [string, string][] = []
  for (const label of labels) {
    const at = label.lastIndexOf('::')
    if (at > 0 && at + 2 < label.length) scoped.push([label.slice(0, at), label.slice(at + 2)])
  }
  return Object.fromEntries(scoped)
}
