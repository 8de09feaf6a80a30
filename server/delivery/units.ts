/** What is known of one change: its start and its basis, its title, the stages it went through. */
import type { Instant } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Basis, Stage } from '../linked.ts'
import type { ChangeSet, Pull } from './changes.ts'

export interface Start {
  startedAt: Instant
  basis: Basis
}

/**
 * The earliest of a change's commits' author times and its pull request's opening (definition `dora@1`, section 1).
 * A commit that a squash merge made on the server was written at the merge as far as git can tell: its basis is `merge`.
 */
export function startOf(changes: ChangeSet, unit: number): Start {
  const { graph, pulls } = changes
  const pull = pulls[unit]
  if (!pull) {
    const node = unit - pulls.length
    const startedAt = graph.authoredAt(node)
    const squashed = startedAt === graph.committedAt(node) && /\(#\d+\)$/.test(graph.subject(node))
    return { startedAt, basis: squashed ? 'merge' : 'first_commit' }
  }
  let start: Start = { startedAt: pull.fact.mergedAt, basis: 'merge' }
  const { openedAt } = pull.fact
  if (openedAt !== undefined && openedAt <= start.startedAt) start = { startedAt: openedAt, basis: 'opened' }
  for (const node of pull.nodes) {
    const startedAt = graph.authoredAt(node)
    // A merge or squash commit that the server wrote says only when it was merged.
    const basis = node === pull.mergeNode && startedAt === graph.committedAt(node) ? 'merge' : 'first_commit'
    if (startedAt < start.startedAt || (startedAt === start.startedAt && basis === 'first_commit')) start = { startedAt, basis }
  }
  return start
}

/** When it was merged; for a commit its commit time. */
export function mergedAt({ graph, pulls }: ChangeSet, unit: number): Instant {
  return pulls[unit]?.fact.mergedAt ?? graph.committedAt(unit - pulls.length)
}

export function titleOf({ graph, pulls }: ChangeSet, unit: number): string {
  return pulls[unit]?.fact.title ?? graph.subject(unit - pulls.length)
}

/** Unique in its repository: `source/id` of a pull request, else the commit's id. */
export function keyOf({ graph, pulls }: ChangeSet, unit: number): string {
  const pull = pulls[unit]
  return pull ? refKey(pull.fact) : graph.sha(unit - pulls.length)
}

/** The commit a person would open; null where none is known. */
export function commitOf({ graph, pulls }: ChangeSet, unit: number): string | null {
  const pull = pulls[unit]
  if (!pull) return graph.sha(unit - pulls.length)
  return pull.fact.mergeCommit ?? pull.fact.commits.at(-1) ?? null
}

/** Seconds in each stage that was observed; one that would be negative was not. */
export function stagesOf(pull: Pull, startedAt: Instant, deployedAt: Instant | null): Partial<Record<Stage, number>> {
  const { openedAt, readyAt, firstReviewAt, approvedAt, mergedAt: merged } = pull.fact
  const ready = readyAt ?? openedAt
  const spans: [Stage, Instant | undefined, Instant | null | undefined][] = [
    ['coding', startedAt, ready],
    ['pickup', ready, firstReviewAt],
    ['review', firstReviewAt, approvedAt],
    ['merge', approvedAt, merged],
    ['deploy', merged, deployedAt],
  ]
  const stages: Partial<Record<Stage, number>> = {}
  for (const [stage, from, to] of spans) {
    if (from !== undefined && to !== undefined && to !== null && to >= from) stages[stage] = (to - from) / 1000
  }
  return stages
}
