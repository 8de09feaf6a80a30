/** Collects a git source: a repository read in place, or its copy. */

import { openPath } from '../../git/client.ts'
import { collectRepository } from '../../git/collect.ts'
import { type Remote, remotePlace, removeCopy, updateCopy } from '../../git/copy.ts'
import { explainFailure, isDamage, type Place } from '../../git/git-failure.ts'
import type { Batch, Context } from '../source.ts'
import type { GitOptions } from './options.ts'

/** As `collectRepository`; throws SourceError. */
export async function* collectGit(options: GitOptions, cursor: string | null, ctx: Context): AsyncGenerator<Batch> {
  const remote = remoteOf(options, ctx.needsFiles(ctx.sourceId))
  try {
    const repository = remote === null ? await openPath(options.path ?? '', ctx.signal) : await updateCopy(remote, ctx)
    const { sourceId, service } = ctx
    const origin = { sourceId, service, repository: sourceId, environment: 'production', tier: 'production' as const, prefix: '' }
    yield* collectRepository({ repository, deployments: options.deployments, cursor, origin, ctx })
  } catch (error) {
    if (remote !== null && isDamage(error)) await removeCopy(ctx)
    throw explainFailure(error, placeOf(options))
  }
}

export function remoteOf(options: GitOptions, files = false): Remote | null {
  return options.url === undefined ? null : { url: options.url, token: options.token, files }
}

export function placeOf(options: GitOptions): Place {
  const remote = remoteOf(options)
  return remote === null ? { name: options.path ?? '', kind: 'path', token: false } : remotePlace(remote)
}
