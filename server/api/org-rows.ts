/** The rows of the whole organisation, of a window and of those that it is compared with, read once for the questions that one page asks of them together. */
import { earliestCompared } from '../metrics/comparison/compared-windows.ts'
import { type SplitInput, splitInput } from '../metrics/comparison/split-input.ts'
import type { MetricsInput } from '../metrics/input.ts'
import { readMetricsInput } from '../store/metrics-input.ts'
import { resolveScope } from '../store/scope.ts'
import type { DataState } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Window } from './query.ts'

/** More rows than these are read again rather than kept. */
const maxKept = 40_000

export type OrgRows = (state: DataState, question: Window & { environment: string }) => Promise<SplitInput>

/** Keeps the newest reading only; its bucket is the week. */
export function createOrgRows({ store, config }: Pick<ApiDeps, 'store' | 'config'>): OrgRows {
  let kept: { key: string; rows: Promise<SplitInput> } | null = null

  return async (state, { from, to, environment }) => {
    const key = JSON.stringify([state, from, to, environment])
    if (kept?.key === key) return kept.rows
    const reading = { key, rows: read({ from, to, environment }) }
    kept = reading
    try {
      const rows = await reading.rows
      if (rowsIn(rows.input) + rowsIn(rows.earlier) > maxKept && kept === reading) kept = null
      return rows
    } catch (error) {
      if (kept === reading) kept = null
      throw error
    }
  }

  async function read(question: Window & { environment: string }): Promise<SplitInput> {
    const org = await resolveScope(store.db, config, 'org')
    const wide = await readMetricsInput(store.db, config, org, { ...question, from: earliestCompared(question), bucket: 'week' })
    return splitInput(wide, question.from)
  }
}

function rowsIn(input: MetricsInput | undefined): number {
  return input === undefined ? 0 : input.changes.length + input.deployments.length
}
