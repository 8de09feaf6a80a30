/** What each deployment of a chain carries: the changes it reaches and no earlier one of the chain does. */
import type { Deployment, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { ChangeSet } from './changes.ts'
import { order } from './changes.ts'

/** A succeeded deployment in its chain: service, environment, repository (definition `dora@1`, section 2). */
export interface Carrier {
  fact: Deployment
  /** When it was fully live. */
  finishedAt: number
  startedAt: number
  /** Node of its commit, or -1 where the commit is unknown. */
  node: number
  /** It is the first of its chain with a known commit: what it reaches is history. */
  baseline: boolean
  /** Neither a known commit nor named changes. */
  commitUnknown: boolean
  /** Nodes it reaches first. */
  reached: Int32Array
  /** Units it carries, whether they count or not. */
  carried: Carried[]
}

export interface Carried {
  unit: number
  exclusion: 'baseline' | 'same_change' | 'promotion' | null
}

export interface CarryChain {
  environment: string
  repository: string
  changes: ChangeSet
  carriers: Carrier[]
  /** For each node the position of the carrier that reached it first, or -1. */
  reachedBy: Int32Array
  /** For each unit that some deployment of the chain carries, its position; -1: one before those given. */
  carriedBy: Map<number, number>
  /** Changes delivered or history, as which they are known. */
  delivered: Set<number>
}

/** Deployments in the order in which they went live: finish, position in the source, source, id. */
export function compareDeployments(a: Deployment, b: Deployment): number {
  return (
    (a.finishedAt ?? 0) - (b.finishedAt ?? 0) ||
    (a.sequence ?? 0) - (b.sequence ?? 0) ||
    order(a.source, b.source) ||
    compareBytes(a.id, b.id)
  )
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Follows a chain of succeeded deployments, already in order, after which some changes are carried already, by their keys. */
export function carryChain(
  environment: string,
  repository: string,
  changes: ChangeSet,
  deployments: Deployment[],
  already: Iterable<string> = [],
): CarryChain {
  const { graph, pulls, holder } = changes
  const reachedBy = new Int32Array(graph.nodes).fill(-1)
  const carriedBy = new Map<number, number>()
  for (const unit of unitsOf(changes, already)) carriedBy.set(unit, -1)
  const delivered = new Set<number>()
  const waitingForHolder = pullsByHolder(changes)
  const byMerge = pullsByMerge(changes)
  const whenAllReached = pullsWithoutMerge(changes)
  // Pull requests that are none of the service's own.
  const passed = new Set<number>()
  let hasBaseline = false
  const carriers = deployments.map((fact, position): Carrier => {
    const node = fact.commit === undefined ? -1 : graph.indexOf(fact.commit)
    const reached: number[] = []
    if (node >= 0) graph.label(reachedBy, node, position, (at) => reached.push(at))
    const baseline = node >= 0 && !hasBaseline
    if (baseline) hasBaseline = true
    const units: number[] = []
    const take = (unit: number, isNamed = false): void => {
      if (carriedBy.has(unit) || (passed.has(unit) && !isNamed)) return
      if (isNamed || changes.belongs === null || changes.belongs(unit) !== 'outside') {
        carriedBy.set(unit, position)
        units.push(unit)
      } else if (unit < pulls.length) passed.add(unit)
      for (const inner of waitingForHolder.get(unit) ?? []) take(inner, isNamed)
    }
    if (fact.changes) for (const unit of namedUnits(changes, fact.changes, fact.source)) take(unit, true)
    const history: number[] = []
    if (!fact.changes || baseline) {
      const before = units.length
      for (const at of reached) {
        const pull = holder[at] ?? -1
        if (pull === -1 && !graph.isMerge(at)) take(pulls.length + at)
        for (const unit of byMerge.get(at) ?? []) take(unit)
        for (const unit of whenAllReached.get(at) ?? []) if (isReached(changes, reachedBy, unit)) take(unit)
      }
      if (fact.changes) history.push(...units.splice(before))
    }
    const carried = settle(changes, units, delivered, baseline && !fact.changes)
    if (history.length > 0) carried.push(...settle(changes, history, delivered, true))
    return {
      fact,
      finishedAt: fact.finishedAt ?? 0,
      startedAt: fact.startedAt ?? fact.finishedAt ?? 0,
      node,
      baseline,
      commitUnknown: node < 0 && !fact.changes,
      reached: Int32Array.from(reached),
      carried,
    }
  })
  return { environment, repository, changes, carriers, reachedBy, carriedBy, delivered }
}

export function* unitsOf({ byKey }: ChangeSet, keys: Iterable<string>): Generator<number> {
  for (const key of keys) {
    const unit = byKey.get(key)
    if (unit !== undefined) yield unit
  }
}

/** Pull requests that are carried with the one that holds their merge commit. */
function pullsByHolder({ pulls }: ChangeSet): Map<number, number[]> {
  const inner = new Map<number, number[]>()
  for (const [unit, pull] of pulls.entries()) if (pull.carriedWith >= 0) push(inner, pull.carriedWith, unit)
  return inner
}

function pullsByMerge({ pulls }: ChangeSet): Map<number, number[]> {
  const byNode = new Map<number, number[]>()
  for (const [unit, pull] of pulls.entries()) if (pull.mergeNode >= 0) push(byNode, pull.mergeNode, unit)
  return byNode
}

/** Pull requests without a merge commit are carried once all their commits that are known are reached. */
function pullsWithoutMerge({ graph, pulls }: ChangeSet): Map<number, number[]> {
  const byNode = new Map<number, number[]>()
  for (const [unit, pull] of pulls.entries()) {
    if (pull.fact.mergeCommit !== undefined) continue
    for (const sha of pull.fact.commits) {
      const node = graph.indexOf(sha)
      if (node >= 0) push(byNode, node, unit)
    }
  }
  return byNode
}

function push(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

function isReached({ graph, pulls }: ChangeSet, reachedBy: Int32Array, unit: number): boolean {
  for (const sha of pulls[unit]?.fact.commits ?? []) {
    const node = graph.indexOf(sha)
    if (node >= 0 && reachedBy[node] === -1) return false
  }
  return true
}

/** Units by the ids that a deployment names: a change of its own source, of any source, or a commit. */
function namedUnits(changes: ChangeSet, ids: string[], source: string): number[] {
  const units = new Set<number>()
  for (const id of ids) {
    const pull = changes.byKey.get(refKey({ source, id } satisfies Ref)) ?? changes.byKey.get(id) ?? changes.byId.get(id)
    if (pull !== undefined) {
      units.add(pull)
      continue
    }
    const node = /^[0-9a-f]{7,64}$/i.test(id) ? changes.graph.indexOf(id.toLowerCase()) : -1
    if (node < 0) continue
    const holder = changes.holder[node] ?? -1
    units.add(holder >= 0 ? holder : changes.pulls.length + node)
  }
  return [...units]
}

/** Says which of the carried units count: each change once, its own representative first. */
function settle(changes: ChangeSet, units: number[], delivered: Set<number>, history: boolean): Carried[] {
  const isPromotion = (unit: number): boolean => changes.pulls[unit]?.promotion === true
  if (history) {
    for (const unit of units) if (!isPromotion(unit)) delivered.add(changes.canonical(unit))
    return units.map((unit) => ({ unit, exclusion: 'baseline' }))
  }
  const first = new Map<number, number>()
  for (const unit of units) {
    if (isPromotion(unit)) continue
    const change = changes.canonical(unit)
    if (delivered.has(change)) continue
    const best = first.get(change)
    if (best === undefined || comesBefore(changes, change, unit, best)) first.set(change, unit)
  }
  for (const change of first.keys()) delivered.add(change)
  return units.map((unit) => {
    if (isPromotion(unit)) return { unit, exclusion: 'promotion' }
    return { unit, exclusion: first.get(changes.canonical(unit)) === unit ? null : 'same_change' }
  })
}

function comesBefore(changes: ChangeSet, change: number, unit: number, other: number): boolean {
  if (unit === change || other === change) return unit === change
  const { graph, pulls } = changes
  if (unit < pulls.length || other < pulls.length) return unit < other
  const a = unit - pulls.length
  const b = other - pulls.length
  return graph.committedAt(a) - graph.committedAt(b) < 0 || (graph.committedAt(a) === graph.committedAt(b) && graph.sha(a) < graph.sha(b))
}
