/** What was read of past alerts, as facts: the same incidents that Alertmanager's deliveries tell. */

import type { Fact } from '../../facts.ts'
import { aboutAlert, alertId, titleOf, whyNoIncident } from '../alert-incident.ts'
import { told } from '../fact-text.ts'
import type { Episode } from './episodes.ts'
import type { PrometheusOptions } from './options.ts'

/** One that still fires has no time of its version: whatever a delivery says of it wins. */
export function episodeFact(
  { fingerprint, labels, openedAt, seenAt, resolvedAt }: Episode,
  options: PrometheusOptions,
  sourceId: string,
): Fact {
  return {
    kind: 'incident',
    source: sourceId,
    id: alertId(fingerprint, openedAt),
    ...aboutAlert(labels, options),
    title: told(titleOf(labels.alertname), 1000) || 'An alert without a name',
    openedAt,
    ...(resolvedAt === null ? {} : { resolvedAt: Math.max(resolvedAt, openedAt), updatedAt: Math.max(seenAt, openedAt) }),
  }
}

/** Of a run of alerts; where other rules held before, what these told of an alert does not stand beside it. */
export function factsOf(episodes: readonly Episode[], options: PrometheusOptions, sourceId: string, isRuleNew: boolean): Fact[] {
  return episodes.flatMap((episode): Fact[] => {
    const id = alertId(episode.fingerprint, episode.openedAt)
    const before: Fact[] = isRuleNew ? [{ kind: 'withdrawal', of: 'incident', source: sourceId, id, ifStanding: true }] : []
    return whyNoIncident(options, episode.labels) === null ? [...before, episodeFact(episode, options, sourceId)] : before
  })
}
