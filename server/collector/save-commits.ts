/** Stores commits, their withdrawals and the heads of branches. */
import type { Instant, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import { type ArrivingCommit, appendCommits, withdrawCommit } from '../store/commits.ts'
import type { Db } from '../store/database.ts'
import { lockFacts, readCommitWithdrawals, writeFacts } from '../store/facts.ts'
import { ensureRepositories, lockRepositories, type Repository, setHead, setSize } from '../store/repositories.ts'
import type { Batch } from './batch.ts'
import type { Graphs } from './graphs.ts'
import { follow } from './standing.ts'
import type { Changed, Counts, Touched } from './touched.ts'

/** Commits and heads, with their repositories locked; the ids of the commits that are new. */
export async function saveCommits(
  tx: Db,
  batch: Batch,
  changed: Changed[],
  touched: Touched,
  { graphs, now }: { graphs: Graphs; now: Instant },
): Promise<Set<string>> {
  // Batches with any of these are not joined.
  const counts = touched.counts[0] as Counts
  const keys = [...batch.commits.keys(), ...batch.heads.keys()]
  const ids = new Set((await ensureRepositories(tx, keys)).values())
  // Whoever adds commits meanwhile must find these facts, or be found by them.
  for (const { before, after } of changed) for (const row of [before, after]) if (row?.repositoryId) ids.add(row.repositoryId)
  const repositories = new Map((await lockRepositories(tx, ids)).map((repository) => [repository.key, repository]))
  const arrived = new Set<string>()
  const withdrawals = batch.commits.size > 0 ? await readCommitWithdrawals(tx) : new Map<string, Instant | null>()
  for (const [key, commits] of [...batch.commits].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const repository = repositories.get(key)
    if (!repository) continue
    const list = [...commits.values()]
    if (withdrawals.size > 0) for (const commit of list) commit.withdrawn = isWithdrawn(commit, withdrawals)
    await saveRepositoryCommits(tx, repository, list, { touched, counts, graphs })
    for (const { sha } of list) arrived.add(sha)
  }
  for (const { source, id, updatedAt } of batch.commitWithdrawals) await saveWithdrawal(tx, { source, id }, updatedAt, now, touched, counts)
  for (const [key, { branch, sha }] of batch.heads) {
    const repository = repositories.get(key)
    const isKnown = !repository || (repository.headBranch === branch && repository.headSha === sha)
    counts[isKnown ? 'unchanged' : 'accepted']++
    if (isKnown) continue
    await setHead(tx, repository.id, { branch, sha })
    noteGraph(touched, repository)
  }
  return arrived
}

async function saveRepositoryCommits(
  tx: Db,
  repository: Repository,
  commits: ArrivingCommit[],
  { touched, counts, graphs }: { touched: Touched; counts: Counts; graphs: Graphs },
): Promise<void> {
  const { added, changed, changedWithdrawn, listed } = await appendCommits(tx, repository.id, repository.size, commits)
  const withdrawn = countWithdrawn(commits)
  const accepted = added.length - countWithdrawn(added) + changed - changedWithdrawn
  const onlyListed = changed === 0 ? listed.length : 0
  counts.withdrawn += withdrawn
  counts.accepted += accepted + onlyListed
  counts.unchanged += commits.length - withdrawn - accepted - onlyListed
  if (added.length + changed + listed.length === 0) return
  if (changed === 0) graphs.append(repository, added, listed)
  else repository.generation++
  repository.size += added.length
  if (listed.length > 0) repository.listings++
  await setSize(tx, repository)
  noteGraph(touched, repository)
}

function noteGraph(touched: Touched, { id }: Repository): void {
  touched.repositories.add(id)
  touched.regraphed.add(id)
}

function countWithdrawn(commits: ArrivingCommit[]): number {
  return commits.filter((commit) => commit.withdrawn).length
}

/** A withdrawal is remembered as a fact of its own, because it may come before its commit. */
async function saveWithdrawal(tx: Db, ref: Ref, updatedAt: Instant | null, now: Instant, touched: Touched, counts: Counts): Promise<void> {
  const key = { kind: 'commit' as const, source: ref.source, id: ref.id }
  const [row = null] = await lockFacts(tx, [key])
  const withdrawn = await withdrawCommit(tx, ref.source, ref.id, updatedAt)
  const through = updatedAt ?? withdrawn.newest
  const after = follow(key, row, { withdrawal: { updatedAt: through } }, 'push')
  if (after !== row) await writeFacts(tx, [after], now)
  counts[after !== row || withdrawn.repositories.length > 0 ? 'accepted' : 'unchanged']++
  for (const repository of await lockRepositories(tx, withdrawn.repositories)) {
    await setSize(tx, { ...repository, generation: repository.generation + 1 })
    noteGraph(touched, repository)
  }
}

function isWithdrawn(commit: ArrivingCommit, withdrawals: Map<string, Instant | null>): boolean {
  const through = withdrawals.get(refKey({ source: commit.source, id: commit.externalId ?? commit.sha }))
  if (through === undefined) return false
  return (commit.updatedAt ?? Number.NEGATIVE_INFINITY) <= (through ?? Number.NEGATIVE_INFINITY)
}
