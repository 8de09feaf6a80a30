/** Asks the REST API of GitLab. */
import { z } from 'zod'
import { createHttpClient, type HttpClient } from '../http-client.ts'
import type { Context } from '../source.ts'
import type { GitlabOptions } from './options.ts'

export function createGitlabClient({ url, token }: GitlabOptions, ctx: Pick<Context, 'signal' | 'progress'>, retryMs: number): HttpClient {
  return createHttpClient(
    {
      system: 'GitLab',
      baseUrl: `${url}/api/v4`,
      headers: { 'private-token': token },
      credentials:
        'Make a token with the scopes read_api and read_repository, of the role Reporter or higher (Developer where pipelines are not public), and set it as token.',
      retryMs,
    },
    ctx,
  )
}

export const pageSize = 100

/** All pages of a list, by the Link header. Throws SourceError. */
export async function* pagesOf<T>(
  client: HttpClient,
  what: string,
  path: string,
  item: z.ZodType<T>,
  query: Record<string, string | number | undefined> = {},
): AsyncGenerator<T[]> {
  const shape = z.array(item)
  let answer = await client.ask(what, path, shape, { query: { per_page: pageSize, ...query } })
  for (;;) {
    yield answer.data
    if (answer.next === null || answer.data.length === 0) return
    answer = await client.ask(what, answer.next, shape)
  }
}

export async function allOf<T>(...args: Parameters<typeof pagesOf<T>>): Promise<T[]> {
  const all: T[] = []
  for await (const page of pagesOf(...args)) all.push(...page)
  return all
}

/** A page as it is asked for by its time. */
export interface Changed {
  updated_at?: string | null | undefined
}

/**
 * A list by the time of its changes, oldest first. Each page is asked for by the last time of the one before: pages by number would pass over
 * what moves from an early page to the end while they are read. What changed at the same time comes twice. Throws SourceError.
 */
export async function* changesOf<T extends Changed>(
  client: HttpClient,
  what: string,
  path: string,
  item: z.ZodType<T>,
  from: string,
  query: Record<string, string | number | undefined> = {},
): AsyncGenerator<T[]> {
  const shape = z.array(item)
  let [after, page] = [from, 1]
  for (;;) {
    const asked = { ...query, updated_after: after, order_by: 'updated_at', sort: 'asc', per_page: pageSize, page }
    const { data, next, headers } = await client.ask(what, path, shape, { query: asked })
    yield data
    // Behind a proxy that drops the Link header the other one tells.
    if (data.length === 0 || (next === null && !headers.get('x-next-page'))) return
    const last = data.findLast(({ updated_at }) => updated_at)?.updated_at
    if (last && Date.parse(last) > Date.parse(after)) [after, page] = [last, 1]
    else page++
  }
}
