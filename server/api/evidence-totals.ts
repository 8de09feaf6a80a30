/** How many rows a metric has and leaves out, from the same sums as its own answer. */
import type { DeploymentReason } from '../metrics/answer.ts'
import type { Counts } from '../metrics/counts.ts'
import type { DeploymentMetric, Explained } from '../metrics/evidence.ts'
import type { Totals } from './evidence-schema.ts'

/** Of rows that were judged one by one. */
export function totalsOfRows(explained: readonly Explained<string>[]): Totals {
  const totals: Totals = { rows: explained.length, included: 0, counts: 0, excluded: {} }
  for (const { included, counts, reason } of explained) {
    if (included) totals.included++
    if (counts) totals.counts++
    if (reason !== null) totals.excluded[reason] = (totals.excluded[reason] ?? 0) + 1
  }
  return totals
}

function totalsOf(included: number, counts: number, excluded: Partial<Record<string, number>>): Totals {
  const found = Object.entries(excluded).flatMap(([reason, n]): [string, number][] => (n ? [[reason, n]] : []))
  return { rows: found.reduce((sum, [, n]) => sum + n, included), included, counts, excluded: Object.fromEntries(found) }
}

export function changeTotals({ leads, excluded }: Pick<Counts, 'leads' | 'excluded'>): Totals {
  return totalsOf(leads.n, leads.n, excluded)
}

/** `named`: those that are apart and are judged nevertheless, by the reason. */
export function deploymentTotals(counts: Counts, metric: DeploymentMetric, named: ReadonlyMap<DeploymentReason, number>): Totals {
  const { counted, apart, judged, failed, pending, rework, carriesNothing } = counts
  switch (metric) {
    case 'deployment_frequency':
      return totalsOf(counted, counted, apart)
    case 'deployment_rework_rate':
      return totalsOf(counted, rework, apart)
    case 'batch_size':
      return totalsOf(counted - carriesNothing, counted - carriesNothing, { ...apart, carries_nothing: carriesNothing })
    default: {
      const unjudged = Object.fromEntries(
        Object.entries(apart).map(([reason, n]) => [reason, n - (named.get(reason as DeploymentReason) ?? 0)]),
      )
      if (metric === 'change_fail_rate') return totalsOf(judged, failed, { ...unjudged, pending })
      return totalsOf(failed, failed, { ...unjudged, pending, not_failed: judged - failed })
    }
  }
}

export function incidentTotals({ ofServices, ofNone, again }: { ofServices: number; ofNone: number; again: number }): Totals {
  const included = ofServices - again
  return totalsOf(included, included, { no_service: ofNone, same_incident: again })
}

export function waitingTotals(count: number): Totals {
  return totalsOf(count, count, {})
}
