/** What kind of deployment each one is: compared with what was live just before it. */
import { refKey } from '../facts.ts'
import type { DeploymentKind } from '../linked.ts'
import type { Carrier } from './carries.ts'
import type { ChangeSet } from './changes.ts'
import type { CommitGraph } from './graph.ts'

/** A deployment that went live, in the chain in which kinds and failures are told: a carry chain or one maintenance line of it. */
export interface Live extends Carrier {
  kind: Exclude<DeploymentKind, 'aborted'>
  counted: boolean
  identity: string | null
  /** The deployment that was live just before. */
  previous: Live | null
}

/** What tells one version of the service from another: the commit, else the version; null where neither is known. */
export function identityOf({ commit, version }: { commit?: string | null; version?: string | null }): string | null {
  return commit ?? version ?? null
}

export const countedKinds = new Set<DeploymentKind>(['baseline', 'code', 'rollback', 'reland', 'backport'])

/** Tells the kinds of a chain in order: the first that fits (definition `dora@1`, section 2), but for those that are known by reference. */
export function tellKinds(
  { graph, belongs }: Pick<ChangeSet, 'graph' | 'belongs'>,
  carriers: Carrier[],
  known?: Map<string, Live['kind'] | null>,
): Live[] {
  const firstLive = new Map<string, number>()
  const chain: Live[] = []
  let live: Live | null = null
  for (const [position, carrier] of carriers.entries()) {
    const identity = identityOf(carrier.fact)
    const told = kindOf(graph, carrier, identity, live, firstLive)
    const moves = told === 'rollback' || told === 'reland'
    const isEmpty = moves && belongs !== null && live && hasSameCode(graph, chain, carrier, live, firstLive)
    const kind = known?.get(refKey(carrier.fact)) ?? (isEmpty ? 'empty' : told)
    const deployment: Live = { ...carrier, kind, counted: countedKinds.has(kind), identity, previous: live }
    chain.push(deployment)
    // One that says neither commit nor version cannot be compared with: the version before it stays the live one.
    if (identity === null) continue
    if (!firstLive.has(identity)) firstLive.set(identity, position)
    live = deployment
  }
  return chain
}

function kindOf(
  graph: CommitGraph,
  carrier: Carrier,
  identity: string | null,
  live: Live | null,
  firstLive: Map<string, number>,
): Live['kind'] {
  if (carrier.baseline) return 'baseline'
  if (live !== null && identity !== null) {
    if (identity === live.identity) return 'redeploy'
    const before = firstLive.get(identity)
    const liveSince = firstLive.get(live.identity ?? '') ?? 0
    if (before !== undefined && before < liveSince && !isAncestor(graph, live.node, carrier.node)) return 'rollback'
    const goesBack = isAncestor(graph, carrier.node, live.node)
    if (goesBack && carrier.fact.reported === 'event') return 'rollback'
    if (before !== undefined) return 'reland'
    if (goesBack) return 'backport'
  }
  if (carrier.fact.config === true) return 'config'
  if (carrier.commitUnknown) return 'code'
  return carrier.carried.some(({ exclusion }) => exclusion !== 'promotion') ? 'code' : 'empty'
}

/**
 * For services that share a repository: whether the live version and the one that is put back differ in what is others' alone. Then nothing
 * changed for this service: every deployment in question that carried changes of its own is reached by both, or by neither.
 */
function hasSameCode(graph: CommitGraph, chain: Live[], carrier: Carrier, live: Live, firstLive: Map<string, number>): boolean {
  const before = firstLive.get(carrier.fact.commit ?? carrier.fact.version ?? '')
  const since = before ?? chain.findLastIndex(({ node }) => isAncestor(graph, node, carrier.node))
  return chain
    .slice(Math.max(0, since))
    .filter(({ carried }) => carried.some(({ exclusion }) => exclusion !== 'promotion'))
    .every(({ node }) => isAncestor(graph, node, carrier.node) === isAncestor(graph, node, live.node))
}

function isAncestor(graph: CommitGraph, ancestor: number, node: number): boolean {
  return ancestor >= 0 && node >= 0 && graph.isAncestor(ancestor, node)
}
