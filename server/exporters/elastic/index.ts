/** Deployments and metrics as documents of Elasticsearch, and deployments as annotations of APM. */
import { z } from 'zod'
import type { Exporter } from '../exporter.ts'
import { ElasticExportOptions } from './options.ts'

const Cluster = z.object({ version: z.object({ number: z.string() }) })

/** `retryMs`: how long is waited before a request is made again. */
export function createElasticExporter(retryMs?: number): Exporter<ElasticExportOptions> {
  return {
    id: 'elastic',
    title: 'Elastic Stack',
    options: ElasticExportOptions,
    backfillDays: ({ backfillDays }) => backfillDays,
    wantsMetrics: ({ metrics }) => metrics,
    async write(options, documents, ctx) {
      const { writeElastic } = await import('./write.ts')
      await writeElastic(options, documents, ctx, retryMs)
    },
    async check(options, ctx) {
      const { elasticClient } = await import('./write.ts')
      const { data } = await elasticClient(options, ctx, retryMs).ask('the version', '/', Cluster)
      return `Elasticsearch ${data.version.number} answers; documents go to ${options.index}-deployments${options.metrics ? ` and ${options.index}-metrics` : ''}.`
    },
  }
}

export const elasticExporter = createElasticExporter()
