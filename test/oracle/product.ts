/** The product as other products' test cases see it: facts in over HTTP, numbers out. */
import type { DefinitionOptions } from '../../server/definition.ts'
import { defineMetrics } from '../../server/definition.ts'
import type { MetricsAnswer } from '../../server/metrics/answer.ts'
import { openStore, type Store } from '../../server/store/open.ts'
import { openApi, sha, type TestApi, testConfig } from '../api/open-api.ts'

export const hour = 3_600_000
export const day = 24 * hour
export const root = sha(1)

export interface Product {
  api: TestApi
  post(kind: 'deployments' | 'changes' | 'incidents' | 'commits', items: object[]): Promise<void>
  /** A service with a baseline of an empty root commit, a month before. */
  service(id: string, before: string): Promise<void>
  metrics(scope: string, from: string, to: string, bucket?: string): Promise<MetricsAnswer>
  evidence(kind: 'deployments' | 'changes' | 'incidents', query: string): Promise<Record<string, unknown>[]>
}

/** A product with no facts, whose last write is at `now`. */
export async function openProduct(store: Store, now: string, definition: Partial<DefinitionOptions> = {}): Promise<Product> {
  const api = await openApi({ store, now: () => new Date(now), config: testConfig({ definition: defineMetrics(definition) }) })
  async function post(kind: string, items: object[]): Promise<void> {
    if (items.length === 0) return
    const answer = await api.send('POST', kind, { items })
    if (answer.status !== 200) throw new Error(`${kind}: ${answer.text}`)
  }
  return {
    api,
    post,
    async service(id, before) {
      await post('commits', [
        { repository: id, sha: root, parents: [], authoredAt: ago(before, 31), committedAt: ago(before, 31), message: 'Root' },
      ])
      await post('deployments', [deployed(id, `${id}-baseline`, ago(before, 30), { commit: root })])
    },
    async metrics(scope, from, to, bucket = 'week') {
      const answer = await api.get(`metrics?scope=${scope}&from=${from}&to=${to}&bucket=${bucket}`)
      if (answer.status !== 200) throw new Error(answer.text)
      return answer.body
    },
    async evidence(kind, query) {
      const answer = await api.get(`${kind}?${query}&limit=1000`)
      if (answer.status !== 200) throw new Error(answer.text)
      return answer.body.items
    },
  }
}

/** `days` (and hours) before a time. */
export function ago(time: string, days: number, hours = 0): string {
  return new Date(Date.parse(time) - days * day - hours * hour).toISOString()
}

export function deployed(service: string, id: string, at: string, more: object = {}): object {
  return { id, service, environment: 'production', status: 'succeeded', finishedAt: at, ...more }
}

/** Opens one store for a file of tests; `empty` gives it without facts each time. */
export async function openEmptyStore(): Promise<Store> {
  return openStore({ databaseUrl: null, dataDir: null })
}
