/** A small language for histories: commits by name, deployments by the commit they put live. */
import { createHash } from 'node:crypto'
import { defineMetrics } from '../../server/definition.ts'
import { type Derived, derive } from '../../server/delivery/derive.ts'
import type { FiledIncident } from '../../server/delivery/episodes.ts'
import { CommitGraph, type GraphCommit } from '../../server/delivery/graph.ts'
import { splitMessage } from '../../server/delivery/message.ts'
import type { Authority } from '../../server/delivery/witnesses.ts'
import type { Change, Deployment, Incident, Verdict } from '../../server/facts.ts'
import type { LinkedChange, LinkedDeployment } from '../../server/linked.ts'

export const hour = 3_600_000
export const day = 24 * hour
export const start = Date.UTC(2026, 0, 5)

/** The commit id that stands for a name. */
export function sha(name: string): string {
  return createHash('sha1').update(name).digest('hex')
}

export interface History {
  commits: GraphCommit[]
  deployments: Deployment[]
  changes: Change[]
  incidents: FiledIncident[]
  verdicts: Verdict[]
  head: string | null
  authority: Authority
}

export function commit(
  name: string,
  parents: string[],
  at: number,
  more: { message?: string; author?: string | null; authoredAt?: number } = {},
): GraphCommit {
  return {
    sha: sha(name),
    parents: parents.map(sha),
    authoredAt: start + (more.authoredAt ?? at),
    committedAt: start + at,
    author: more.author === undefined ? 'someone' : more.author,
    ...splitMessage(more.message ?? `commit ${name}`),
  }
}

/** A line of commits, an hour apart, the first one at the root. */
export function line(names: string[]): GraphCommit[] {
  return names.map((name, index) => commit(name, index === 0 ? [] : [names[index - 1] ?? ''], index * hour))
}

export function deployment(id: string, at: number, more: Partial<Deployment> & { of?: string } = {}): Deployment {
  const { of, ...fields } = more
  return {
    source: 'api',
    id,
    service: 'shop',
    environment: 'production',
    status: 'succeeded',
    finishedAt: start + at,
    reported: 'event',
    ...(of === undefined ? {} : { commit: sha(of) }),
    ...fields,
  }
}

export function change(id: string, at: number, commits: string[], more: Partial<Change> & { merge?: string } = {}): Change {
  const { merge, ...fields } = more
  return {
    source: 'api',
    id,
    service: 'shop',
    title: `change ${id}`,
    mergedAt: start + at,
    commits: commits.map(sha),
    ...(merge === undefined ? {} : { mergeCommit: sha(merge) }),
    ...fields,
  }
}

export function incident(id: string, at: number, more: Partial<Incident> = {}, services = ['shop']): FiledIncident {
  return { services, incident: { source: 'pager', id, title: `incident ${id}`, openedAt: start + at, ...more } }
}

export function verdict(id: string, word: Verdict['verdict'], more: Partial<Verdict> = {}): Verdict {
  return { source: 'api', id, verdict: word, by: 'ada', at: start, note: null, recoveredAt: null, ...more }
}

export function deriveHistory(history: Partial<History>, definition = defineMetrics()): Derived {
  const graph = new CommitGraph()
  for (const each of history.commits ?? []) graph.add(each)
  const head = history.head ? { branch: 'main', sha: sha(history.head) } : null
  return derive(
    {
      service: 'shop',
      deployments: history.deployments ?? [],
      repositories: new Map([['shop', { graph, changes: history.changes ?? [], head }]]),
      incidents: history.incidents ?? [],
      verdicts: history.verdicts ?? [],
      authority: history.authority,
    },
    definition,
  )
}

/** `id: kind` of every deployment, in the order of time. */
export function kindsOf(derived: Derived): string[] {
  return [...derived.deployments].sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0)).map(({ id, kind }) => `${id}: ${kind}`)
}

/** `deployment: titles` of what counts, titles sorted. */
export function carriedBy(derived: Derived, of: (row: LinkedChange) => string = (row) => row.title): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const { deployment: ref, rows } of derived.carried) {
    const titles = [...rows()].filter(({ exclusion }) => exclusion === null).map(of)
    if (titles.length > 0) found[ref.id] = titles.sort()
  }
  return found
}

export function excludedBy(derived: Derived, deploymentId: string): Record<string, string> {
  const rows = derived.carried.filter(({ deployment: ref }) => ref.id === deploymentId).flatMap((carried) => [...carried.rows()])
  return Object.fromEntries(rows.filter(({ exclusion }) => exclusion !== null).map((row) => [row.title, row.exclusion ?? '']))
}

/** `culprit <- remedies (rule)` of every failed deployment. */
export function failuresOf(derived: Derived): string[] {
  return derived.deployments
    .filter(({ failure }) => failure !== null)
    .map(({ id, failure }) => `${id} <- ${failure?.remedies.map((remedy) => remedy.id).join(' ')} (${failure?.rule})`)
    .sort()
}

export function find(derived: Derived, id: string): LinkedDeployment {
  const found = derived.deployments.find((each) => each.id === id)
  if (!found) throw new Error(`no deployment ${id}`)
  return found
}
