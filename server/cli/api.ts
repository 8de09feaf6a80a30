/** Asks the API: that of the server that has the folder open, else one of this process on the store. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Inbox } from '../collector/inbox.ts'
import type { Schedule } from '../collector/schedule.ts'
import { ruleText, withRule } from '../config/rule.ts'
import { type ErrorCode, ShiplogError } from '../errors.ts'
import { holderOf } from '../store/folder-lock.ts'
import type { Session } from './session.ts'

export interface Api {
  /** Where the answers come from; null for this process. */
  server: string | null
  /** The body of a successful answer; throws the ShiplogError that the API tells. */
  text(route: string, request?: { method?: string; body?: unknown }): Promise<string>
  close(): Promise<void>
}

/** `fromNothing`: the question can be answered where nothing was ever kept. */
export async function openApi(session: Session, { fromNothing = false } = {}): Promise<Api> {
  const server = runningServer(session)
  if (server !== null) return { server, text: asking(session, (url, init) => fetch(new URL(url, server), init)), close: async () => {} }
  if (!fromNothing) refuseEmptyFolder(session)
  const { settings, config, log, now } = session
  // The database opens while the rest of the program loads.
  const opening = import('../store/open.ts').then(({ openStore }) => openStore(settings))
  const [store, { createApp }, { followDefinition }] = await Promise.all([
    opening,
    import('../api/app.ts'),
    import('../collector/follow-definition.ts'),
  ])
  await followDefinition(store, config)
  const app = createApp({
    store,
    config,
    settings,
    now,
    schedule: noSchedule,
    inbox: noInbox,
    log,
    rules: { ruleText, withRule },
    webDir: null,
  })
  const origin = `http://127.0.0.1:${settings.port}`
  const text = asking(session, async (url, init) => app.request(new Request(new URL(url, origin), init)))
  return { server: null, text, close: () => store.close() }
}

/** The address of the server that has the embedded folder open. */
export function runningServer({ settings }: Session): string | null {
  return settings.databaseUrl === null ? (holderOf(settings.dataDir)?.url ?? null) : null
}

/** A question to a folder in which nothing was ever kept creates no database only to say that it is empty. */
export function refuseEmptyFolder({ settings }: Session) {
  if (settings.databaseUrl !== null || existsSync(path.join(settings.dataDir, 'database'))) return
  throw new ShiplogError(
    'not_found',
    `Nothing is collected in ${settings.dataDir} yet. Run \`npm run shiplog -- collect\` with the same options first.`,
  )
}

/** One command runs nothing by the clock. */
const noSchedule: Schedule = {
  stop: async () => {},
  runNow: () => 'busy',
  nextRun: () => null,
}

/** What is kept waits for a server. */
const noInbox: Inbox = { wake: () => {}, retry: async () => 0, stop: async () => {} }

type Send = (url: string, init: RequestInit) => Promise<Response>

function asking({ settings }: Session, send: Send): Api['text'] {
  return async (route, { method = 'GET', body } = {}) => {
    const headers: Record<string, string> = {}
    if (settings.token !== null) headers.authorization = `Bearer ${settings.token}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    const response = await send(`/api/v1/${route}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) })
    const text = await response.text()
    if (response.ok) return text
    throw errorFrom(response.status, text)
  }
}

function errorFrom(status: number, text: string): ShiplogError {
  if (status === 401)
    return new ShiplogError('unauthorized', 'The running server asks for its token. Set SHIPLOG_TOKEN to the same value here.')
  try {
    const { error } = JSON.parse(text) as { error: { code: ErrorCode; message: string; details: unknown } }
    return new ShiplogError(error.code, error.message, error.details)
  } catch {
    return new ShiplogError('internal', `The answer has the status ${status}. The log of the server says why.`)
  }
}
