/** Deployments and commits of a git repository, read in place or through a copy of its own. */
import type { Source } from '../source.ts'
import { collectGit } from './collect.ts'
import { GitOptions } from './options.ts'
import { previewGit } from './preview.ts'

export const gitSource: Source<GitOptions> = {
  id: 'git',
  title: 'Git repository',
  options: GitOptions,
  collect: collectGit,
  preview: previewGit,
}
