/** What ids are called in a report. */
import type { Signal, Stage } from '../linked.ts'
import type { Absence, BesideId, MetricId } from '../metrics/answer.ts'

export const metricTitles: Record<MetricId | BesideId, string> = {
  deployment_frequency: 'Deployment frequency',
  change_lead_time: 'Change lead time',
  failed_deployment_recovery_time: 'Failed deployment recovery time',
  change_fail_rate: 'Change fail rate',
  deployment_rework_rate: 'Deployment rework rate',
  batch_size: 'Batch size',
  incident_time_to_restore: 'Time to restore, all incidents',
}

/** What the value is, below its title. */
export const metricMeanings: Record<MetricId | BesideId, string> = {
  deployment_frequency: 'counted production deployments per week',
  change_lead_time: 'median, from the start of a change to production',
  failed_deployment_recovery_time: 'median, open ones included (Kaplan-Meier)',
  change_fail_rate: 'failed among judged deployments',
  deployment_rework_rate: 'remedies and unplanned among counted deployments',
  batch_size: 'median changes per deployment',
  incident_time_to_restore: 'median, open ones included (Kaplan-Meier)',
}

export const absenceWords: Record<Absence, string> = {
  not_covered: 'no data covers these days',
  too_short: 'under 7 days are covered',
  no_deployments: 'no deployments',
  no_changes: 'no changes were delivered',
  no_failed_deployments: 'no failed deployments',
  no_incidents: 'no incidents',
  no_signal: 'no source could show a failure',
  all_pending: 'every deployment is too young to judge',
  not_reached: 'fewer than half have recovered',
}

export const signalWords: Record<Signal | 'person', string> = {
  explicit: 'named as the cause',
  rollback: 'rolled back',
  revert: 'reverted',
  hotfix: 'hotfix followed',
  incident: 'incident followed',
  person: 'said by a person',
}

export const stageWords: Record<Stage, string> = {
  coding: 'coding',
  pickup: 'waiting for a first review',
  review: 'review',
  merge: 'waiting for merge',
  deploy: 'waiting for deployment',
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
