/** Images of a container registry, with the commits that they were built from: artifacts, never deployments. */
import type { Source } from '../source.ts'
import { DockerOptions } from './options.ts'
import { dockerReceiver } from './receive.ts'

/** `retryMs`: how long is waited before a request is made again. What speaks to the registry is loaded when it is needed: every command reads the registry of sources. */
export function createDockerSource(retryMs?: number): Source<DockerOptions> {
  return {
    id: 'docker',
    title: 'Container registry',
    options: DockerOptions,
    namesServices: true,
    async *collect(options, cursor, ctx) {
      const { collectImages } = await import('./collect.ts')
      yield* collectImages(options, cursor, ctx, retryMs)
    },
    receive: dockerReceiver,
    async *refresh(options, changed, _cursor, ctx) {
      const { refreshImages } = await import('./collect.ts')
      yield* refreshImages(options, changed, ctx, retryMs)
    },
    async preview(options, ctx) {
      const { previewImages } = await import('./preview.ts')
      return previewImages(options, ctx, retryMs)
    },
  }
}

export const dockerSource = createDockerSource()
