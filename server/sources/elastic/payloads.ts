/** What is read of alert documents, answers of Elasticsearch, and what Watcher sends. */
import { z } from 'zod'

/** The fields of a document under their full names: `{ kibana: { alert: … } }` and `'kibana.alert': …` are the same. */
export type Document = Readonly<Record<string, string>>

/** Documents are as deep as their makers like; what is deeper is no field that a rule names. */
const mostDepth = 12
const mostFields = 2000
const mostText = 20_000

export function flatten(value: unknown): Document {
  const fields = new Map<string, string>()
  const walk = (inner: unknown, name: string, depth: number) => {
    if (inner === null || inner === undefined || depth > mostDepth || fields.size >= mostFields) return
    if (Array.isArray(inner)) {
      const texts = inner.filter((one) => ['string', 'number', 'boolean'].includes(typeof one))
      if (texts.length > 0) keep(name, texts.join(','))
      return
    }
    if (typeof inner === 'object') {
      for (const [key, one] of Object.entries(inner)) walk(one, name === '' ? key : `${name}.${key}`, depth + 1)
      return
    }
    keep(name, String(inner))
  }
  function keep(name: string, text: string) {
    // Half a surrogate pair and NUL are no text for the store; templates leave space around what is empty.
    const clean = text
      .slice(0, mostText)
      .replace(/[\0\p{Cs}]/gu, '')
      .trim()
    if (name !== '' && clean !== '') fields.set(name, clean)
  }
  walk(value, '', 0)
  return Object.fromEntries(fields)
}

/** Milliseconds since 1970, of RFC 3339 text or of a number; undefined where it is none. */
export function instantOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const at = /^\d{12,14}$/.test(text) ? Number(text) : /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  return at >= 0 && at < Date.UTC(9999, 0, 1) ? at : undefined
}

export const SearchAnswer = z.object({
  timed_out: z.boolean().nullish(),
  _shards: z.object({ failed: z.int() }).nullish(),
  hits: z.object({
    total: z.union([z.object({ value: z.int() }).transform(({ value }) => value), z.int()]).nullish(),
    hits: z.array(
      z.object({
        _source: z.record(z.string(), z.unknown()),
        sort: z.array(z.union([z.string(), z.number()])).nullish(),
      }),
    ),
  }),
})
