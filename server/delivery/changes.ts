/** Which commits make one change: pull requests with what they hold, and the commits that no pull request holds. */
import type { Change } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { CommitGraph } from './graph.ts'
import type { Belonging } from './within.ts'

/** Everything delivery knows of one repository. */
export interface RepositoryFacts {
  graph: CommitGraph
  changes: Change[]
  /** The default branch and its tip, where known. */
  head: { branch: string; sha: string } | null
}

/**
 * The changes of a repository. A unit is the number of a change: 0 to pulls.length - 1 for pull requests by merge time,
 * pulls.length + node for a commit that no pull request holds (definition `dora@1`, section 1).
 */
export interface ChangeSet {
  graph: CommitGraph
  head: RepositoryFacts['head']
  pulls: Pull[]
  /** By reference `source/id`. */
  byKey: Map<string, number>
  /** By the source's id alone; the earliest merged where several sources use it. */
  byId: Map<string, number>
  /** The pull request that a node belongs to, or -1. */
  holder: Int32Array
  /** The unit as which this unit's change is delivered: another one where both are the same change. */
  canonical(unit: number): number
  /** Whether a unit is the service's own; null where the whole repository is. */
  belongs: ((unit: number) => Belonging) | null
}

export interface Pull {
  fact: Change
  /** Nodes that belong to it, its merge commit included. */
  nodes: number[]
  /** Node of its merge or squash commit; -1 where the commit is unknown or not named. */
  mergeNode: number
  /** The pull request that lists this one's merge commit among its commits, or -1. */
  carriedWith: number
  /** Left with no commit of its own: a promotion or back-merge. */
  promotion: boolean
}

/** Sorts out what belongs to what; the result does not depend on the order of the facts. */
export function changeSet(facts: RepositoryFacts): ChangeSet {
  const { graph } = facts
  const groups = graph.sameChange()
  const changes = [...facts.changes].sort((a, b) => a.mergedAt - b.mergedAt || order(refKey(a), refKey(b)))
  const holder = new Int32Array(graph.nodes).fill(-1)
  const byKey = new Map<string, number>()
  const byId = new Map<string, number>()
  const byMerge = new Map<string, number>()
  for (const [unit, change] of changes.entries()) {
    byKey.set(refKey(change), unit)
    if (!byId.has(change.id)) byId.set(change.id, unit)
    if (change.mergeCommit !== undefined && !byMerge.has(change.mergeCommit)) byMerge.set(change.mergeCommit, unit)
  }
  const pulls = changes.map((fact, unit): Pull => {
    const mergeNode = fact.mergeCommit === undefined ? -1 : graph.indexOf(fact.mergeCommit)
    const nodes: number[] = []
    for (const node of held(graph, groups, fact, mergeNode)) {
      if (holder[node] !== -1) continue
      holder[node] = unit
      nodes.push(node)
    }
    return { fact, nodes, mergeNode, carriedWith: -1, promotion: false }
  })
  for (const [unit, change] of changes.entries()) {
    for (const sha of change.commits) {
      const inner = byMerge.get(sha)
      const pull = inner === undefined ? undefined : pulls[inner]
      if (pull && inner !== unit && pull.carriedWith === -1 && pull.fact.mergedAt <= change.mergedAt) pull.carriedWith = unit
    }
  }
  const holders = firstHolders(groups, pulls)
  for (const pull of pulls) pull.promotion = isPromotion(graph, holder, pull)
  const twin = pulls.map((pull, unit) => twinOf(graph, groups, holders, pull, unit))
  function canonical(unit: number): number {
    if (unit < pulls.length) return twin[unit] ?? unit
    const root = groups[unit - pulls.length] ?? 0
    const pull = holders.get(root)
    return pull === undefined ? pulls.length + root : (twin[pull] ?? pull)
  }
  return { graph, head: facts.head, pulls, byKey, byId, holder, canonical, belongs: null }
}

/** Text order by code units, the same on every machine. */
export function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function* held(graph: CommitGraph, groups: Int32Array, change: Change, mergeNode: number): Generator<number> {
  const roots = new Set<number>()
  for (const sha of change.commits) {
    const node = graph.indexOf(sha)
    if (node < 0) continue
    roots.add(groups[node] ?? node)
    yield node
  }
  if (mergeNode < 0) return
  yield mergeNode
  if (graph.isMerge(mergeNode)) {
    if (change.commits.length === 0) yield* branchOf(graph, mergeNode)
    return
  }
  // A rebase merge: the target's newest commits are copies of the pull request's own.
  let node = mergeNode
  for (let left = change.commits.length; left > 0 && roots.has(groups[node] ?? node); left--) {
    yield node
    const parent = graph.parents(node)[0]
    if (parent === undefined || !graph.isKnown(parent)) return
    node = parent
  }
}

/** What a merge brought in, for a pull request whose commits the source does not list. */
function* branchOf(graph: CommitGraph, merge: number): Generator<number> {
  const [target, ...heads] = graph.parents(merge)
  if (target === undefined) return
  const seen = new Set<number>(heads)
  const stack = heads.filter((head) => graph.isKnown(head))
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (graph.isAncestor(node, target)) continue
    yield node
    for (const parent of graph.parents(node)) {
      if (seen.has(parent) || !graph.isKnown(parent)) continue
      seen.add(parent)
      stack.push(parent)
    }
  }
}

/** By representative of the same change: the earliest merged pull request that holds one of its commits. */
function firstHolders(groups: Int32Array, pulls: Pull[]): Map<number, number> {
  const first = new Map<number, number>()
  for (const [unit, pull] of pulls.entries()) {
    for (const node of pull.nodes) {
      const root = groups[node] ?? node
      if (!first.has(root)) first.set(root, unit)
    }
  }
  return first
}

function isPromotion(graph: CommitGraph, holder: Int32Array, pull: Pull): boolean {
  if (pull.nodes.some((node) => !graph.isMerge(node))) return false
  // Commits that have not arrived may be its own; it is a promotion only when all it lists is known to be another's.
  const listed = pull.fact.commits.map((sha) => graph.indexOf(sha))
  if (listed.length > 0) return listed.every((node) => node >= 0 && (holder[node] ?? -1) >= 0)
  return pull.mergeNode >= 0
}

/** The earlier pull request that holds the same change as every commit of this one, else itself. */
function twinOf(graph: CommitGraph, groups: Int32Array, holders: Map<number, number>, pull: Pull, unit: number): number {
  let twin = unit
  for (const node of pull.nodes) {
    if (graph.isMerge(node)) continue
    const first = holders.get(groups[node] ?? node) ?? unit
    if (first >= unit) return unit
    if (twin === unit || first < twin) twin = first
  }
  return twin
}
