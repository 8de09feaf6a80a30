/** The commits and refs of a repository, from its list or from its real git repository, and what is reachable from what. */
import { execFileSync } from 'node:child_process'
import { type Commit, iso, type Repository, type Tag } from './world.ts'

export interface CommitGraph {
  commits: Map<string, Commit>
  branches: Record<string, string>
  tags: Tag[]
  /** Newest first by the committer's date, a commit before its parents: what `git log` shows. */
  history(oid: string): Commit[]
}

export interface Comparison {
  status: 'ahead' | 'behind' | 'diverged' | 'identical'
  mergeBase: Commit
  /** Reachable from head and not from base, oldest first. */
  ahead: Commit[]
  behindBy: number
}

const cached = new WeakMap<Repository, { fingerprint: string; graph: CommitGraph }>()

let unchanging: Map<Repository, CommitGraph> | null = null

/** While `run` runs, which must be synchronous, no repository is looked at twice: an answer asks for the same one many times. */
export function withUnchangingGraphs<Result>(run: () => Result): Result {
  unchanging = new Map()
  try {
    return run()
  } finally {
    unchanging = null
  }
}

export function commitGraph(repository: Repository): CommitGraph {
  const known = unchanging?.get(repository)
  if (known) return known
  const graph = currentGraph(repository)
  unchanging?.set(repository, graph)
  return graph
}

function currentGraph(repository: Repository): CommitGraph {
  const refs = repository.gitDir === null ? null : readRefs(repository.gitDir)
  const pullCommits = repository.pulls.reduce((sum, pull) => sum + pull.commits.length, 0)
  const fingerprint = `${refs?.text ?? ''}\n${repository.commits.length} ${pullCommits}`
  const known = cached.get(repository)
  if (known?.fingerprint === fingerprint) {
    known.graph.branches = refs?.branches ?? repository.branches
    known.graph.tags = refs?.tags ?? repository.tags
    return known.graph
  }
  const commits = new Map<string, Commit>()
  for (const pull of repository.pulls) for (const commit of pull.commits) commits.set(commit.oid, commit)
  for (const commit of repository.commits) commits.set(commit.oid, commit)
  if (repository.gitDir !== null) for (const commit of readCommits(repository.gitDir)) commits.set(commit.oid, commit)
  const walks = new Map<string, Commit[]>()
  const graph: CommitGraph = {
    commits,
    branches: refs?.branches ?? repository.branches,
    tags: refs?.tags ?? repository.tags,
    history(oid) {
      const walk = walks.get(oid) ?? walkFrom(commits, oid)
      if (walks.size > 8) walks.clear()
      walks.set(oid, walk)
      return walk
    },
  }
  cached.set(repository, { fingerprint, graph })
  return graph
}

/** A branch, a tag, a full ref, HEAD or a commit's id (at least 7 digits) as the id of a commit. */
export function resolveCommit(repository: Repository, expression: string): string | null {
  const graph = commitGraph(repository)
  const name = expression.replace(/^refs\/(heads|tags)\//, '')
  if (name === 'HEAD' || name === '') return graph.branches[repository.defaultBranch] ?? null
  const tagged = graph.tags.find((tag) => tag.name === name || tag.annotated?.oid === name)
  const found = graph.branches[name] ?? tagged?.oid
  if (found !== undefined) return found
  if (graph.commits.has(name)) return name
  if (!/^[0-9a-f]{7,39}$/.test(name)) return null
  for (const oid of graph.commits.keys()) if (oid.startsWith(name)) return oid
  return null
}

/** Null when the two have no common ancestor. */
export function compareCommits(repository: Repository, base: string, head: string): Comparison | null {
  const graph = commitGraph(repository)
  const ofBase = graph.history(base)
  const ofHead = graph.history(head)
  const inBase = new Set(ofBase.map((commit) => commit.oid))
  const inHead = new Set(ofHead.map((commit) => commit.oid))
  const mergeBase = ofHead.find((commit) => inBase.has(commit.oid))
  if (!mergeBase) return null
  const ahead = ofHead.filter((commit) => !inBase.has(commit.oid)).reverse()
  const behindBy = ofBase.filter((commit) => !inHead.has(commit.oid)).length
  const status = ahead.length > 0 ? (behindBy > 0 ? 'diverged' : 'ahead') : behindBy > 0 ? 'behind' : 'identical'
  return { status, mergeBase, ahead, behindBy }
}

/** Children are counted first, so that a wrong clock never shows a parent before its child. */
function walkFrom(commits: Map<string, Commit>, oid: string): Commit[] {
  const waiting = new Map<string, number>()
  const stack = [oid]
  const seen = new Set<string>()
  while (stack.length > 0) {
    const current = stack.pop() as string
    if (seen.has(current)) continue
    seen.add(current)
    for (const parent of commits.get(current)?.parents ?? []) {
      waiting.set(parent, (waiting.get(parent) ?? 0) + 1)
      stack.push(parent)
    }
  }
  const order: Commit[] = []
  const ready: Commit[] = []
  const first = commits.get(oid)
  if (first) ready.push(first)
  while (ready.length > 0) {
    const commit = ready.pop() as Commit
    order.push(commit)
    for (const parent of commit.parents) {
      const left = (waiting.get(parent) ?? 1) - 1
      waiting.set(parent, left)
      const found = commits.get(parent)
      if (left === 0 && found) insertByDate(ready, found)
    }
  }
  return order
}

/** Keeps the newest last. */
function insertByDate(ready: Commit[], commit: Commit): void {
  let low = 0
  let high = ready.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ready[middle] as Commit).committedDate < commit.committedDate) low = middle + 1
    else high = middle
  }
  ready.splice(low, 0, commit)
}

function git(gitDir: string, ...args: string[]): string {
  return execFileSync('git', ['--git-dir', gitDir, ...args], { encoding: 'utf8', maxBuffer: 1 << 29, stdio: ['ignore', 'pipe', 'ignore'] })
}

function readRefs(gitDir: string): { text: string; branches: Record<string, string>; tags: Tag[] } {
  const format = ['refname', 'objectname', '*objectname', 'taggerdate:iso-strict', 'taggername', 'taggeremail', 'contents:subject']
  const text = git(gitDir, 'for-each-ref', `--format=${format.map((field) => `%(${field})`).join('%00')}`, 'refs/heads', 'refs/tags')
  const branches: Record<string, string> = {}
  const tags: Tag[] = []
  for (const line of text.split('\n')) {
    const [ref = '', oid = '', peeled = '', date = '', name = '', email = '', message = ''] = line.split('\0')
    if (ref.startsWith('refs/heads/')) branches[ref.slice(11)] = oid
    if (!ref.startsWith('refs/tags/')) continue
    const annotated = { oid, date: date === '' ? '' : iso(date), name, email: email.replace(/[<>]/g, ''), message }
    tags.push(peeled === '' ? { name: ref.slice(10), oid } : { name: ref.slice(10), oid: peeled, annotated })
  }
  return { text, branches, tags }
}

function readCommits(gitDir: string): Commit[] {
  // A message may hold any character but NUL.
  const text = git(gitDir, 'log', '--all', '-z', '--format=%H%x01%P%x01%aI%x01%cI%x01%an%x01%ae%x01%cn%x01%ce%x01%B')
  const commits: Commit[] = []
  for (const record of text.split('\0')) {
    const [oid = '', parents = '', authored = '', committed = '', name = '', email = '', by = '', byEmail = '', ...rest] =
      record.split('\x01')
    if (oid === '') continue
    commits.push({
      oid,
      parents: parents === '' ? [] : parents.split(' '),
      authoredDate: iso(authored),
      committedDate: iso(committed),
      message: rest.join('\x01').trimEnd(),
      author: { name, email, login: null },
      committer: { name: by, email: byEmail, login: null },
    })
  }
  return commits
}
