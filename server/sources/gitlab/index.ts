/** Deployments, merge requests, incidents and commits of GitLab projects. */
import type { Source } from '../source.ts'
import { GitlabOptions } from './options.ts'
import { gitlabReceiver } from './receive.ts'

/** `retryMs`: before a request that failed is made again. What speaks to GitLab is loaded when it is needed: every command reads the registry. */
export function createGitlabSource(retryMs = 1000): Source<GitlabOptions> {
  return {
    id: 'gitlab',
    title: 'GitLab',
    options: GitlabOptions,
    namesServices: true,
    async *collect(options, cursor, ctx) {
      const { collectGitlab } = await import('./collect.ts')
      yield* collectGitlab(options, cursor, ctx, retryMs)
    },
    receive: gitlabReceiver,
    async *refresh(options, changed, cursor, ctx) {
      const { refreshGitlab } = await import('./refresh.ts')
      yield* refreshGitlab(options, changed, cursor, ctx, retryMs)
    },
    async preview(options, ctx) {
      const { previewGitlab } = await import('./preview.ts')
      return previewGitlab(options, ctx, retryMs)
    },
  }
}

export const gitlabSource = createGitlabSource()
