/** The whole API on a store of its own, for tests. */
import { pino } from 'pino'
import type { ApiDeps } from '../../server/api/api-deps.ts'
import { createApp } from '../../server/api/app.ts'
import { ruleText, withRule } from '../../server/config/rule.ts'
import type { Config } from '../../server/config.ts'
import { defineMetrics } from '../../server/definition.ts'
import { openStore } from '../../server/store/open.ts'

export const now = new Date('2026-04-01T12:00:00Z')

export function testConfig(config: Partial<Config> = {}): Config {
  return { timeZone: 'UTC', definition: defineMetrics(), sources: [], services: [], teams: [], demo: false, file: null, ...config }
}

/** Everything but the store, with nothing collected by the clock. */
export function testDeps(given: Partial<ApiDeps> & Pick<ApiDeps, 'store'>): ApiDeps {
  return {
    config: testConfig(),
    settings: { databaseUrl: null, dataDir: '/nowhere', host: '127.0.0.1', port: 4400, token: null, logLevel: 'silent' },
    now: () => now,
    schedule: { stop: async () => {}, runNow: () => 'busy', nextRun: () => null },
    inbox: { wake: () => {}, retry: async () => 0, stop: async () => {} },
    log: pino({ level: 'silent' }),
    rules: { ruleText, withRule },
    webDir: null,
    ...given,
  }
}

export interface Answered {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

export interface TestApi {
  deps: ApiDeps
  get(path: string, headers?: Record<string, string>): Promise<Answered>
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>
  close(): Promise<void>
}

export async function openApi(given: Partial<ApiDeps> = {}): Promise<TestApi> {
  const store = given.store ?? (await openStore({ databaseUrl: null, dataDir: null }))
  const deps = testDeps({ ...given, store })
  const app = createApp(deps)

  async function ask(path: string, init: RequestInit): Promise<Answered> {
    const response = await app.request(path.startsWith('/') ? path : `/api/v1/${path}`, init)
    const text = await response.text()
    const isJson = (response.headers.get('content-type') ?? '').includes('json')
    return { status: response.status, headers: response.headers, text, body: isJson && text !== '' ? JSON.parse(text) : null }
  }

  return {
    deps,
    get: (path, headers = {}) => ask(path, { headers }),
    send(method, path, body, headers = {}) {
      const typed: Record<string, string> = body === undefined ? headers : { 'content-type': 'application/json', ...headers }
      return ask(path, { method, headers: typed, body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body) })
    },
    close: () => store.close(),
  }
}

/** A commit id made of a number. */
export function sha(number: number): string {
  return number.toString(16).padStart(40, '0')
}
