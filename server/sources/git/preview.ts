/** Tells, before anything is collected, what a rule would count and why not the rest. */

import { openPath, type Refs, type Repository, readRefs, streamFirstParents } from '../../git/client.ts'
import { instantOf } from '../../git/commit-date.ts'
import { hasCopy, openCopy, updateCopy } from '../../git/copy.ts'
import { explainFailure } from '../../git/git-failure.ts'
import { isPreRelease, resolveRule, ruleInWords, tagMatcher } from '../../git/rule.ts'
import { peelTags } from '../../git/tags.ts'
import type { Context, Preview, PreviewRow } from '../source.ts'
import { placeOf, remoteOf } from './collect.ts'
import type { GitOptions } from './options.ts'

const rowLimit = 1000
const environment = 'production'

/** A repository behind an address is read as of its last collection; it is copied first where it never was. Throws SourceError. */
export async function previewGit(options: GitOptions, ctx: Context): Promise<Preview> {
  try {
    const repository = await open(options, ctx)
    const refs = await readRefs(repository)
    const rule = resolveRule(options.deployments, refs)
    if ('none' in rule) return { rule: 'No tag and no branch is a deployment.', rows: [], hints: [] }
    const preview = { rule: ruleInWords(rule), rows: [] as PreviewRow[], hints: emptyHints(refs) }
    if (preview.hints.length > 0) return preview
    if ('branch' in rule) {
      await previewBranch(repository, refs, rule.branch, preview)
    } else {
      preview.rows = await previewTags(repository, refs, rule.tags)
      preview.hints.push(...tagHints(refs, rule.tags, preview.rows))
    }
    return preview
  } catch (error) {
    throw explainFailure(error, placeOf(options))
  }
}

async function open(options: GitOptions, ctx: Context): Promise<Repository> {
  const remote = remoteOf(options)
  if (remote === null) return await openPath(options.path ?? '', ctx.signal)
  return (await hasCopy(ctx)) ? await openCopy(remote, ctx) : await updateCopy(remote, ctx)
}

function emptyHints(refs: Refs): string[] {
  const empty = refs.tags.length === 0 && refs.branches.length === 0 && refs.head.sha === null
  return empty ? ['The repository is empty: push to it, or check that path or url names the right one.'] : []
}

/** Each tag, the newest of those counted first. */
async function previewTags(repository: Repository, refs: Refs, pattern: string): Promise<PreviewRow[]> {
  const match = tagMatcher(pattern)
  const matching = refs.tags.filter(({ name }) => match(name) !== null)
  const peeled = await peelTags(
    repository,
    matching.map(({ object }) => object),
  )
  const rows = refs.tags.map(({ name, object }): PreviewRow => {
    const tag = peeled.get(object)
    if (match(name) === null) {
      return { name, at: null, counted: false, reason: isPreRelease(name) ? 'pre-release left out' : 'does not match' }
    }
    if (tag === undefined || tag.commit === null) {
      return { name, at: null, counted: false, reason: `not a commit but a ${tag?.type ?? 'missing object'}` }
    }
    return { name, at: tag.finishedAt, counted: true, reason: null, deploys: { environment, version: name } }
  })
  return rows.sort((a, b) => Number(b.counted) - Number(a.counted) || (b.at ?? 0) - (a.at ?? 0) || (a.name < b.name ? -1 : 1))
}

function tagHints(refs: Refs, pattern: string, rows: PreviewRow[]): string[] {
  if (refs.tags.length === 0) {
    return ['There is no tag. Fetch them with `git fetch --tags`, or let a branch count: deployments: { branch: true }.']
  }
  if (rows.some(({ counted }) => counted)) return []
  const some = refs.tags.slice(-5).map(({ name }) => name)
  const hints = [`No tag is counted. The pattern must match the whole name; tags here are such as ${some.join(', ')}.`]
  const bare = pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, '')
  const loose = tagMatcher(`.*?(?:${bare}).*`)
  const within = refs.tags.filter(({ name }) => loose(name) !== null).length
  if (within > 0) hints.push(`${within} tags hold a match within their name: put .* where anything may stand.`)
  return hints
}

/** The newest commits of the first-parent path. */
async function previewBranch(
  repository: Repository,
  refs: Refs,
  branch: string,
  preview: { rows: PreviewRow[]; hints: string[] },
): Promise<void> {
  const tip = refs.branches.find(({ name }) => name === branch)?.object ?? (branch === refs.head.branch ? refs.head.sha : null)
  if (tip === null) {
    const names = refs.branches.slice(0, 5).map(({ name }) => name)
    preview.hints.push(`There is no branch ${branch}. Branches are such as ${names.join(', ')}.`)
    return
  }
  for await (const { sha, committed } of streamFirstParents(repository, tip, 'tip')) {
    if (preview.rows.length === rowLimit) {
      preview.hints.push(`The newest ${rowLimit} commits are listed; older ones count too.`)
      return
    }
    preview.rows.push({
      name: sha,
      at: committed === null ? null : instantOf(committed),
      counted: true,
      reason: null,
      deploys: { environment },
    })
  }
}
