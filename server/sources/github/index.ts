/** Deployments, pull requests, incidents and commits of GitHub repositories. */
import type { Source } from '../source.ts'
import { type Pace, usualPace } from './client.ts'
import { collectGithub } from './collect.ts'
import { GithubOptions } from './options.ts'
import { previewGithub } from './preview.ts'
import { githubReceiver } from './receive.ts'
import { refreshGithub } from './refresh.ts'

/** `pace`: how long is waited where GitHub does not say. */
export function createGithubSource(pace: Pace = usualPace): Source<GithubOptions> {
  return {
    id: 'github',
    title: 'GitHub',
    options: GithubOptions,
    namesServices: true,
    collect: (options, cursor, ctx) => collectGithub(options, cursor, ctx, pace),
    receive: githubReceiver,
    preview: (options, ctx) => previewGithub(options, ctx, pace),
    refresh: (options, changed, cursor, ctx) => refreshGithub(options, changed, cursor, ctx, pace),
  }
}

export const githubSource = createGithubSource()
