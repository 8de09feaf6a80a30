/** Syncs of the applications of Argo CD. */
import type { Source } from '../source.ts'
import { ArgocdOptions } from './options.ts'
import { argocdReceiver } from './receive.ts'

export const argocdSource: Source<ArgocdOptions> = {
  id: 'argocd',
  title: 'Argo CD',
  options: ArgocdOptions,
  namesServices: true,
  async *collect(options, cursor, ctx) {
    const { collectArgocd } = await import('./collect.ts')
    yield* collectArgocd(options, cursor, ctx)
  },
  receive: argocdReceiver,
  async preview(options, ctx) {
    const { previewArgocd } = await import('./collect.ts')
    return previewArgocd(options, ctx)
  },
}
