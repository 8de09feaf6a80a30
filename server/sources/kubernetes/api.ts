/** Asks an API server: lists in pages, and watches that are read until they have nothing more to tell. */
import type { z } from 'zod'
import { SourceError } from '../../errors.ts'
import { createHttpClient, type HttpClient, refusalOf } from '../http-client.ts'
import type { Context } from '../source.ts'
import { createTlsFetch } from '../tls-fetch.ts'
import type { Access } from './access.ts'
import type { Pace } from './pace.ts'
import { page, WatchBookmark, WatchEvent, WatchStatus } from './payloads.ts'

export interface Change<T> {
  version: string
  deleted: boolean
  object: T
}

export interface Watched<T> {
  changes: Change<T>[]
  /** Up to which it is known now. */
  version: string
  /** There was more than one round takes. */
  more: boolean
}

export interface Api {
  /** Null where the server does not know such objects. Throws SourceError. */
  list<T>(what: string, path: string, item: z.ZodType<T>): Promise<{ items: T[]; version: string } | null>
  /** Null where the version is too old to go on from: what changed since is to be listed. Throws SourceError. */
  watch<T>(what: string, path: string, item: z.ZodType<T>, version: string): Promise<Watched<T> | null>
  ask: HttpClient['ask']
}

const credentials =
  'Check that the token is of a service account with the rights of docs/sources/kubernetes/rbac.yaml (kubectl auth can-i list deployments --as=...).'
const maxLine = 16 * 1024 * 1024
const reconnects = 3

export function createApi({ url, headers, certificates }: Access, ctx: Pick<Context, 'signal' | 'progress'>, pace: Pace): Api {
  const isOwn = Object.values(certificates).some((value) => value !== undefined)
  const options = {
    system: 'Kubernetes',
    baseUrl: url,
    headers,
    credentials,
    timeoutMs: pace.timeoutMs,
    retryMs: pace.retryMs,
    ...(isOwn ? { fetch: createTlsFetch(certificates) } : {}),
  }
  const client = createHttpClient(options, ctx)

  async function list<T>(what: string, path: string, item: z.ZodType<T>, tries = 3): Promise<{ items: T[]; version: string } | null> {
    const items: T[] = []
    let next: string | undefined
    for (;;) {
      const query = { limit: pace.pageSize, continue: next }
      const answer = await client.find(what, path, page(item), { query }).catch((error: unknown) => {
        if (refusalOf(error) === 410 && tries > 1) return 'expired' as const
        throw error
      })
      // Pages of a list that took too long belong to no version any more.
      if (answer === 'expired') return list(what, path, item, tries - 1)
      if (answer === null) return null
      items.push(...answer.data.items)
      ctx.progress({ step: `listing ${what}`, done: items.length, total: null })
      next = answer.data.metadata.continue || undefined
      if (next === undefined) return { items, version: answer.data.metadata.resourceVersion }
    }
  }

  async function watch<T>(what: string, path: string, item: z.ZodType<T>, from: string): Promise<Watched<T> | null> {
    const watched: Watched<T> = { changes: [], version: from, more: false }
    for (let cuts = 0; ; ) {
      const known = watched.version
      const outcome = await watchOnce(what, path, item, watched)
      if (outcome === 'gone') return null
      if (outcome === 'told') return watched
      cuts = watched.version === known ? cuts + 1 : 0
      if (cuts >= reconnects) {
        const mend = 'A proxy between may not let long answers through; the next run goes on from here.'
        throw new SourceError(`Kubernetes at ${new URL(url).host} ends the watch of ${what} before it tells anything.`, mend, {
          cause: outcome,
        })
      }
    }
  }

  /** Adds what one connection tells. An Error: it was cut. */
  async function watchOnce<T>(what: string, path: string, item: z.ZodType<T>, watched: Watched<T>): Promise<'told' | 'gone' | Error> {
    const ending = new AbortController()
    const signal = AbortSignal.any([ctx.signal, ending.signal])
    let timer = setTimeout(() => ending.abort(), pace.watchMs)
    const deadline = performance.now() + pace.watchMs
    let isOpen = false
    try {
      const query = {
        watch: 1,
        allowWatchBookmarks: 'true',
        resourceVersion: watched.version,
        timeoutSeconds: Math.ceil(pace.watchMs / 1000) + 5,
      }
      const body = await createHttpClient(options, { ...ctx, signal }).stream(what, path, { query })
      isOpen = true
      const rest = () => Math.min(pace.idleMs, Math.max(0, deadline - performance.now()))
      const again = () => {
        clearTimeout(timer)
        timer = setTimeout(() => ending.abort(), rest())
      }
      again()
      for await (const line of linesOf(body)) {
        if (!take(what, line, item, watched)) return 'gone'
        if (watched.changes.length >= pace.roundEvents) {
          watched.more = true
          return 'told'
        }
        again()
      }
      ctx.signal.throwIfAborted()
      return ending.signal.aborted ? 'told' : new Error('the watch ended')
    } catch (error) {
      ctx.signal.throwIfAborted()
      // Silence tells something only once the server has answered.
      if (ending.signal.aborted) return isOpen ? 'told' : new Error('no answer in time')
      if (refusalOf(error) === 410) return 'gone'
      if (error instanceof SourceError) throw error
      return error as Error
    } finally {
      clearTimeout(timer)
      ending.abort()
    }
  }

  return { list, watch, ask: client.ask }
}

/** Whether the watch can go on after this line. */
function take<T>(what: string, line: string, item: z.ZodType<T>, watched: Watched<T>): boolean {
  const event = parsed(WatchEvent, jsonOf(line, what), what)
  if (event.type === 'ERROR') {
    const status = parsed(WatchStatus, event.object, what)
    if (status.code === 410 || status.reason === 'Expired' || status.reason === 'Gone') return false
    const mend = 'It is likely at fault itself: the next run goes on from here.'
    throw new SourceError(`Kubernetes ends the watch of ${what}: ${(status.message ?? 'it does not say why').slice(0, 200)}.`, mend)
  }
  const version = parsed(WatchBookmark, event.object, what).metadata.resourceVersion
  if (event.type !== 'BOOKMARK') {
    watched.changes.push({ version, deleted: event.type === 'DELETED', object: parsed(item, event.object, what) })
  }
  watched.version = version
  return true
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true })
    if (rest.length > maxLine) throw notUnderstood('a watch', 'a line without an end')
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield line
  }
}

function jsonOf(line: string, what: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw notUnderstood(what, 'no JSON')
  }
}

function parsed<T>(shape: z.ZodType<T>, value: unknown, what: string): T {
  const outcome = shape.safeParse(value)
  if (outcome.success) return outcome.data
  const [issue] = outcome.error.issues
  throw notUnderstood(what, `${issue?.path.join('.') || 'the event'}: ${issue?.message}`)
}

function notUnderstood(what: string, fault: string): SourceError {
  return new SourceError(
    `The watch of ${what} tells what the API of Kubernetes does not describe (${fault}).`,
    'A proxy may have answered in its place: collect again; if it stays, report it with the version of the cluster.',
  )
}
