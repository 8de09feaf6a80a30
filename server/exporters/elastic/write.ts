/** Writes documents by the bulk API, and marks deployments in the charts of APM. */
import { z } from 'zod'
import { SourceError } from '../../errors.ts'
import type { LinkedDeployment } from '../../linked.ts'
import { createHttpClient, type HttpClient } from '../../sources/http-client.ts'
import type { ExportContext, ExportDocument } from '../exporter.ts'
import type { ElasticExportOptions } from './options.ts'
import { type ElasticDocument, elasticDocument, idOf, versionOf } from './to-documents.ts'

const Result = z.object({ status: z.int(), error: z.object({ type: z.string(), reason: z.string().nullish() }).nullish() })
const BulkAnswer = z.object({ errors: z.boolean(), items: z.array(z.record(z.string(), Result)) })
const FoundAnswer = z.object({ docs: z.array(z.object({ _id: z.string(), found: z.boolean().nullish() })) })
const Anything = z.unknown()

const dayMs = 86_400_000

export async function writeElastic(
  options: ElasticExportOptions,
  documents: ExportDocument[],
  ctx: ExportContext,
  retryMs?: number,
): Promise<void> {
  const elastic = elasticClient(options, ctx, retryMs)
  // The same id again replaces the document: what was written before a crash is not there twice.
  await bulk(
    elastic,
    'index',
    documents.map((document) => elasticDocument(options.index, document)),
  )
  if (options.kibana === undefined) return
  const deployments = documents.flatMap((document) => (document.kind === 'deployment' ? [document.deployment] : []))
  await annotate(options, elastic, deployments, ctx, retryMs)
}

export function elasticClient(options: ElasticExportOptions, ctx: ExportContext, retryMs?: number): HttpClient {
  const { url, token, user, password, index } = options
  const basic: Record<string, string> =
    user === undefined ? {} : { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  return createHttpClient(
    {
      system: 'Elasticsearch',
      baseUrl: url,
      headers: token === undefined ? basic : { authorization: `ApiKey ${token}` },
      credentials: `Make an API key that may create, write and read the indices ${index}-*, and write it encoded as token.`,
      ...(retryMs === undefined ? {} : { retryMs }),
    },
    ctx,
  )
}

/** Throws SourceError where one document was refused; what exists is as good as created. */
async function bulk(client: HttpClient, operation: 'index' | 'create', documents: ElasticDocument[]): Promise<void> {
  if (documents.length === 0) return
  const lines = documents.flatMap(({ index, id, body }) => [
    JSON.stringify({ [operation]: { _index: index, _id: id } }),
    JSON.stringify(body),
  ])
  const { data } = await client.ask('a bulk of documents', '/_bulk', BulkAnswer, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${lines.join('\n')}\n`,
  })
  const refused = data.items.flatMap((item) => Object.values(item)).filter(({ status }) => status >= 300 && status !== 409)
  const [first] = refused
  if (first === undefined) {
    if (data.items.length === documents.length) return
    throw new SourceError(
      `Elasticsearch answers for ${data.items.length} of ${documents.length} documents.`,
      'A proxy may change its answers; write to it directly.',
    )
  }
  const why = `${first.error?.type ?? first.status}: ${first.error?.reason ?? 'no reason'}`.slice(0, 300)
  const mend =
    first.status === 429
      ? 'It has too much to do; the next export goes on from here.'
      : 'Where an index was made with other types of fields, delete it or name another by index.'
  throw new SourceError(`Elasticsearch refused ${refused.length} of ${documents.length} documents (${why}).`, mend)
}

/** Kibana's API knows no id, so what was marked is remembered beside the documents. A crash between the two marks one deployment again. */
async function annotate(
  options: ElasticExportOptions,
  elastic: HttpClient,
  deployments: LinkedDeployment[],
  ctx: ExportContext,
  retryMs?: number,
): Promise<void> {
  const { kibana, index } = options
  if (kibana === undefined) return
  const since = ctx.now.getTime() - options.annotateDays * dayMs
  const live = deployments.filter(
    (one) => one.status === 'succeeded' && one.counted && (one.finishedAt ?? 0) >= since && versionOf(one) !== null,
  )
  if (live.length === 0) return
  const ids = live.map((one) => idOf(`${one.source}/${one.id}`))
  const found = await elastic.find('marked deployments', `/${index}-annotations/_mget`, FoundAnswer, {
    method: 'POST',
    json: { ids },
    query: { _source: 'false' },
  })
  const marked = new Set((found?.data.docs ?? []).filter((one) => one.found).map((one) => one._id))
  const client = createHttpClient(
    {
      system: 'Kibana',
      baseUrl: kibana.url,
      headers: {
        ...(kibana.token !== undefined || options.token !== undefined ? { authorization: `ApiKey ${kibana.token ?? options.token}` } : {}),
        ...(kibana.token === undefined && options.user !== undefined
          ? { authorization: `Basic ${Buffer.from(`${options.user}:${options.password}`).toString('base64')}` }
          : {}),
        'kbn-xsrf': 'shiplog',
        'elastic-api-version': '2023-10-31',
      },
      credentials:
        'Give its API key the right to annotate in APM (feature APM and User Experience, All; index observability-annotations, write).',
      ...(retryMs === undefined ? {} : { retryMs }),
    },
    ctx,
  )
  for (const [position, deployment] of live.entries()) {
    const id = ids[position] as string
    if (marked.has(id)) continue
    await client.ask('an annotation', `/api/apm/services/${encodeURIComponent(deployment.service)}/annotation`, Anything, {
      method: 'POST',
      json: annotationOf(deployment),
    })
    await bulk(elastic, 'create', [
      { index: `${index}-annotations`, id, body: { '@timestamp': ctx.now.toISOString(), service: { name: deployment.service } } },
    ])
  }
}

function annotationOf(deployment: LinkedDeployment): Record<string, unknown> {
  const version = versionOf(deployment)
  return {
    '@timestamp': new Date(deployment.finishedAt ?? 0).toISOString(),
    service: { version, environment: deployment.environment },
    message: `Deployment of ${deployment.service} ${version}`.slice(0, 500),
    tags: ['apm', 'deployment', 'shiplog'],
  }
}
