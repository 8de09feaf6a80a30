/** A preview on the wire: its rows up to a limit, and totals of all of them. */
import type { Preview, PreviewRow } from '../sources/source.ts'
import type { PreviewBody } from './sources-schema.ts'
import { timeTextOrNull } from './wire-time.ts'

const maxRows = 1000
const maxReasons = 50

export function previewBody({ rule, rows, hints, truncated = 0 }: Preview, yaml: string | null): PreviewBody {
  return {
    rule,
    yaml,
    looked: rows.length,
    counted: countedOf(rows),
    truncated,
    reasons: reasonsOf(rows),
    groups: groupsOf(rows),
    rows: rows.slice(0, maxRows).map((row) => ({
      name: row.name,
      group: row.group ?? null,
      at: timeTextOrNull(row.at),
      counted: row.counted,
      reason: row.reason,
    })),
    hints,
  }
}

function countedOf(rows: PreviewRow[]): number {
  return rows.filter(({ counted }) => counted).length
}

function reasonsOf(rows: PreviewRow[]): PreviewBody['reasons'] {
  const totals = new Map<string, number>()
  for (const { counted, reason } of rows) {
    if (!counted) totals.set(reason ?? unsaid, (totals.get(reason ?? unsaid) ?? 0) + 1)
  }
  const listed = [...totals].map(([reason, count]) => ({ reason, rows: count }))
  return listed.sort((a, b) => b.rows - a.rows || (a.reason < b.reason ? -1 : 1)).slice(0, maxReasons)
}

const unsaid = 'the rule does not take it'

/** By name; empty where no row belongs to a group. */
function groupsOf(rows: PreviewRow[]): PreviewBody['groups'] {
  const byName = new Map<string, PreviewBody['groups'][number]>()
  for (const { group, counted } of rows) {
    if (group === undefined) continue
    const tally = byName.get(group) ?? { group, looked: 0, counted: 0 }
    byName.set(group, tally)
    tally.looked++
    if (counted) tally.counted++
  }
  return [...byName.values()].sort((a, b) => (a.group < b.group ? -1 : 1))
}
