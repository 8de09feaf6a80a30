/** Deployments from a branch: each commit of its first-parent path, and those that a force push took off it. */
import type { Fact, Instant } from '../facts.ts'
import type { Changes } from './changes.ts'
import { type FirstParent, type Repository, readObjects, streamFirstParents } from './client.ts'
import { dateOf, instantOf } from './commit-date.ts'
import { packShas, type State, unpackShas } from './cursor.ts'
import { branchFact, filedUnder, type Origin, withdrawalFact } from './to-facts.ts'

type Branch = NonNullable<State['branch']>

const recentLimit = 500

/** Part of a first-parent path, oldest first: ids as bytes, so that a million take 28 MB. */
interface Path {
  shas: Buffer
  width: number
  finishedAt: Instant[]
}

/** Compares the first-parent path of `tip` with the one collected before. */
export async function followBranch(repository: Repository, tip: string, former: State | null, origin: Origin): Promise<Changes> {
  const before = former?.branch ?? null
  if (before === null) return changesOf(tip, 0, await readPath(repository, tip, 'root'), [], null, [], origin)
  if (former?.service !== filedUnder(origin)) {
    const { gone, notes } = await leaveBranch(repository, before)
    return changesOf(tip, 0, await readPath(repository, tip, 'root'), gone, null, notes, origin)
  }
  if (before.sha === tip) return changesOf(tip, before.count, emptyPath(), [], before, [], origin)
  const old = await formerPath(repository, before)
  const fork = await findFork(old.shas, shasOf(streamFirstParents(repository, tip, 'tip')))
  const notes = fork.met || old.whole ? [] : [lostNote(before)]
  if (fork.met && fork.gone.length === 0) {
    const added = await readPath(repository, tip, fork.added, before.latest)
    return changesOf(tip, before.count, added, [], before, notes, origin)
  }
  const path = await readPath(repository, tip, 'root')
  const kept = path.finishedAt.length - fork.added
  const added = { ...path, shas: path.shas.subarray(kept * path.width), finishedAt: path.finishedAt.slice(kept) }
  const base = kept === 0 ? null : { recent: packShas(newest(path, kept)), latest: path.finishedAt[kept - 1] ?? 0 }
  if (fork.gone.length > 0) notes.push(`${fork.gone.length} commits are no longer on the branch; their deployments are withdrawn.`)
  return changesOf(tip, kept, added, fork.gone, base, notes, origin)
}

/** The deployments of a branch that is no longer meant. */
export async function leaveBranch(repository: Repository, before: Branch): Promise<{ gone: string[]; notes: string[] }> {
  const old = await formerPath(repository, before)
  const gone: string[] = []
  for await (const sha of old.shas) gone.push(sha)
  return { gone, notes: old.whole ? [] : [lostNote(before)] }
}

function changesOf(
  tip: string,
  position: number,
  added: Path,
  gone: string[],
  base: { recent: string; latest: Instant } | null,
  notes: string[],
  origin: Origin,
): Changes {
  const length = added.finishedAt.length
  const recent = [...newest(added, length), ...(base === null ? [] : unpackShas(base.recent))].slice(0, recentLimit)
  return {
    size: gone.length + length,
    notes,
    tags: [],
    branch: { sha: tip, count: position + length, latest: added.finishedAt.at(-1) ?? base?.latest ?? 0, recent: packShas(recent) },
    *facts(): Generator<Fact> {
      for (const sha of gone) yield withdrawalFact(sha, origin)
      for (let index = 0; index < length; index++) {
        yield branchFact(shaAt(added, index), position + index, added.finishedAt[index] ?? 0, origin)
      }
    },
  }
}

/** The path from its root, or the newest `from` of its commits, with the greatest committer date up to each. */
async function readPath(repository: Repository, tip: string, from: 'root' | number, floor = Number.NEGATIVE_INFINITY): Promise<Path> {
  const pieces: Buffer[] = []
  const dates: (Instant | null)[] = []
  const unread: string[] = []
  let hex: string[] = []
  for await (const { sha, committed } of firstParents(repository, tip, from)) {
    hex.push(sha)
    dates.push(committed === null ? null : instantOf(committed))
    if (committed === null) unread.push(sha)
    if (hex.length < 5000) continue
    pieces.push(Buffer.from(hex.join(''), 'hex'))
    hex = []
  }
  pieces.push(Buffer.from(hex.join(''), 'hex'))
  const path: Path = { shas: Buffer.concat(pieces), width: tip.length / 2, finishedAt: [] }
  const objects = await readObjects(repository, unread)
  let latest = floor
  for (const [index, date] of dates.entries()) {
    const at = date ?? dateOf(objects.get(shaAt(path, index))?.header ?? '', 'committer')
    if (at !== null && at > latest) latest = at
    path.finishedAt.push(Number.isFinite(latest) ? latest : 0)
  }
  return path
}

async function* firstParents(repository: Repository, tip: string, from: 'root' | number): AsyncGenerator<FirstParent> {
  if (from === 'root') {
    yield* streamFirstParents(repository, tip, 'root')
    return
  }
  const newestFirst: FirstParent[] = []
  if (from > 0) {
    for await (const commit of streamFirstParents(repository, tip, 'tip')) {
      newestFirst.push(commit)
      if (newestFirst.length === from) break
    }
  }
  yield* newestFirst.reverse()
}

/** The former path, newest first; once its tip is gone, what is remembered of it. */
async function formerPath(repository: Repository, before: Branch): Promise<{ shas: AsyncIterable<string>; whole: boolean }> {
  const tip = (await readObjects(repository, [before.sha])).get(before.sha)
  if (tip?.type === 'commit') return { shas: shasOf(streamFirstParents(repository, before.sha, 'tip')), whole: true }
  const recent = unpackShas(before.recent)
  return { shas: each(recent), whole: recent.length === before.count }
}

/** Reads both paths side by side, newest first, until one commit is on both. */
async function findFork(
  former: AsyncIterable<string>,
  current: AsyncIterable<string>,
): Promise<{ gone: string[]; added: number; met: boolean }> {
  const formerSeen = new Map<string, number>()
  const currentSeen = new Map<string, number>()
  const one = former[Symbol.asyncIterator]()
  const other = current[Symbol.asyncIterator]()
  try {
    for (;;) {
      const old = await one.next()
      if (old.done !== true) {
        const added = currentSeen.get(old.value)
        if (added !== undefined) return { gone: [...formerSeen.keys()], added, met: true }
        formerSeen.set(old.value, formerSeen.size)
      }
      const now = await other.next()
      if (now.done !== true) {
        const gone = formerSeen.get(now.value)
        if (gone !== undefined) return { gone: [...formerSeen.keys()].slice(0, gone), added: currentSeen.size, met: true }
        currentSeen.set(now.value, currentSeen.size)
      }
      if (old.done === true && now.done === true) return { gone: [...formerSeen.keys()], added: currentSeen.size, met: false }
    }
  } finally {
    await one.return?.()
    await other.return?.()
  }
}

async function* shasOf(commits: AsyncIterable<FirstParent>): AsyncGenerator<string> {
  for await (const { sha } of commits) yield sha
}

async function* each(shas: string[]): AsyncGenerator<string> {
  yield* shas
}

function shaAt(path: Path, index: number): string {
  return path.shas.toString('hex', index * path.width, (index + 1) * path.width)
}

/** The newest of the first `length` commits of a path, newest first. */
function newest(path: Path, length: number): string[] {
  return Array.from({ length: Math.min(length, recentLimit) }, (_, back) => shaAt(path, length - 1 - back))
}

function emptyPath(): Path {
  return { shas: Buffer.alloc(0), width: 20, finishedAt: [] }
}

function lostNote(before: Branch): string {
  return `The former tip ${before.sha.slice(0, 12)} of the branch is gone from the repository, so older deployments of it may remain: withdraw them by hand.`
}
