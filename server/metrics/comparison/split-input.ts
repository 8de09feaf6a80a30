/** One reading of two windows, taken apart: so that a question and what it is compared with cost one reading. */
import { changeContext, changeKey, deploymentTime } from '../evidence.ts'
import type { MetricsInput } from '../input.ts'
import { dayNumber, startOfDay } from '../windows.ts'

export interface SplitInput {
  /** The days before; absent where there are none. */
  earlier?: MetricsInput
  /** The asked days. */
  input: MetricsInput
}

/** The rows of [wide.from, from) and of [from, wide.to). What a roll-up delivered in the days before counts as delivered before the later ones. */
export function splitInput(wide: MetricsInput, from: string): SplitInput {
  if (wide.from >= from) return { input: wide }
  const at = startOfDay(dayNumber(from), wide.timeZone)
  const earlier: MetricsInput = { ...wide, to: from, deployments: [], changes: [], incidents: [], waiting: [] }
  const input: MetricsInput = { ...wide, from, deployments: [], changes: [], incidents: [] }
  for (const row of wide.deployments) ((deploymentTime(row) ?? 0) < at ? earlier : input).deployments.push(row)
  for (const row of wide.changes) ((row.deployedAt ?? 0) < at ? earlier : input).changes.push(row)
  for (const row of wide.incidents) (row.openedAt < at ? earlier : input).incidents.push(row)
  if (wide.deliveredBefore !== undefined) {
    const delivered = new Set(wide.deliveredBefore)
    const { ofTier } = changeContext(wide)
    for (const row of earlier.changes) {
      if ((row.exclusion === null || row.exclusion === 'clock_skew') && (row.firstInTier || !ofTier)) delivered.add(changeKey(row))
    }
    input.deliveredBefore = delivered
  }
  return { earlier, input }
}
