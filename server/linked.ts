/** Facts after delivery linked them: what carried what, what failed, what recovered. Rows of the store, input of the metrics. */
import type { Cause, DeploymentStatus, Instant, Ref, Tier } from './facts.ts'

export const deploymentKinds = ['baseline', 'redeploy', 'rollback', 'reland', 'backport', 'config', 'empty', 'code', 'aborted'] as const
export type DeploymentKind = (typeof deploymentKinds)[number]

/** Strongest first. */
export const signals = ['explicit', 'rollback', 'revert', 'hotfix', 'incident'] as const
export type Signal = (typeof signals)[number]

export type Confidence = 'confirmed' | 'likely' | 'possible'

/** Why a deployment is held to have failed. */
export interface Evidence {
  signal: Signal
  confidence: Confidence
  /** One sentence a person can check. */
  text: string
  /** The fact that shows it: an incident, a deployment, a commit (source = its repository, id = sha) or a change. */
  fact: { kind: 'incident' | 'deployment' | 'commit' | 'change' } & Ref
}

/** An episode: one culprit deployment, its remedies, its incidents, its evidence. Stored with the culprit. */
export interface Failure {
  /** Of the strongest evidence; `confirmed` where a person says so. */
  confidence: Confidence
  /** The rule that decided: the strongest signal, or `person`. */
  rule: Signal | 'person'
  evidence: Evidence[]
  remedies: Ref[]
  incidents: Ref[]
  /** The culprit's finish, or the first incident's opening if earlier. */
  beganAt: Instant
  /** First incident's opening or first remedy's start, whichever is earlier; null when nobody noticed yet. */
  noticedAt: Instant | null
  recoveredAt: Instant | null
}

export type ReworkRule = 'rollback' | 'revert' | 'hotfix' | 'fix' | 'named' | 'unplanned'

export interface LinkedDeployment extends Ref {
  service: string
  url: string | null
  environment: string
  /** Null where no rule maps the environment: listed, in no metric. */
  tier: Tier | null
  repository: string
  line: string | null
  commit: string | null
  version: string | null
  status: DeploymentStatus
  startedAt: Instant | null
  finishedAt: Instant | null
  /** Null for an attempt that never went live (running, cancelled, failed without degrading service). */
  kind: DeploymentKind | null
  /** Baseline, code, rollback, reland or backport. */
  counted: boolean
  /** It has no commit that is known, and names no changes: it carries nothing. */
  commitUnknown: boolean
  /** Changes it carries that count in lead time's rows or would but for clock skew: its batch size. */
  changes: number
  /** The deployment that was live just before it in its chain. */
  previous: Ref | null
  failure: Failure | null
  /** The standing word of a person, if any. */
  verdict: { verdict: 'failed' | 'not_failed'; by: string; at: Instant; note: string | null; recoveredAt: Instant | null } | null
  rework: { rule: ReworkRule; culprit: Ref | null } | null
  /** Another source's word holds in its environment: it is in no number. Beside it the deployment that it saw too, where that can be told. */
  witness: { of: Ref | null } | null
}

export const changeExclusions = ['baseline', 'same_change', 'promotion', 'clock_skew'] as const
export type ChangeExclusion = (typeof changeExclusions)[number]

export type Basis = 'first_commit' | 'opened' | 'merge'

export const stages = ['coding', 'pickup', 'review', 'merge', 'deploy'] as const
export type Stage = (typeof stages)[number]

/** A change and the deployment of one environment that carried it; without a deployment it waits. */
export interface LinkedChange {
  service: string
  repository: string
  /** `<source>/<id>` of a pull request, or the sha of a commit that no pull request holds; unique in its repository. */
  key: string
  title: string
  url: string | null
  /** The commit a person would open: merge commit, else its last commit; null where no commit is known. */
  commit: string | null
  environment: string
  tier: Tier | null
  deployment: Ref | null
  deployedAt: Instant | null
  startedAt: Instant
  mergedAt: Instant
  basis: Basis
  /** Null where it is included. */
  exclusion: ChangeExclusion | null
  /** The first deployment of the service's environments of this tier that carries it. */
  firstInTier: boolean
  /** Number of commits it holds. */
  commits: number
  /** Seconds; a stage that was not observed is absent. */
  stages: Partial<Record<Stage, number>>
  /** Nobody knows which files it changed: it counts for every service that shares the repository by paths. */
  filesUnknown: boolean
}

/** What a metric sees of a change. */
export type MeasuredChange = Pick<
  LinkedChange,
  | 'service'
  | 'repository'
  | 'key'
  | 'deployment'
  | 'deployedAt'
  | 'startedAt'
  | 'mergedAt'
  | 'basis'
  | 'exclusion'
  | 'firstInTier'
  | 'stages'
>

export interface LinkedIncident extends Ref {
  /** Null: in no rate, listed as unassigned. An incident of several services has one row for each. */
  service: string | null
  url: string | null
  title: string
  severity: string | null
  openedAt: Instant
  acknowledgedAt: Instant | null
  mitigatedAt: Instant | null
  resolvedAt: Instant | null
  cause: Cause | null
  /** The deployment it is attributed to. */
  deployment: Ref | null
  /** How it was attributed: named, or by time. */
  attribution: 'named' | 'time' | null
  /** Why it is attributed to none. */
  reason: 'no_deployment_in_window' | 'cause' | 'several_services' | 'no_service' | 'culprit_unknown' | null
  /** Deployments that an incident of several services may be blamed on. */
  candidates: Ref[]
}

/** What is known of one service beyond its rows. */
export interface ServiceFacts {
  service: string
  /** Signals of failure that its data could show. */
  signals: Signal[]
  /** First instant for which the absence of a deployment means that there was none; null without coverage. */
  coveredFrom: Instant | null
  /** Last success of its sources. */
  coveredTo: Instant | null
}
