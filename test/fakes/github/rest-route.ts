/** What the routes of the REST API are made of: a pattern, the permissions it asks for, and lists cut into pages. */
import { type AccessState, type Permission, Refusal, type Token } from './access.ts'
import type { Repository, World } from './world.ts'

export interface RestContext {
  world: World
  access: AccessState
  token: Token
  method: string
  /** The path that pages link to, with the ids that GitHub puts in place of names. */
  linkPath: string
  query: URLSearchParams
  body: Record<string, unknown>
  /** Milliseconds of the server's clock. */
  now: number
  version: string
}

export interface RepositoryContext extends RestContext {
  repository: Repository
}

export interface RestAnswer {
  status?: number
  body: unknown
  headers?: Record<string, string>
}

/** Path segments in braces of `METHOD /path/{name}` arrive decoded, in order; `{name*}` may hold slashes. */
export interface Route<Context> {
  pattern: string
  /** Any of them suffices. */
  permissions?: Permission[]
  answer(context: Context, ...segments: string[]): RestAnswer
}

/** One page by `page` and `per_page` (30, at most 100) with the Link header; only the page's items are shaped. */
export function page<Item>(
  context: RestContext,
  items: readonly Item[],
  shape: (item: Item) => unknown,
  options: { wrap?: (items: unknown[]) => unknown; cap?: number; perPage?: number } = {},
): RestAnswer {
  const perPage = Math.min(100, Math.max(1, Number(context.query.get('per_page')) || options.perPage || 30))
  const current = Math.max(1, Number(context.query.get('page')) || 1)
  const reachable = Math.min(items.length, options.cap ?? Number.POSITIVE_INFINITY)
  const last = Math.max(1, Math.ceil(reachable / perPage))
  const shown = items.slice((current - 1) * perPage, Math.min(current * perPage, reachable)).map(shape)
  const links: string[] = []
  const link = (target: number, rel: string) => {
    const query = new URLSearchParams(context.query)
    query.set('page', String(target))
    links.push(`<${context.world.url}/api/v3${context.linkPath}?${query}>; rel="${rel}"`)
  }
  if (current > 1) link(Math.min(current - 1, last), 'prev')
  if (current < last) link(current + 1, 'next')
  if (current < last) link(last, 'last')
  if (current > 1) link(1, 'first')
  const body = options.wrap ? options.wrap(shown) : shown
  return { body, headers: links.length > 0 ? { link: links.join(', ') } : {} }
}

/** Sorted by the text of a key; equal ones by id, so that pages never waver. */
export function sortedBy<Item extends { id: number }>(
  items: readonly Item[],
  key: (item: Item) => string,
  direction: 'asc' | 'desc',
): Item[] {
  const sign = direction === 'asc' ? 1 : -1
  const keyed = items.map((item) => ({ item, key: key(item) }))
  keyed.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : a.item.id - b.item.id))
  return keyed.map(({ item }) => item)
}

export function missing(): never {
  throw new Refusal(404, 'Not Found')
}
