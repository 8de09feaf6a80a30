/** The rows of the whole organisation, read once for the questions that one page asks of them together. */
import type { MetricsInput } from '../metrics/input.ts'
import { readMetricsInput } from '../store/metrics-input.ts'
import { resolveScope } from '../store/scope.ts'
import type { DataState } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Window } from './query.ts'

/** More rows than these are read again rather than kept. */
const maxKept = 20_000

export type OrgRows = (state: DataState, question: Window & { environment: string }) => Promise<MetricsInput>

/** Keeps the newest reading only; its bucket is the week. */
export function createOrgRows({ store, config }: Pick<ApiDeps, 'store' | 'config'>): OrgRows {
  let kept: { key: string; input: Promise<MetricsInput> } | null = null

  return async (state, { from, to, environment }) => {
    const key = JSON.stringify([state, from, to, environment])
    if (kept?.key === key) return kept.input
    const reading = { key, input: read({ from, to, environment }) }
    kept = reading
    try {
      const input = await reading.input
      if (input.changes.length + input.deployments.length > maxKept && kept === reading) kept = null
      return input
    } catch (error) {
      if (kept === reading) kept = null
      throw error
    }
  }

  async function read(question: Window & { environment: string }): Promise<MetricsInput> {
    const org = await resolveScope(store.db, config, 'org')
    return readMetricsInput(store.db, config, org, { ...question, bucket: 'week' })
  }
}
