/** The slowest changes of the week, and those that wait. */
import type { Instant } from '../facts.ts'
import { type LinkedChange, type Stage, stages } from '../linked.ts'
import { type ChangeContext, explainChanges, leadSeconds } from '../metrics/evidence.ts'
import type { ChangeLine, WaitingLine } from './snapshot.ts'

/** The three with the longest lead time among the included; ties by key. */
export function slowestChanges(changes: readonly LinkedChange[], context: ChangeContext): ChangeLine[] {
  const explained = explainChanges(changes, context)
  const included = changes.filter((row, index) => explained[index]?.included && row.deployedAt !== null)
  return included
    .sort((a, b) => leadSeconds(b) - leadSeconds(a) || (a.key < b.key ? -1 : 1))
    .slice(0, 3)
    .map((row) => ({
      key: row.key,
      change: { name: titleOf(row), url: row.url },
      service: row.service,
      deployedAt: new Date(row.deployedAt as Instant).toISOString(),
      leadSeconds: leadSeconds(row),
      longest: longestStage(row),
    }))
}

/** `at` is when they wait; the three that were merged first are told. */
export function waitingChanges(changes: readonly LinkedChange[], at: Instant): { at: string; count: number; oldest: WaitingLine[] } {
  const oldest = [...changes]
    .sort((a, b) => a.mergedAt - b.mergedAt || (a.key < b.key ? -1 : 1))
    .slice(0, 3)
    .map((row) => ({
      key: row.key,
      change: { name: titleOf(row), url: row.url },
      service: row.service,
      mergedAt: new Date(row.mergedAt).toISOString(),
      waitSeconds: (at - row.mergedAt) / 1000,
    }))
  return { at: new Date(at).toISOString(), count: changes.length, oldest }
}

function titleOf(row: LinkedChange): string {
  return row.title.trim() || row.key
}

function longestStage(row: LinkedChange): { stage: Stage; seconds: number } | null {
  let longest: { stage: Stage; seconds: number } | null = null
  for (const stage of stages) {
    const seconds = row.stages[stage]
    if (seconds !== undefined && (longest === null || seconds > longest.seconds)) longest = { stage, seconds }
  }
  return longest
}
