/** Incidents of the Elastic Stack: alerts of Kibana's rules, sent and collected, and what Watcher sends. */
import type { Source } from '../source.ts'
import { ElasticOptions } from './options.ts'
import { elasticReceiver } from './receive.ts'

/** `retryMs`: how long is waited before a request is made again. */
export function createElasticSource(retryMs?: number): Source<ElasticOptions> {
  return {
    id: 'elastic',
    title: 'Elastic Stack',
    options: ElasticOptions,
    namesServices: true,
    async *collect(options, cursor, ctx) {
      const { collectElastic } = await import('./collect.ts')
      yield* collectElastic(options, cursor, ctx, retryMs)
    },
    receive: elasticReceiver,
    async *refresh(options, changed, _cursor, ctx) {
      const { refreshElastic } = await import('./collect.ts')
      yield* refreshElastic(options, changed, ctx, retryMs)
    },
    async preview(options, ctx) {
      const { previewElastic } = await import('./preview.ts')
      return previewElastic(options, ctx, retryMs)
    },
  }
}

export const elasticSource = createElasticSource()
