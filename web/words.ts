/** What the closed lists of the API mean, in words. The definition's own words and parameters come from the API. */
import type {
  Absence,
  Basis,
  Cause,
  ChangeExclusion,
  Confidence,
  DeploymentKind,
  DeploymentReason,
  IncidentRow,
  ReworkRule,
  Signal,
  Stage,
} from './api.ts'
import type { MetricName } from './search.ts'

export interface MetricWords {
  title: string
  /** One line under a heading. */
  line: string
  family: 'throughput' | 'instability' | 'beside'
  better: 'higher' | 'lower'
  evidence: 'deployments' | 'changes' | 'incidents'
}

export const metricWords: Record<MetricName, MetricWords> = {
  deployment_frequency: {
    title: 'Deployment frequency',
    line: 'How often new code goes live, per week of coverage.',
    family: 'throughput',
    better: 'higher',
    evidence: 'deployments',
  },
  change_lead_time: {
    title: 'Change lead time',
    line: 'Median time from the start of a change to the deployment that carried it.',
    family: 'throughput',
    better: 'lower',
    evidence: 'changes',
  },
  failed_deployment_recovery_time: {
    title: 'Recovery time',
    line: 'Median time from a failed deployment to service restored; those still open count as open.',
    family: 'throughput',
    better: 'lower',
    evidence: 'deployments',
  },
  change_fail_rate: {
    title: 'Change fail rate',
    line: 'Share of judged deployments that failed.',
    family: 'instability',
    better: 'lower',
    evidence: 'deployments',
  },
  deployment_rework_rate: {
    title: 'Deployment rework rate',
    line: 'Share of deployments that were made to remedy a failure.',
    family: 'instability',
    better: 'lower',
    evidence: 'deployments',
  },
  batch_size: {
    title: 'Batch size',
    line: 'Median number of changes in one deployment.',
    family: 'beside',
    better: 'lower',
    evidence: 'deployments',
  },
  incident_time_to_restore: {
    title: 'Incident time to restore',
    line: 'Median time from opening to restored, of all incidents, whatever caused them.',
    family: 'beside',
    better: 'lower',
    evidence: 'incidents',
  },
}

export const absenceWords: Record<Absence, string> = {
  not_covered: 'Nothing was collected for this window.',
  too_short: 'Under 7 days of this window are covered: too few for a figure by the week.',
  no_deployments: 'No deployment finished in this window.',
  no_changes: 'No change was delivered in this window.',
  no_failed_deployments: 'No deployment of this window failed, so there was nothing to recover from.',
  no_incidents: 'No incident was opened in this window.',
  no_signal: 'No source says when a deployment fails: unknown, not zero.',
  all_pending: 'Every deployment of this window is too young to be judged.',
  not_reached: 'More than half are still open, so the median is not known yet.',
}

export const deploymentReasonWords: Record<DeploymentReason, string> = {
  redeploy: 'The same version was live already',
  config: 'Declared as a configuration change',
  empty: 'Carries no change',
  running: 'Has not finished',
  failed_attempt: 'Never went live',
  cancelled: 'Was cancelled',
  aborted: 'Failed attempt: counts as a failure, not as a deployment',
  pending: 'Too young to be judged',
  not_failed: 'Did not fail',
  not_rework: 'Remedied no failure',
  carries_nothing: 'Its commit is not known, so neither are its changes',
  environment_unmapped: 'Its environment has no tier',
  witness: 'Seen by this source too: another one is the authority',
}

export const witnessWords = { title: 'Witness', meaning: deploymentReasonWords.witness }

export const changeReasonWords: Record<ChangeExclusion, string> = {
  baseline: 'Before the first deployment that is known',
  same_change: 'Same change as another (cherry-pick), delivered before',
  promotion: 'Only carries commits of other pull requests',
  clock_skew: 'Starts after it was deployed: a clock is wrong',
}

export const kindWords: Record<DeploymentKind, { title: string; meaning: string }> = {
  baseline: { title: 'Baseline', meaning: 'The first deployment known: what it holds is history.' },
  code: { title: 'Code', meaning: 'Brings new changes live.' },
  rollback: { title: 'Rollback', meaning: 'Goes back to a version that was live before.' },
  reland: { title: 'Re-land', meaning: 'Brings a version that was live before live again, going forward.' },
  backport: { title: 'Backport', meaning: 'On an older maintenance line.' },
  redeploy: { title: 'Redeploy', meaning: 'The version that was live already.' },
  config: { title: 'Configuration', meaning: 'Declared as a configuration change.' },
  empty: { title: 'Empty', meaning: 'Carries no change.' },
  aborted: { title: 'Aborted', meaning: 'A failed attempt that hurt service.' },
}

export const signalWords: Record<Signal, { title: string; meaning: string }> = {
  explicit: { title: 'named', meaning: 'An incident, an API call or a person names the deployment, its version or its commit.' },
  rollback: { title: 'rollback', meaning: 'A later deployment went back to an earlier version.' },
  revert: { title: 'revert', meaning: 'A later deployment reverts a commit that this one made live shortly before.' },
  hotfix: { title: 'hotfix', meaning: 'A later deployment, or at least half of its changes, is marked as a hotfix.' },
  incident: { title: 'incident', meaning: 'An incident of the same service opened soon after the deployment started.' },
}

export const confidenceWords: Record<Confidence, string> = { confirmed: 'confirmed', likely: 'likely', possible: 'possible' }

export const reworkWords: Record<ReworkRule, string> = {
  rollback: 'rolled a failure back',
  revert: 'at least half of its changes revert',
  hotfix: 'hotfix of a failure',
  fix: 'fixed an incident while it was open',
  named: 'names the deployment it remedies',
  unplanned: 'its source marks it unplanned',
}

/** Of a change in a repository that services share by paths. */
export const filesUnknownWords = 'files unknown: counts for every service of the repository'

export const basisWords: Record<Basis, string> = {
  first_commit: 'first commit',
  opened: 'pull request opened',
  merge: 'merge',
}

export const stageWords: Record<Stage, { title: string; meaning: string }> = {
  coding: { title: 'Coding', meaning: 'Start to pull request opened, or ready for review' },
  pickup: { title: 'Pickup', meaning: 'To the first review by another person' },
  review: { title: 'Review', meaning: 'First review to first approval' },
  merge: { title: 'Merge', meaning: 'Approval to merged' },
  deploy: { title: 'Deploy', meaning: 'Merged to live' },
}

/** What the totals and the parts of an explanation are called that have no name of their own. */
export const whyWords = { before: 'Before', after: 'This window', mix: 'Mix of services', unobserved: 'Stages not observed' }

export const causeWords: Record<Cause, string> = {
  deployment: 'a deployment',
  infrastructure: 'infrastructure',
  third_party: 'a third party',
  flag: 'a feature flag',
  other: 'something else',
}

export const incidentReasonWords: Record<NonNullable<IncidentRow['unattributed']>, string> = {
  culprit_unknown: 'Names a deployment that is not known',
  no_deployment_in_window: 'No deployment of its service started shortly before',
  cause: 'Its cause is not a deployment',
  several_services: 'Names several services: it blames none by time',
  no_service: 'Names no service',
}
