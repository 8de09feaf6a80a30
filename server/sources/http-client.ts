/** Asks the JSON APIs of other systems: in turn, patiently where they ask for it, and with answers that are checked. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { SourceError } from '../errors.ts'
import type { Context } from './source.ts'

/** Where an API is. */
export const BaseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://ci.example.org' })
  .max(2000)
  .transform((url) => url.replace(/\/+$/, ''))

/** What is sent in a header to be let in. */
export const ApiSecret = z
  .string()
  .min(1, 'must not be empty')
  .max(20_000)
  .regex(/^[\x21-\x7e]+$/, 'must not contain spaces or control characters')

export interface HttpOptions {
  /** As in `Jenkins refuses the credentials`. */
  system: string
  baseUrl: string
  headers?: Record<string, string>
  /** How a person mends credentials that are refused. */
  credentials: string
  /** Milliseconds until an answer is given up (30,000), and before a request is made again (1,000, then four times as long). */
  timeoutMs?: number
  retryMs?: number
  /** How an address is asked, where it needs certificates of its own; default: the fetch of Node. */
  fetch?: Fetch
}

export type Fetch = (url: URL, init: RequestInit) => Promise<Response>

export interface HttpAnswer<T> {
  data: T
  headers: Headers
  /** Address of the next page, of a Link header. */
  next: string | null
}

export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PUT'
  query?: Record<string, string | number | readonly string[] | undefined>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  body?: string
  headers?: Record<string, string>
  /** Answers null where there is nothing (404). */
  optional?: boolean
}

export interface HttpClient {
  /** A path below the base address, or the address of a next page on the same host. `what` says in a few words what is asked for. Throws SourceError. */
  ask<T>(what: string, path: string, shape: z.ZodType<T>, request?: HttpRequest): Promise<HttpAnswer<T>>
  /** As `ask`; null where there is nothing. */
  find<T>(what: string, path: string, shape: z.ZodType<T>, request?: HttpRequest): Promise<HttpAnswer<T> | null>
  /** The body as it comes, without a limit in time: for watches. Throws SourceError. */
  stream(what: string, path: string, request?: HttpRequest): Promise<AsyncIterable<Uint8Array>>
}

const attempts = 4
/** A system that asks for more patience is left to the next run. */
const mostWaitMs = 120_000

export function createHttpClient(options: HttpOptions, ctx: Pick<Context, 'signal' | 'progress'>): HttpClient {
  const { system, baseUrl, timeoutMs = 30_000, retryMs = 1000, fetch: ask = fetch } = options
  const { host, origin } = new URL(baseUrl)

  function addressOf(path: string, query: HttpRequest['query'] = {}): URL {
    const url = /^https?:\/\//.test(path) ? new URL(path) : new URL(`${baseUrl}${path}`)
    // Credentials go nowhere else, and not unprotected.
    if (url.origin !== origin) {
      throw new SourceError(
        `${system} at ${host} sends on to ${url.host === host ? url.origin : url.host}.`,
        'Set the address under which it knows itself, and write the same one in shiplog.yaml.',
      )
    }
    for (const [name, value] of Object.entries(query)) {
      for (const each of value === undefined ? [] : [value].flat()) url.searchParams.append(name, String(each))
    }
    return url
  }

  /** The answer of a request that was let in; null: there is nothing. */
  async function send(what: string, path: string, request: HttpRequest, limitMs: number | null): Promise<Response | null> {
    const url = addressOf(path, request.query)
    const body = request.json === undefined ? request.body : JSON.stringify(request.json)
    const headers = {
      accept: 'application/json',
      'user-agent': 'shiplog',
      ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
      ...request.headers,
    }
    for (let attempt = 1; ; attempt++) {
      ctx.signal.throwIfAborted()
      const answer = await attemptOnce(url, { method: request.method ?? 'GET', headers, body, redirect: 'manual' }, limitMs)
      if (!(answer instanceof Error) && answer.ok) return answer
      const waitMs = attempt < attempts ? patienceOf(answer, attempt) : null
      if (!(answer instanceof Error)) await answer.body?.cancel().catch(() => {})
      if (waitMs === null) {
        if (!(answer instanceof Error) && answer.status === 404 && request.optional) return null
        throw explain(answer, what)
      }
      if (waitMs > 5000) ctx.progress({ step: `waiting ${Math.ceil(waitMs / 1000)} s for ${system}`, done: 0, total: null })
      await sleep(waitMs, undefined, { signal: ctx.signal })
    }
  }

  /** Told apart as Error or not: the HTTP server puts a Response of its own in the place of the global one, which answers of fetch are no instances of. */
  async function attemptOnce(url: URL, init: RequestInit, limitMs: number | null): Promise<Response | Error> {
    const signal = limitMs === null ? ctx.signal : AbortSignal.any([ctx.signal, AbortSignal.timeout(limitMs)])
    try {
      return await ask(url, { ...init, signal })
    } catch (error) {
      ctx.signal.throwIfAborted()
      return error as Error
    }
  }

  /** How long to wait before it is asked again; null: the answer stands. */
  function patienceOf(answer: Response | Error, attempt: number): number | null {
    const usual = retryMs * 4 ** (attempt - 1)
    if (answer instanceof Error) return usual
    const asked = askedWaitMs(answer.headers)
    if (answer.status === 429 || answer.status === 503) return asked === null ? usual : asked <= mostWaitMs ? asked : null
    return answer.status >= 500 ? usual : null
  }

  function explain(answer: Response | Error, what: string): SourceError {
    if (answer instanceof Error) {
      const { cause, message, name } = answer as Error & { cause?: { message?: string } }
      const reason = name === 'TimeoutError' ? 'no answer in time' : (cause?.message ?? message).slice(0, 200)
      return new SourceError(
        `${system} at ${host} cannot be reached: ${reason}.`,
        'Check the address, the network and a proxy between; the next run goes on from here.',
        { cause: answer },
      )
    }
    const { status } = answer
    const refused = (message: string, mend: string) => new SourceError(message, mend, { cause: { status } })
    if (status === 401) return refused(`${system} refuses the credentials (401).`, options.credentials)
    if (status === 403) return refused(`${system} forbids reading ${what} (403).`, options.credentials)
    if (status === 404)
      return refused(
        `${system} knows nothing at ${what} (404).`,
        'Check the address and the names in shiplog.yaml. What is stored stays as it is.',
      )
    if (status === 429)
      return refused(`${system} asks to slow down (429) and did not relent.`, 'The next run goes on from here; a rarer schedule asks less.')
    if (status >= 300 && status < 400) {
      return refused(
        `${system} sends the question for ${what} elsewhere (${status}).`,
        'Write the address to which it leads; a page for signing in means that the credentials are not taken.',
      )
    }
    return refused(
      `${system} answers with ${status} when asked for ${what}.`,
      'It is likely at fault itself: the next run goes on from here.',
    )
  }

  async function find<T>(what: string, path: string, shape: z.ZodType<T>, request: HttpRequest): Promise<HttpAnswer<T> | null> {
    const response = await send(what, path, request, timeoutMs)
    if (response === null) return null
    let value: unknown
    try {
      value = JSON.parse(await response.text())
    } catch (error) {
      ctx.signal.throwIfAborted()
      throw notUnderstood(what, error)
    }
    const parsed = shape.safeParse(value)
    if (!parsed.success) throw notUnderstood(what, parsed.error)
    const next = /<([^<>]+)>;[^,]*\brel="?next"?/.exec(response.headers.get('link') ?? '')?.[1] ?? null
    return { data: parsed.data, headers: response.headers, next }
  }

  function notUnderstood(what: string, cause: unknown): SourceError {
    const field = cause instanceof z.ZodError ? ` (${cause.issues[0]?.path.join('.') || 'the body'}: ${cause.issues[0]?.message})` : ''
    return new SourceError(
      `The answer of ${system} to a question for ${what} is not what its API describes${field}.`,
      'A proxy may have answered in its place, or the answer was cut: collect again; if it stays, report it with the version of the server.',
      { cause },
    )
  }

  return {
    async ask(what, path, shape, request = {}) {
      const answer = await find(what, path, shape, { ...request, optional: false })
      if (answer === null) throw new SourceError(`${system} knows nothing at ${what}.`, 'Check the names in shiplog.yaml.')
      return answer
    },
    find: (what, path, shape, request = {}) => find(what, path, shape, { ...request, optional: true }),
    async stream(what, path, request = {}) {
      const response = await send(what, path, { ...request, optional: false }, null)
      return (response?.body ?? []) as AsyncIterable<Uint8Array>
    },
  }
}

/** The status with which a system refused, of the error that a client threw; null: it did not answer, or not so. */
export function refusalOf(error: unknown): number | null {
  const status = error instanceof SourceError ? (error.cause as { status?: unknown } | undefined)?.status : undefined
  return typeof status === 'number' ? status : null
}

/** Of `Retry-After`, in seconds or as a date beside the server's own; null: nothing is said. */
function askedWaitMs(headers: Headers): number | null {
  const text = headers.get('retry-after')
  if (text === null) return null
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  const [until, now] = [Date.parse(text), Date.parse(headers.get('date') ?? '')]
  return Number.isNaN(until) || Number.isNaN(now) ? null : Math.max(0, until - now)
}
