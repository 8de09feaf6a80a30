/** Deployments of the environments of a Qovery organisation. */
import type { Source } from '../source.ts'
import { QoveryOptions } from './options.ts'
import { qoveryReceiver } from './receive.ts'

/** `retryMs`: the first wait where Qovery does not say. */
export function createQoverySource(retryMs?: number): Source<QoveryOptions> {
  return {
    id: 'qovery',
    title: 'Qovery',
    options: QoveryOptions,
    namesServices: true,
    async *collect(options, cursor, ctx) {
      const { collectQovery } = await import('./collect.ts')
      yield* collectQovery(options, cursor, ctx, retryMs)
    },
    receive: qoveryReceiver,
    async *refresh(options, changed, _cursor, ctx) {
      const { refreshQovery } = await import('./collect.ts')
      yield* refreshQovery(options, changed, ctx, retryMs)
    },
    async preview(options, ctx) {
      const { previewQovery } = await import('./collect.ts')
      return previewQovery(options, ctx, retryMs)
    },
  }
}

export const qoverySource = createQoverySource()
