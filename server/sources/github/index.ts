/** Deployments, pull requests, incidents and commits of GitHub repositories. */
import type { Source } from '../source.ts'
import { GithubOptions } from './options.ts'
import { type Pace, usualPace } from './pace.ts'
import { githubReceiver } from './receive.ts'

/** `pace`: how long is waited where GitHub does not say. What speaks to GitHub is loaded when it is needed: every command reads the registry. */
export function createGithubSource(pace: Pace = usualPace): Source<GithubOptions> {
  return {
    id: 'github',
    title: 'GitHub',
    options: GithubOptions,
    namesServices: true,
    async *collect(options, cursor, ctx) {
      const { collectGithub } = await import('./collect.ts')
      yield* collectGithub(options, cursor, ctx, pace)
    },
    receive: githubReceiver,
    async *refresh(options, changed, cursor, ctx) {
      const { refreshGithub } = await import('./refresh.ts')
      yield* refreshGithub(options, changed, cursor, ctx, pace)
    },
    async preview(options, ctx) {
      const { previewGithub } = await import('./preview.ts')
      return previewGithub(options, ctx, pace)
    },
  }
}

export const githubSource = createGithubSource()
