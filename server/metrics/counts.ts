/** How many rows the metrics of a window have and leave out. */
import { type EvidenceContext, isPending } from './evidence.ts'
import { noneExcluded } from './observations.ts'
import type { Summary } from './summary.ts'
import type { EntryHead } from './tallies/entry.ts'

export interface Counts
  extends Pick<Summary, 'counted' | 'apart' | 'judged' | 'failed' | 'pending' | 'rework' | 'carriesNothing' | 'excluded'> {
  /** Changes in the lead time. */
  leads: { n: number }
}

/** Of the entries of one service: the counts of its `Summary`, without reading the changes one by one. */
export function countEntries(entries: Iterable<EntryHead>, context: EvidenceContext): Counts {
  const counts = { counted: 0, judged: 0, failed: 0, pending: 0, rework: 0, carriesNothing: 0 }
  const apart: Counts['apart'] = {}
  const excluded = noneExcluded()
  const leads = { n: 0 }
  for (const entry of entries) {
    if (entry.apart === null) {
      counts.counted++
      if (entry.rework) counts.rework++
      if (entry.changes === 0) counts.carriesNothing++
    } else apart[entry.apart] = (apart[entry.apart] ?? 0) + 1
    if (entry.judgeable) {
      const isYoung = isPending(entry, context)
      if (isYoung) counts.pending++
      else counts.judged++
      if (entry.failed && !isYoung) counts.failed++
    }
    leads.n += entry.changesInLeadTime
    for (const reason of Object.keys(excluded) as (keyof typeof excluded)[]) excluded[reason] += entry.excluded[reason]
  }
  return { ...counts, apart, excluded, leads }
}
