import type { LinkedIncident } from '../linked.ts'
import type { RestoreAnswer } from './answer.ts'
import type { Metric } from './metric.ts'
import type { Slice } from './slice.ts'
import { countOf, survivalMedian } from './survival.ts'

export const incidentRestore: Metric<'incident_time_to_restore'> = {
  id: 'incident_time_to_restore',
  title: 'Incident time to restore',
  group: 'beside',
  unit: 'seconds',
  words: () => ({
    question: 'How long does an incident last, whatever caused it?',
    rule:
      'The median time from the opening of an incident until it is mitigated or resolved, whichever comes first, over the incidents opened in the window. ' +
      'Those that are still open count with the time they have lasted so far (Kaplan-Meier).',
    excluded: 'Incidents of no service. One of several services counts once.',
    interval: 'Brookmeyer and Crowley, from six ended ones on.',
  }),
  compute,
}

/** Mitigated or resolved, whichever came first; null while it is open. */
export function incidentEnd(row: Pick<LinkedIncident, 'mitigatedAt' | 'resolvedAt'>): number | null {
  if (row.mitigatedAt === null) return row.resolvedAt
  return row.resolvedAt === null ? row.mitigatedAt : Math.min(row.mitigatedAt, row.resolvedAt)
}

function compute(slice: Slice): RestoreAnswer {
  const durations = slice.summary.restores
  const n = countOf(durations)
  const { median, interval } = survivalMedian(durations)
  return {
    value: median,
    unit: 'seconds',
    n,
    open: countOf(durations.filter(({ ended }) => !ended)),
    interval,
    // Coverage speaks of deployments only.
    reason: n === 0 ? 'no_incidents' : median === null ? 'not_reached' : null,
  }
}
