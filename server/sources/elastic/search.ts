/** Asks Elasticsearch for the documents of alerts. */
import { SourceError } from '../../errors.ts'
import { createHttpClient, type HttpClient } from '../http-client.ts'
import type { Context } from '../source.ts'
import type { ElasticOptions } from './options.ts'
import { type Document, flatten, SearchAnswer } from './payloads.ts'
import { alertFields, ruleFields } from './to-facts.ts'

export interface Page {
  documents: Document[]
  /** Of the last document, to go on after it; null: none came. */
  sort: (string | number)[] | null
  total: number | null
}

export interface Question {
  /** Clauses that all must hold. */
  filter: unknown[]
  /** The order, newest first or oldest first. */
  order?: 'asc' | 'desc'
  after?: (string | number)[] | null
  size: number
}

export type Search = (question: Question) => Promise<Page>

export function createSearch(options: ElasticOptions, ctx: Pick<Context, 'signal' | 'progress'>, retryMs?: number): Search {
  const { url, index } = options
  if (url === undefined) throw new SourceError('No address of Elasticsearch is configured.', 'Write url beside index in shiplog.yaml.')
  const client: HttpClient = createHttpClient(
    {
      system: 'Elasticsearch',
      baseUrl: url,
      headers: authorization(options),
      credentials: `Make an API key that may read ${index} (privilege read), and write it encoded as token.`,
      ...(retryMs === undefined ? {} : { retryMs }),
    },
    ctx,
  )
  return async ({ filter, order = 'asc', after = null, size }) => {
    const answer = await client.find('alerts', `/${index}/_search`, SearchAnswer, {
      method: 'POST',
      // Half an answer would look like alerts that are not there.
      query: { allow_partial_search_results: 'false', allow_no_indices: 'false', expand_wildcards: 'open,hidden' },
      json: {
        size,
        query: { bool: { filter: [...filter, ...standingFilters(options)], must_not: excluded(options) } },
        sort: [{ '@timestamp': { order } }, { 'kibana.alert.uuid': { order, unmapped_type: 'keyword' } }],
        track_total_hits: true,
        _source: [...new Set([...alertFields, ...ruleFields(options)])],
        ...(after === null ? {} : { search_after: after }),
      },
    })
    if (answer === null) {
      throw new SourceError(
        `Elasticsearch has no index ${index}, or does not show it to this key.`,
        'Give the key the privilege read on it, or correct index in shiplog.yaml; Kibana makes it with the first alert of a rule.',
      )
    }
    const { hits, timed_out: isCut, _shards: shards } = answer.data
    if (isCut || (shards?.failed ?? 0) > 0) {
      throw new SourceError(
        'Elasticsearch answers with a part of the alerts only.',
        'See the health of the cluster; the next run goes on from here.',
      )
    }
    return { documents: hits.hits.map((hit) => flatten(hit._source)), sort: hits.hits.at(-1)?.sort ?? null, total: hits.total ?? null }
  }
}

function authorization({ token, user, password }: ElasticOptions): Record<string, string> {
  if (token !== undefined) return { authorization: `ApiKey ${token}` }
  if (user !== undefined) return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  return {}
}

function standingFilters({ query }: ElasticOptions): unknown[] {
  return [{ exists: { field: 'kibana.alert.uuid' } }, ...(query === undefined ? [] : [{ query_string: { query } }])]
}

function excluded({ securityAlerts }: ElasticOptions): unknown[] {
  return securityAlerts ? [] : [{ term: { 'kibana.alert.rule.producer': 'siem' } }]
}
