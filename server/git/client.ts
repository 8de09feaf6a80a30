/** Asks git about one repository; writes nothing to it. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { SourceError } from '../errors.ts'
import type { Place } from './git-failure.ts'
import { type CommitRecord, commitFormat, parseCommits } from './parse-commits.ts'
import { GitFailure, readGit, streamGit } from './run-git.ts'
import { decode } from './text.ts'

export interface Repository {
  gitDir: string
  place: Place
  signal: AbortSignal
}

export interface GitRef {
  /** Without `refs/tags/` or `refs/heads/`; a name that is not UTF-8 carries its bytes in hexadecimal, so that no two are alike. */
  name: string
  object: string
}

export interface Refs {
  tags: GitRef[]
  branches: GitRef[]
  /** What HEAD names; `sha` is null for a branch without a commit, `branch` is `HEAD` where no branch is checked out. */
  head: { branch: string; sha: string | null }
}

/** The repository at a path, exactly there: never one of the folders above it. Throws SourceError. */
export async function openPath(folder: string, signal: AbortSignal): Promise<Repository> {
  const place: Place = { name: folder, kind: 'path', token: false }
  const found = await stat(folder).catch(() => null)
  if (found === null) throw new SourceError(`There is no folder ${folder}.`, 'Correct the path, in the configuration or after --git.')
  const root = path.resolve(folder)
  for (const candidate of [path.join(root, '.git'), root]) {
    const gitDir = await resolveGitDir(candidate, signal)
    if (gitDir === null) continue
    const repository = { gitDir, place, signal }
    await refuseShallow(repository, `Run \`git fetch --unshallow\` in it (in a pipeline: check out with full history), then collect again.`)
    return repository
  }
  throw new SourceError(`${folder} is not a git repository.`, 'Set path to the top folder of a work tree or to a bare repository.')
}

/** The git folder behind a `.git` folder, a `.git` file or a bare repository; null where there is none. */
export async function resolveGitDir(candidate: string, signal: AbortSignal): Promise<string | null> {
  try {
    return line(await readGit({ args: ['rev-parse', '--resolve-git-dir', candidate], signal }))
  } catch (error) {
    if (error instanceof GitFailure && error.code !== null) return null
    throw error
  }
}

/** Throws SourceError where history is cut, since every number would be wrong. */
export async function refuseShallow(repository: Repository, mend: string): Promise<void> {
  const answer = line(await read(repository, ['rev-parse', '--is-shallow-repository']))
  if (answer === 'true') throw new SourceError(`${repository.place.name} is a shallow clone: its history is cut off.`, mend)
}

/** All tags and branches and HEAD, without a look at any object. */
export async function readRefs(repository: Repository): Promise<Refs> {
  const [listing, symbolic] = await Promise.all([
    read(repository, ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/tags', 'refs/heads']),
    readOrNull(repository, ['symbolic-ref', '--quiet', 'HEAD']),
  ])
  const refs: Refs = { tags: [], branches: [], head: { branch: 'HEAD', sha: null } }
  for (const entry of splitLines(listing)) {
    const space = entry.indexOf(0x20)
    const object = entry.toString('latin1', 0, space)
    const full = entry.subarray(space + 1)
    if (full.toString('latin1', 0, 10) === 'refs/tags/') refs.tags.push({ name: refName(full.subarray(10)), object })
    else refs.branches.push({ name: refName(full.subarray(11)), object })
  }
  if (symbolic === null) {
    const sha = await readOrNull(repository, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])
    refs.head.sha = sha === null ? null : line(sha)
    return refs
  }
  const target = symbolic.subarray(0, symbolic.at(-1) === 0x0a ? -1 : undefined)
  refs.head.branch = refName(target.toString('latin1', 0, 11) === 'refs/heads/' ? target.subarray(11) : target)
  refs.head.sha = refs.branches.find(({ name }) => name === refs.head.branch)?.object ?? null
  return refs
}

/** Commits reachable from `tips` and from none of `not`, parents before children, the same order each time. All of them must exist. */
export function streamCommits(repository: Repository, tips: string[], not: string[]): AsyncGenerator<CommitRecord[]> {
  const args = ['rev-list', '--stdin', '--topo-order', '--reverse', '--encoding=UTF-8']
  return parseCommits(stream(repository, [...args, '--no-commit-header', `--format=${commitFormat}`], revisions(tips, not)))
}

/** How many commits `streamCommits` will yield. */
export async function countCommits(repository: Repository, tips: string[], not: string[]): Promise<number> {
  return Number(line(await read(repository, ['rev-list', '--stdin', '--count'], revisions(tips, not))))
}

/**
 * The files that commits changed against their parent, or that their first commit holds; none for merges, which change nothing by
 * themselves. A file that moved is both names.
 */
export async function readFileLists(repository: Repository, shas: string[]): Promise<Map<string, string[]>> {
  const lists = new Map<string, string[]>()
  if (shas.length === 0) return lists
  const args = ['diff-tree', '--stdin', '-r', '-z', '--name-only', '--no-renames', '--root', '--always']
  let rest: Buffer = Buffer.alloc(0)
  let at = -1
  let list: string[] = []
  for await (const chunk of stream(repository, args, `${shas.join('\n')}\n`)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
      const name = decode(bytes.subarray(start, end))
      start = end + 1
      const next = shas[at + 1]
      // Each commit is named before its files, in the order in which it was asked for.
      if (name !== next) list.push(name)
      else {
        at++
        list = []
        lists.set(name, list)
      }
    }
    rest = bytes.subarray(start)
  }
  return lists
}

export interface FirstParent {
  sha: string
  /** Seconds since the epoch; null where git cannot read the date. */
  committed: number | null
}

/** The first-parent ancestry of a commit, itself included: newest first, or from the root. */
export async function* streamFirstParents(repository: Repository, tip: string, from: 'tip' | 'root'): AsyncGenerator<FirstParent> {
  const args = ['rev-list', '--stdin', '--first-parent', '--no-commit-header', '--format=%H %ct', ...(from === 'root' ? ['--reverse'] : [])]
  let rest = ''
  for await (const chunk of stream(repository, args, `${tip}\n`)) {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) {
      const [sha = '', committed = ''] = text.split(' ')
      yield { sha, committed: committed === '' ? null : Number(committed) }
    }
  }
}

/** Those of the commits that are in the repository. */
export async function existingCommits(repository: Repository, shas: string[]): Promise<string[]> {
  if (shas.length === 0) return []
  const check = await read(repository, ['cat-file', '--batch-check=%(objectname) %(objecttype)', '--buffer'], `${shas.join('\n')}\n`)
  const commits = new Set(check.toString('latin1').split('\n'))
  return shas.filter((sha) => commits.has(`${sha} commit`))
}

export interface GitObject {
  sha: string
  type: 'commit' | 'tag' | 'tree' | 'blob' | 'missing'
  /** What stands before the message; empty for trees and blobs, whose content is not read. */
  header: string
}

/** The types of objects, with the header lines of commits and tags. */
export async function readObjects(repository: Repository, shas: string[]): Promise<Map<string, GitObject>> {
  const objects = new Map<string, GitObject>()
  if (shas.length === 0) return objects
  const asked = `${shas.join('\n')}\n`
  const check = await read(repository, ['cat-file', '--batch-check=%(objectname) %(objecttype)', '--buffer'], asked)
  for (const entry of splitLines(check)) {
    const [sha = '', type = ''] = entry.toString('latin1').split(' ')
    objects.set(sha, { sha, type: type as GitObject['type'], header: '' })
  }
  const told = [...objects.values()].filter(({ type }) => type === 'commit' || type === 'tag')
  let waiting: Buffer[] = []
  let length = 0
  let needed = 1
  for await (const chunk of stream(repository, ['cat-file', '--batch', '--buffer'], `${told.map(({ sha }) => sha).join('\n')}\n`)) {
    waiting.push(chunk)
    length += chunk.length
    if (length < needed) continue
    const bytes = Buffer.concat(waiting)
    let start = 0
    needed = 1
    for (;;) {
      const end = bytes.indexOf(0x0a, start)
      if (end < 0) break
      const [sha = '', , size = '0'] = bytes.toString('latin1', start, end).split(' ')
      const next = end + 1 + Number(size) + 1
      if (next > bytes.length) {
        needed = next - start
        break
      }
      const content = bytes.subarray(end + 1, next - 1)
      const gap = content.indexOf('\n\n')
      const object = objects.get(sha)
      if (object !== undefined) object.header = content.toString('latin1', 0, gap < 0 ? content.length : gap)
      start = next
    }
    waiting = [bytes.subarray(start)]
    length = bytes.length - start
  }
  return objects
}

function revisions(tips: string[], not: string[]): string {
  return `${tips.join('\n')}\n${not.map((sha) => `^${sha}\n`).join('')}`
}

function stream(repository: Repository, args: string[], input?: string): AsyncGenerator<Buffer> {
  return streamGit({ args, gitDir: repository.gitDir, signal: repository.signal, input })
}

async function read(repository: Repository, args: string[], input?: string): Promise<Buffer> {
  return await readGit({ args, gitDir: repository.gitDir, signal: repository.signal, input })
}

/** Null where git answers no by its exit code alone. */
async function readOrNull(repository: Repository, args: string[]): Promise<Buffer | null> {
  try {
    return await read(repository, args)
  } catch (error) {
    if (error instanceof GitFailure && error.code === 1) return null
    throw error
  }
}

function line(output: Buffer): string {
  return output.toString('utf8').replace(/\n$/, '')
}

function* splitLines(output: Buffer): Generator<Buffer> {
  let start = 0
  while (start < output.length) {
    const end = output.indexOf(0x0a, start)
    yield output.subarray(start, end < 0 ? output.length : end)
    start = end < 0 ? output.length : end + 1
  }
}

function refName(bytes: Buffer): string {
  const text = decode(bytes)
  return Buffer.from(text, 'utf8').equals(bytes) ? text : `${text} (bytes ${bytes.toString('hex')})`
}
