/** The fields of a fact that a rule can fill, and which kind of value each takes. */
import { Cause, DeploymentStatus, Tier } from '../../facts.ts'

export type FieldKind =
  | 'text'
  | 'id'
  | 'address'
  | 'time'
  | 'commit'
  | 'flag'
  | 'count'
  | 'texts'
  | 'commits'
  | { words: readonly string[] }

export interface Field {
  kind: FieldKind
  /** Characters of a text. */
  max?: number
  required?: true
}

const text = (max: number): Field => ({ kind: 'text', max })
const time: Field = { kind: 'time' }
const common = { id: { kind: 'id', required: true }, url: { kind: 'address' }, updatedAt: time } satisfies Record<string, Field>

export const incidentStates = ['open', 'acknowledged', 'mitigated', 'resolved'] as const

export const fields = {
  deployment: {
    ...common,
    service: text(200),
    environment: text(200),
    tier: { kind: { words: Tier.options } },
    commit: { kind: 'commit' },
    version: text(500),
    repository: text(500),
    status: { kind: { words: DeploymentStatus.options }, required: true },
    startedAt: time,
    finishedAt: time,
    unplanned: { kind: 'flag' },
    config: { kind: 'flag' },
    labels: { kind: 'texts', max: 200 },
    changes: { kind: 'texts', max: 500 },
    remedies: { kind: 'id' },
  },
  incident: {
    ...common,
    service: text(200),
    services: { kind: 'texts', max: 200 },
    title: { kind: 'text', max: 1000, required: true },
    status: { kind: { words: incidentStates } },
    severity: text(100),
    openedAt: time,
    acknowledgedAt: time,
    mitigatedAt: time,
    resolvedAt: time,
    cause: { kind: { words: Cause.options } },
    deployment: { kind: 'id' },
    commit: { kind: 'commit' },
    version: text(500),
  },
  change: {
    ...common,
    service: text(200),
    repository: text(500),
    title: { kind: 'text', max: 1000, required: true },
    author: text(500),
    openedAt: time,
    readyAt: time,
    firstReviewAt: time,
    approvedAt: time,
    mergedAt: { kind: 'time', required: true },
    mergeCommit: { kind: 'commit' },
    commits: { kind: 'commits' },
    labels: { kind: 'texts', max: 200 },
    headBranch: text(500),
    baseBranch: text(500),
    reverts: { kind: 'id' },
    additions: { kind: 'count' },
    deletions: { kind: 'count' },
    files: { kind: 'count' },
  },
} satisfies Record<'deployment' | 'incident' | 'change', Record<string, Field>>

export type FactName = keyof typeof fields

export function isList(kind: FieldKind): boolean {
  return kind === 'texts' || kind === 'commits'
}
