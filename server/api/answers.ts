/** Remembers answers for as long as the data, the definition and the configuration behind them stay the same. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { Config } from '../config.ts'
import type { Instant } from '../facts.ts'
import { readRevision } from '../store/revision.ts'
import type { ApiDeps } from './api-deps.ts'

/** What the data is at: an answer made from one state never changes. */
export interface DataState {
  revision: number
  asOf: Instant | null
}

/** Many are remembered, hence as bytes alone; `T` is what they say. */
export interface Answer<T> {
  etag: string
  /** JSON. */
  body: Buffer<ArrayBuffer> & { readonly says?: T }
}

export function valueIn<T>({ body }: Answer<T>): T {
  return JSON.parse(body.toString()) as T
}

export interface Answers {
  /** The answer to a question, computed once for each state of the data. */
  ask<T>(name: string, question: Record<string, unknown>, compute: (state: DataState) => Promise<T>): Promise<Answer<T>>
}

const maxBytes = 16 * 1024 * 1024

export function createAnswers(deps: Pick<ApiDeps, 'store' | 'config'>): Answers {
  const { store, config } = deps
  const configured = fingerprint(config)
  const kept = new Map<string, { answer: Promise<Answer<unknown>>; bytes: number }>()
  let bytes = 0

  function forget(etag: string): void {
    bytes -= kept.get(etag)?.bytes ?? 0
    kept.delete(etag)
  }

  return {
    async ask<T>(name: string, question: Record<string, unknown>, compute: (state: DataState) => Promise<T>) {
      const state = await readRevision(store.db)
      const etag = `W/"${digest([configured, state.revision, state.asOf, name, Object.entries(question).sort()])}"`
      const known = kept.get(etag)
      if (known !== undefined) {
        kept.delete(etag)
        kept.set(etag, known)
        return known.answer as Promise<Answer<T>>
      }
      const entry = { answer: computeAnswer(etag, () => compute(state)), bytes: 0 }
      kept.set(etag, entry)
      try {
        const answer = await entry.answer
        entry.bytes = answer.body.length
        bytes += entry.bytes
        for (const oldest of kept.keys()) {
          if (bytes <= maxBytes) break
          forget(oldest)
        }
        return answer
      } catch (error) {
        kept.delete(etag)
        throw error
      }
    },
  }
}

async function computeAnswer<T>(etag: string, compute: () => Promise<T>): Promise<Answer<T>> {
  return { etag, body: Buffer.from(JSON.stringify(await compute())) }
}

/** Everything configured that an answer may rest on; never the options of a source. */
function fingerprint(config: Config): string {
  return digest([config.timeZone, config.definition, config.services, config.teams, config.sources.map(({ id, type }) => [id, type])])
}

function digest(parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 27)
}

/** Sends an answer, or 304 where the client has it. The routes' types are told by their definitions, hence `never`. */
export function reply<T>(c: Context, answer: Answer<T>): never {
  const headers = { ETag: answer.etag, 'Cache-Control': 'private, no-cache', Vary: 'Accept, Accept-Encoding' }
  if (matches(c.req.header('If-None-Match'), answer.etag)) return c.body(null, 304, headers) as never
  return c.body(answer.body, 200, { ...headers, 'Content-Type': 'application/json; charset=utf-8' }) as never
}

/** Weak comparison, as RFC 9110 13.1.2 asks. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const opaque = etag.replace(/^W\//, '')
  return header.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === opaque)
}
