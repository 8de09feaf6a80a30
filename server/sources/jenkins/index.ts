/** Deployments of Jenkins: builds of jobs, or stages of pipelines. */
import type { Source } from '../source.ts'
import { JenkinsOptions } from './options.ts'
import { jenkinsReceiver } from './receive.ts'

/** `retryMs`: how long is waited before a request is made again. */
export function createJenkinsSource(retryMs?: number): Source<JenkinsOptions> {
  return {
    id: 'jenkins',
    title: 'Jenkins',
    options: JenkinsOptions,
    namesServices: true,
    async *collect(options, cursor, ctx) {
      const { collectJenkins } = await import('./collect.ts')
      yield* collectJenkins(options, cursor, ctx, retryMs)
    },
    receive: jenkinsReceiver,
    async *refresh(options, changed, cursor, ctx) {
      const { refreshJenkins } = await import('./refresh.ts')
      yield* refreshJenkins(options, changed, cursor, ctx, retryMs)
    },
    async preview(options, ctx) {
      const { previewJenkins } = await import('./preview.ts')
      return previewJenkins(options, ctx, retryMs)
    },
  }
}

export const jenkinsSource = createJenkinsSource()
