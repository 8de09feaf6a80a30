/** The closed lists of the definition in words, for people who read a row or a null value. */
import type { DefinitionOptions } from '../definition.ts'
import type { DeploymentKind, Signal } from '../linked.ts'
import type { Absence, ChangeReason, ComparisonReason, DeploymentReason, IncidentReason } from '../metrics/answer.ts'

export const parameterWords: Record<keyof DefinitionOptions, string> = {
  failureWindow: 'Seconds after a deployment’s start in which an incident counts against it; a younger deployment is pending.',
  revertWindow: 'Seconds after a change went live in which its revert is a failure.',
  rollbackWindow: 'Seconds for which a rollback blames the first deployment after its target; later it blames the one live just before.',
  abortedGrace: 'Seconds after the end of a failed attempt in which an incident makes it an aborted deployment.',
  hotfix: 'Words that mark a hotfix in a label, branch, title or tag.',
  remedyShare: 'Share of a deployment’s changes that makes it the remedy of what they revert or fix.',
  reverts: 'Further ways in which a team writes a revert.',
  releaseWindow: 'Seconds within which deployments of one repository at one commit are one release.',
  weekClusters: 'Windows of at least this many weeks take the ISO week as the unit of independence.',
  minimumCoveredDays: 'Fewer covered days than these give no frequency.',
  clearP: 'A difference to the window before is clear only with a p under this.',
  clearFactor: 'A clear difference of times and frequencies is at least this factor, up or down.',
  clearPoints: 'A clear difference of ratios is at least so many percentage points.',
  comparedClusters: 'Fewer independent deployments, releases or weeks on a side are not compared.',
  comparedRecoveries: 'Fewer failed deployments or incidents on a side are not compared.',
  exactBelow: 'Sides smaller than this are tested exactly.',
  permutations: 'Random divisions that a permutation test tries at most.',
  falseDiscovery: 'Share of false ones to expect among the services that stand out of a list.',
  basisPoints: 'Lead times are not compared where the starts or units of changes differ by more percentage points.',
  workingDays: 'Weekdays on which people work; Monday is 1.',
  holidays: 'Days off, as 2026-04-03, or each year as 12-25.',
  holidayShare: 'A week with less than this share of its working days is a holiday week and in no comparison.',
}

export const kindWords: Record<DeploymentKind, string> = {
  baseline: 'The first with a known commit: what it holds is history. Counted.',
  code: 'Brings changes to the environment. Counted.',
  rollback: 'Goes back to a version that was live before. Counted.',
  reland: 'Goes forward again to a version that was live before. Counted.',
  backport: 'An older line’s release, known from a tag or branch. Counted.',
  redeploy: 'The version that was live already. Shown apart.',
  config: 'Declared to change configuration only. Shown apart.',
  empty: 'Carries no change. Shown apart.',
  aborted: 'Never went live, and degraded service all the same: in the fail rate and recovery, never in frequency.',
}

export const signalWords: Record<Signal, string> = {
  explicit: 'An incident, a call or a person names the deployment, its version or its commit. Confirmed.',
  rollback: 'A later deployment went back behind it. Confirmed.',
  revert: 'A later deployment reverts one of its commits within the revert window. Likely.',
  hotfix: 'The next deployment is marked as a hotfix, or at least half of its changes are. Likely.',
  incident: 'An incident of the same service opened within the failure window after it. Possible.',
}

export const reasonWords: Record<Absence | ComparisonReason | DeploymentReason | ChangeReason | IncidentReason, string> = {
  not_covered: 'No data covers these days.',
  too_short: 'Too few days are covered for a rate per week.',
  no_deployments: 'There was no deployment that counts.',
  no_changes: 'No change was delivered.',
  no_failed_deployments: 'No deployment failed.',
  no_incidents: 'There was no incident.',
  no_signal: 'The data could not show a failure: connect incidents, or sources that report rollbacks.',
  all_pending: 'Every deployment is too young to be judged.',
  not_reached: 'Fewer than half have recovered so far, so there is no median yet.',
  no_value: 'Not compared: no signal could show a failure.',
  basis_changed: 'Not compared: changes start, or are counted, otherwise than in the window before.',
  too_few: 'Not compared: fewer than needed in one of the windows.',
  too_small: 'The difference is certain, but under the least size that is called clear.',
  redeploy: 'It deployed the version that was live already.',
  config: 'It is declared to change configuration only.',
  empty: 'It carries no change.',
  running: 'It has not finished.',
  failed_attempt: 'It never went live, and did not degrade service.',
  cancelled: 'It was cancelled.',
  aborted: 'It never went live.',
  pending: 'It is too young to be judged.',
  not_failed: 'It did not fail.',
  not_rework: 'It is not rework.',
  carries_nothing: 'No change is known to be in it.',
  environment_unmapped: 'Its environment belongs to no tier.',
  baseline: 'It was there before the first known deployment.',
  same_change: 'It is a copy of a change that was delivered before, such as a cherry-pick.',
  promotion: 'A pull request without a commit of its own, such as a merge between branches.',
  clock_skew: 'It seems to be live before it began: a clock was wrong.',
  already_delivered: 'An earlier deployment delivered it.',
  no_service: 'It names no service.',
  same_incident: 'It is counted at another service of the scope.',
}
