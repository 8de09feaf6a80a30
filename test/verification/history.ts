/** What a clone tells of pull requests and releases: those of merge and squash commits on its branch, and its tags. */
import { execFileSync } from 'node:child_process'
import { type Commit, iso } from '../fakes/github/world.ts'

export interface PullOfHistory {
  number: number
  method: 'merge' | 'squash'
  title: string
  headBranch: string | null
  mergeCommit: Commit
  /** Of its branch; a squash commit whose branch the clone does not have stands for it. */
  commits: Commit[]
  hasBranch: boolean
}

export interface TagOfHistory {
  name: string
  commit: string
  at: string
}

export interface History {
  gitDir: string
  branch: string
  commits: Map<string, Commit>
  pulls: PullOfHistory[]
  /** As they went live. */
  tags: TagOfHistory[]
}

const mergeSubject = /^Merge pull request #(\d+) from [^/\s]+\/(\S+)/
const squashSubject = /^(.*\S) \(#(\d+)\)$/

export function readHistory(clone: string, tagPattern: RegExp): History {
  const git = (...args: string[]) => execFileSync('git', ['-C', clone, ...args], { encoding: 'utf8', maxBuffer: 2 ** 31 - 1 }).trimEnd()
  const branch = git('symbolic-ref', '--short', 'HEAD')
  const commits = readCommits(git)
  const heads = new Map<number, string>()
  for (const line of git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/pull').split('\n')) {
    const [, number, sha] = /^refs\/pull\/(\d+)\/head (\w+)$/.exec(line) ?? []
    if (number !== undefined && sha !== undefined) heads.set(Number(number), sha)
  }
  const path = git('rev-list', '--first-parent', '--reverse', 'HEAD').split('\n')
  const landed = new Set(git('rev-list', 'HEAD').split('\n'))
  return {
    gitDir: git('rev-parse', '--absolute-git-dir'),
    branch,
    commits,
    pulls: pullsOf(path, commits, heads, landed),
    tags: tagsOf(git, tagPattern),
  }
}

function readCommits(git: (...args: string[]) => string): Map<string, Commit> {
  const commits = new Map<string, Commit>()
  // A message may hold any character but NUL.
  const text = git('log', '--all', '-z', '--format=%H%x01%P%x01%at%x01%ct%x01%an%x01%ae%x01%cn%x01%ce%x01%B')
  for (const record of text.split('\0')) {
    const [oid = '', parents = '', authored, committed, name = '', email = '', by = '', byEmail = '', ...rest] = record.split('\x01')
    if (oid === '') continue
    commits.set(oid, {
      oid,
      parents: parents === '' ? [] : parents.split(' '),
      authoredDate: iso(Number(authored) * 1000),
      committedDate: iso(Number(committed) * 1000),
      message: rest.join('\x01').trimEnd(),
      author: { name, email, login: null },
      committer: { name: by, email: byEmail, login: null },
    })
  }
  return commits
}

/** The first commit that names a number is its pull request; later ones are as if they named none. */
function pullsOf(path: string[], commits: Map<string, Commit>, heads: Map<number, string>, landed: Set<string>): PullOfHistory[] {
  const pulls = new Map<number, PullOfHistory>()
  const before = new Set<string>()
  for (const sha of path) {
    const commit = commits.get(sha)
    if (commit === undefined) continue
    const merged = commit.parents.slice(1).flatMap((parent) => reach(parent, commits, before))
    before.add(sha)
    for (const { oid } of merged) before.add(oid)
    const pull = pullOf(commit, merged, commits, heads, landed)
    if (pull !== null && !pulls.has(pull.number)) pulls.set(pull.number, pull)
  }
  return [...pulls.values()]
}

function pullOf(
  mergeCommit: Commit,
  merged: Commit[],
  commits: Map<string, Commit>,
  heads: Map<number, string>,
  landed: Set<string>,
): PullOfHistory | null {
  const [subject = '', , title = ''] = mergeCommit.message.split('\n')
  const [, ofMerge, headBranch = null] = mergeSubject.exec(subject) ?? []
  if (ofMerge !== undefined) {
    if (mergeCommit.parents.length !== 2 || merged.length === 0) return null
    return { number: Number(ofMerge), method: 'merge', title: title || subject, headBranch, mergeCommit, commits: merged, hasBranch: true }
  }
  const [, squashTitle = '', ofSquash] = squashSubject.exec(subject) ?? []
  if (ofSquash === undefined || mergeCommit.parents.length !== 1) return null
  const number = Number(ofSquash)
  const head = heads.get(number)
  const own = head === undefined || landed.has(head) ? [] : reach(head, commits, landed)
  const branch = own.length > 0 && own.length <= 250 ? own : [mergeCommit]
  return {
    number,
    method: 'squash',
    title: squashTitle,
    headBranch: null,
    mergeCommit,
    commits: branch,
    hasBranch: branch === own,
  }
}

/** What it reaches and `without` does not hold, oldest first. */
function reach(from: string, commits: Map<string, Commit>, without: Set<string>): Commit[] {
  const found = new Map<string, Commit>()
  const stack = [from]
  for (let sha = stack.pop(); sha !== undefined; sha = stack.pop()) {
    const commit = commits.get(sha)
    if (commit === undefined || without.has(sha) || found.has(sha)) continue
    found.set(sha, commit)
    stack.push(...commit.parents)
  }
  return [...found.values()].sort((a, b) => (a.committedDate < b.committedDate ? -1 : a.committedDate > b.committedDate ? 1 : 0))
}

/** Those whose whole name matches and that name a commit; in the order of their dates, then of their names. */
function tagsOf(git: (...args: string[]) => string, pattern: RegExp): TagOfHistory[] {
  const format = ['refname:strip=2', 'objectname', '*objectname', 'objecttype', '*objecttype', 'taggerdate:unix', 'committerdate:unix']
  const tags: TagOfHistory[] = []
  for (const row of git('for-each-ref', `--format=${format.map((field) => `%(${field})`).join('%09')}`, 'refs/tags').split('\n')) {
    const [name = '', sha = '', peeled = '', type, peeledType, tagged, committed] = row.split('\t')
    if (pattern.exec(name)?.[0] !== name || (peeledType || type) !== 'commit') continue
    tags.push({ name, commit: peeled || sha, at: iso(Number(tagged || committed) * 1000) })
  }
  return tags.sort((a, b) => (a.at === b.at ? Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) : a.at < b.at ? -1 : 1))
}
