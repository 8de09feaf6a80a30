/** Signals that one deployment failed: each names one culprit and, where there is one, the deployment that remedied it. */
import type { Definition } from '../definition.ts'
import type { Deployment, Incident, Tier } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Evidence, ReworkRule } from '../linked.ts'
import type { Carrier, CarryChain } from './carries.ts'
import { order } from './changes.ts'
import type { Live } from './kinds.ts'
import type { Revert } from './reverts.ts'
import { keyOf, titleOf } from './units.ts'

/** A chain of kinds and failures: a carry chain, or one maintenance line of it. */
export interface KindChain {
  tier: Tier | null
  carry: CarryChain
  live: Live[]
}

export interface FailureSignal {
  culprit: Deployment
  evidence: Evidence
  remedy: Deployment | null
  /** The rule by which the remedy is rework; null where it is too small a part of it. */
  rework: ReworkRule | null
  /** An incident that names the culprit. */
  incident: Incident | null
}

/** Deployments that joined the episode of a rollback which undid them, by reference. */
export type Joined = Map<string, Deployment>

/** A deployment that names the one whose failure it remedies. */
export function remedySignals(deployments: Deployment[]): FailureSignal[] {
  const found: FailureSignal[] = []
  const byKey = new Map(deployments.map((deployment) => [refKey(deployment), deployment]))
  const byId = new Map<string, Deployment>()
  for (const deployment of deployments) {
    const known = byId.get(deployment.id)
    if (!known || order(deployment.source, known.source) < 0) byId.set(deployment.id, deployment)
  }
  for (const remedy of deployments) {
    if (remedy.remedies === undefined || remedy.status !== 'succeeded') continue
    const id = remedy.remedies
    const culprit = byKey.get(refKey({ source: remedy.source, id })) ?? byKey.get(id) ?? byId.get(id)
    if (!culprit || culprit === remedy || !isAttempt(culprit)) continue
    found.push({
      culprit,
      remedy,
      rework: 'named',
      incident: null,
      evidence: {
        signal: 'explicit',
        confidence: 'confirmed',
        text: `${nameOf(remedy)} was deployed as its remedy`,
        fact: { kind: 'deployment', source: remedy.source, id: remedy.id },
      },
    })
  }
  return found
}

/** Whether it went live or tried to: what a signal may blame. */
export function isAttempt(deployment: Deployment): boolean {
  return deployment.status === 'succeeded' || deployment.status === 'failed'
}

/** Rollbacks blame the first deployment after the one they went back to (definition `dora@1`, section 3, signal 2). */
export function rollbackSignals(chain: KindChain, definition: Definition, joined: Joined): FailureSignal[] {
  const { live, carry } = chain
  const { graph } = carry.changes
  const found: FailureSignal[] = []
  for (const [position, rollback] of live.entries()) {
    if (rollback.kind !== 'rollback') continue
    const reaches = (other: Live): boolean =>
      other.identity === rollback.identity || (other.node >= 0 && rollback.node >= 0 && graph.isAncestor(other.node, rollback.node))
    let target = position - 1
    while (target >= 0 && !reaches(live[target] as Live)) target--
    const undone = live.slice(target + 1, position).filter((deployment) => deployment.counted)
    let culprit = undone[0]
    if (culprit && rollback.finishedAt - culprit.finishedAt > definition.rollbackWindow * 1000) culprit = undone.at(-1)
    if (!culprit) continue
    for (const other of undone.slice(undone.indexOf(culprit) + 1)) joined.set(refKey(other.fact), culprit.fact)
    found.push({
      culprit: culprit.fact,
      remedy: rollback.fact,
      rework: 'rollback',
      incident: null,
      evidence: {
        signal: 'rollback',
        confidence: 'confirmed',
        text: `rolled back to ${nameOf(rollback.fact)}`,
        fact: { kind: 'deployment', source: rollback.fact.source, id: rollback.fact.id },
      },
    })
  }
  return found
}

/** A commit of a branch that was squashed: what says so was never deployed, only what the squash made of it. */
function isLeftBehind({ pulls }: CarryChain['changes'], unit: number, node: number, reachedBy: CarryChain['reachedBy']): boolean {
  const merge = pulls[unit]?.mergeNode ?? -1
  return node >= 0 && merge >= 0 && (reachedBy[node] ?? -1) < 0 && (reachedBy[merge] ?? -1) >= 0
}

/** Reverts blame the deployment that made the reverted commit live shortly before (signal 3). */
export function revertSignals(carry: CarryChain, reverts: Revert[], definition: Definition): FailureSignal[] {
  const { changes, carriers, carriedBy, reachedBy } = carry
  const found = new Map<string, FailureSignal & { units: Set<number>; position: number }>()
  const positionOf = (unit: number, node: number): number => carriedBy.get(unit) ?? (node >= 0 ? (reachedBy[node] ?? -1) : -1)
  for (const { by, node, target, targetNode } of reverts) {
    const position = positionOf(by, node)
    const culpritPosition = positionOf(target, targetNode)
    const remedy = carriers[position]
    const culprit = carriers[culpritPosition]
    if (!remedy || !culprit || remedy.baseline || culprit.baseline) continue
    if (isLeftBehind(changes, by, node, reachedBy)) continue
    if (culpritPosition >= position) continue
    if (remedy.finishedAt - culprit.finishedAt > definition.revertWindow * 1000) continue
    const key = `${refKey(remedy.fact)} ${refKey(culprit.fact)}`
    const known = found.get(key)
    if (known) {
      known.units.add(by)
      continue
    }
    const pull = changes.pulls[by]
    found.set(key, {
      culprit: culprit.fact,
      remedy: remedy.fact,
      rework: null,
      incident: null,
      units: new Set([by]),
      position,
      evidence: {
        signal: 'revert',
        confidence: 'likely',
        text: `${nameOf(remedy.fact)} carried “${titleOf(changes, by)}”, which reverts “${titleOf(changes, target)}”`,
        fact: pull
          ? { kind: 'change', source: pull.fact.source, id: pull.fact.id }
          : { kind: 'commit', source: carry.repository, id: keyOf(changes, by) },
      },
    })
  }
  // All reverts of one deployment together decide whether it was mostly a remedy.
  const reverting = new Map<number, Set<number>>()
  for (const { position, units } of found.values()) {
    const all = reverting.get(position) ?? new Set()
    for (const unit of units) all.add(unit)
    reverting.set(position, all)
  }
  return [...found.values()].map(({ units: _, position, ...signal }) => {
    const rework = isShare(carriers[position], reverting.get(position) ?? new Set(), definition) ? 'revert' : null
    return { ...signal, rework }
  })
}

function isShare(carrier: Carrier | undefined, units: Set<number>, definition: Definition): boolean {
  const own = carrier?.carried.filter(({ exclusion }) => exclusion === null) ?? []
  const matching = own.filter(({ unit }) => units.has(unit)).length
  return own.length > 0 && matching >= own.length * definition.remedyShare
}

/** Hotfixes blame the nearest earlier deployment that they build on (signal 4). */
export function hotfixSignals(chain: KindChain, definition: Definition): FailureSignal[] {
  if (definition.hotfix.length === 0) return []
  const words = definition.hotfix.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(`(?:^|[^\\p{L}\\p{N}])(?:${words.join('|')})(?:$|[^\\p{L}\\p{N}])`, 'iu')
  const { live, carry } = chain
  const { changes } = carry
  const matches = (unit: number): boolean => {
    const fact = changes.pulls[unit]?.fact
    const texts = fact ? [fact.title, fact.headBranch ?? '', ...(fact.labels ?? [])] : [titleOf(changes, unit)]
    return texts.some((text) => pattern.test(text))
  }
  const found: FailureSignal[] = []
  for (const [position, hotfix] of live.entries()) {
    if (hotfix.kind === 'baseline' || hotfix.kind === 'redeploy' || hotfix.kind === 'rollback') continue
    const marked = [hotfix.fact.version ?? '', ...(hotfix.fact.labels ?? [])].find((text) => pattern.test(text))
    const matching = new Set(hotfix.carried.filter(({ exclusion, unit }) => exclusion === null && matches(unit)).map(({ unit }) => unit))
    if (marked === undefined && !isShare(hotfix, matching, definition)) continue
    const culprit = builtOn(chain, position)
    if (!culprit) continue
    const [first] = matching
    found.push({
      culprit: culprit.fact,
      remedy: hotfix.fact,
      rework: 'hotfix',
      incident: null,
      evidence: {
        signal: 'hotfix',
        confidence: 'likely',
        text: `${nameOf(hotfix.fact)} followed as a hotfix (${marked ?? (first === undefined ? '' : titleOf(changes, first))})`,
        fact: { kind: 'deployment', source: hotfix.fact.source, id: hotfix.fact.id },
      },
    })
  }
  return found
}

/** The nearest earlier counted deployment whose commit the hotfix builds on, else the counted one live before it. */
function builtOn({ live, carry }: KindChain, position: number): Live | undefined {
  const hotfix = live[position]
  const earlier = live.slice(0, position).filter((deployment) => deployment.counted)
  if (hotfix && hotfix.node >= 0) {
    for (const deployment of earlier.toReversed()) {
      if (deployment.node < 0 || deployment.node === hotfix.node) continue
      if (carry.changes.graph.isAncestor(deployment.node, hotfix.node)) return deployment
    }
  }
  return earlier.at(-1)
}

/** What a person calls a deployment. */
export function nameOf(deployment: Deployment): string {
  return deployment.version ?? (deployment.commit !== undefined ? deployment.commit.slice(0, 10) : deployment.id)
}
