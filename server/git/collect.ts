/** Collects one repository: commits first, then what its tags or its branch say of deployments. */

import { SourceError } from '../errors.ts'
import type { Fact } from '../facts.ts'
import type { Batch, Context } from '../sources/source.ts'
import { followBranch, leaveBranch } from './branch.ts'
import type { Changes } from './changes.ts'
import { existingCommits, type Refs, type Repository, readRefs } from './client.ts'
import { type Reading, readCommits } from './commits.ts'
import { type Cursor, collectedTips, packShas, readCursor, type State, unpackShas, type Walk, writeCursor } from './cursor.ts'
import type { Place } from './git-failure.ts'
import { type DeploymentRule, type Rule, resolveRule, ruleInWords } from './rule.ts'
import { followTags } from './tags.ts'
import { filedUnder, headFact, type Origin, withdrawalFact } from './to-facts.ts'

export interface Collection {
  repository: Repository
  deployments: DeploymentRule
  /** Of the batch before, or of the run before; null: from the beginning. */
  cursor: string | null
  origin: Origin
  ctx: Context
  /** Commits to read beside what the refs reach, such as those that were deployed; those that are not there are passed over. */
  alsoFrom?: string[]
}

/**
 * Yields batches of a few thousand commits, parents before children; the last batch also holds the deployments, the withdrawals and the
 * head of the default branch. With nothing new it yields nothing. Throws SourceError and GitFailure.
 */
export async function* collectRepository(collection: Collection): AsyncGenerator<Batch> {
  const { repository, deployments, origin, ctx, alsoFrom = [] } = collection
  const cursor = readCursor(collection.cursor)
  const { state } = cursor
  const refs = await readRefs(repository)
  const rule = resolveRule(deployments, refs)
  const changes = await followRule(repository, rule, refs, state, origin)
  const head = refs.head.sha === null ? null : { branch: refs.head.branch, sha: refs.head.sha }
  const files = ctx.needsFiles(origin.repository)
  const kept = files ? { files } : {}
  const next: State = { service: filedUnder(origin), rule, head, tags: changes.tags, branch: changes.branch, ...kept }
  for (const note of [...notesOf(rule, refs, next), ...changes.notes]) ctx.note(note)
  const moved = head !== null && (head.sha !== state?.head?.sha || head.branch !== state.head.branch)
  const end = writeCursor({ v: 1, state: next, walk: null })
  if (end === collection.cursor && alsoFrom.length === 0) return

  const rest = yield* readNewCommits({ repository, origin, state, files, ctx }, cursor, next, alsoFrom)
  yield {
    cursor: end,
    facts: {
      *[Symbol.iterator](): Generator<Fact> {
        yield* rest
        yield* changes.facts()
        if (moved) yield headFact(head, origin)
      },
    },
  }
}

/**
 * Ends the reading that was cut short, if any, and reads what the refs reach since then. Returns the facts of the last batch. Where the
 * files of commits are asked for that were told without them, all are read once more.
 */
async function* readNewCommits(reading: Reading, cursor: Cursor, next: State, alsoFrom: string[]): AsyncGenerator<Batch, Fact[]> {
  const { repository, files } = reading
  const collected = new Set(files && cursor.state?.files !== true ? [] : collectedTips(cursor.state))
  let rest: Fact[] = []
  if (cursor.walk !== null && (!files || cursor.walk.files === true)) {
    const left = (await isWhole(repository, cursor.walk)) ? yield* readCommits(reading, cursor.walk) : null
    if (left !== null) {
      rest = left
      for (const sha of shasOf(cursor.walk)) collected.add(sha)
    }
  }
  const also = await existingCommits(repository, alsoFrom)
  const tips = [...new Set([...collectedTips(next), ...also])].filter((sha) => !collected.has(sha))
  if (tips.length === 0) return rest
  // Without those that are gone some commits come a second time, which changes nothing.
  const not = await existingCommits(repository, [...collected])
  const walk: Walk = { tips: packShas(tips), not: packShas(not), done: 0, last: null, ...(files ? { files } : {}) }
  if (rest.length > 0) yield { facts: rest, cursor: writeCursor({ v: 1, state: cursor.state, walk }) }
  return (yield* readCommits(reading, walk)) ?? []
}

/** Changes of the deployments, also where the rule itself was changed from one kind to the other. */
async function followRule(repository: Repository, rule: Rule, refs: Refs, state: State | null, origin: Origin): Promise<Changes> {
  if ('tags' in rule) {
    const changes = await followTags(repository, refs.tags, rule.tags, state, origin)
    if (state === null || state.branch === null) return changes
    const { gone, notes } = await leaveBranch(repository, state.branch)
    return withWithdrawals(changes, gone, notes, origin)
  }
  const left = (state?.tags ?? []).filter(([, , commit]) => commit !== null).map(([name]) => name)
  const tip = 'branch' in rule ? branchTip(rule.branch, refs, repository.place) : null
  if (tip !== null) return withWithdrawals(await followBranch(repository, tip, state, origin), left, [], origin)
  const gone = state === null || state.branch === null ? [] : (await leaveBranch(repository, state.branch)).gone
  return withWithdrawals({ size: 0, facts: () => [], notes: [], tags: [], branch: null }, [...left, ...gone], [], origin)
}

/** Null in a repository without any commit. A branch that is missing beside others is a fault, and not the end of all its deployments. */
function branchTip(branch: string, refs: Refs, place: Place): string | null {
  if (branch === refs.head.branch && refs.head.sha !== null) return refs.head.sha
  const found = refs.branches.find(({ name }) => name === branch)
  if (found !== undefined) return found.object
  if (refs.branches.length === 0 && refs.tags.length === 0) return null
  const names = refs.branches.slice(0, 5).map(({ name }) => name)
  const known = names.length === 0 ? 'There is none' : `There are ${names.join(', ')}${refs.branches.length > 5 ? ' and more' : ''}`
  throw new SourceError(`${place.name} has no branch ${branch}. ${known}.`, 'Name one of them, or tags, in deployments.')
}

function withWithdrawals(changes: Changes, ids: string[], notes: string[], origin: Origin): Changes {
  if (ids.length === 0 && notes.length === 0) return changes
  return {
    ...changes,
    size: changes.size + ids.length,
    notes: [...changes.notes, ...notes],
    *facts(): Generator<Fact> {
      for (const id of ids) yield withdrawalFact(id, origin)
      yield* changes.facts()
    },
  }
}

/** What a person should know of what was found. */
function notesOf(rule: Rule, refs: Refs, next: State): string[] {
  if (refs.branches.length === 0 && refs.tags.length === 0 && refs.head.sha === null)
    return ['The repository is empty: there is nothing to count yet.']
  const notes: string[] = []
  if ('none' in rule) return notes
  if (rule.auto) notes.push(ruleInWords(rule))
  if ('tags' in rule && next.tags.length === 0) {
    notes.push(`None of ${refs.tags.length} tags matches ${rule.tags} as a whole, so there is no deployment.`)
  }
  if (refs.head.sha === null) {
    notes.push(`HEAD names the branch ${refs.head.branch}, which has no commit, so changes that wait for a deployment are not known.`)
  }
  return notes
}

/** Whether every commit that a reading began from is still there. */
async function isWhole(repository: Repository, walk: Walk): Promise<boolean> {
  const shas = shasOf(walk)
  return (await existingCommits(repository, shas)).length === shas.length
}

function shasOf(walk: Walk): string[] {
  return [...new Set([...unpackShas(walk.tips), ...unpackShas(walk.not)])]
}
