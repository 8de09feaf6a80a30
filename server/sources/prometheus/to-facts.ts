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

/** Of a run of alerts; those that are none are withdrawn where a rule before this one may have counted them. */
export function factsOf(episodes: readonly Episode[], options: PrometheusOptions, sourceId: string, isRuleNew: boolean): Fact[] {
  return episodes.flatMap((episode): Fact[] => {
    if (whyNoIncident(options, episode.labels) === null) return [episodeFact(episode, options, sourceId)]
    const id = alertId(episode.fingerprint, episode.openedAt)
    return isRuleNew ? [{ kind: 'withdrawal', of: 'incident', source: sourceId, id, ifStanding: true }] : []
  })
}
