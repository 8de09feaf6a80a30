/** Rollouts of the workloads of a Kubernetes cluster. */
import type { Source } from '../source.ts'
import { KubernetesOptions } from './options.ts'
import { type Pace, usualPace } from './pace.ts'

/** What speaks to the cluster is loaded when it is needed: every command reads the registry. */
export function createKubernetesSource(pace: Pace = usualPace): Source<KubernetesOptions> {
  return {
    id: 'kubernetes',
    title: 'Kubernetes',
    options: KubernetesOptions,
    namesServices: true,
    async *collect(options, cursor, ctx) {
      const { collectKubernetes } = await import('./collect.ts')
      yield* collectKubernetes(options, cursor, ctx, pace)
    },
    async preview(options, ctx) {
      const { previewKubernetes } = await import('./preview.ts')
      return previewKubernetes(options, ctx, pace)
    },
  }
}

export const kubernetesSource = createKubernetesSource()
