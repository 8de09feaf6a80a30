/** Changes that are merged and that no production deployment carries yet. */
import type { Instant } from '../facts.ts'
import type { LinkedChange } from '../linked.ts'
import type { ChangeSet } from './changes.ts'
import { addUnit, changeRow, Digest, type TierChain } from './rows.ts'

/** What happened in production before the chains begin. */
export interface EarlierProduction {
  /** When the first deployment of the repository was live. */
  since: Instant
  /** Units that are carried already. */
  delivered: Set<number>
}

/** The waiting changes of one repository as units: reachable from the default branch, carried by no chain given and not before. */
export function waitingUnits(changes: ChangeSet, chains: TierChain[], before: EarlierProduction | null): number[] {
  const { graph, pulls, holder, head } = changes
  const since = before?.since ?? Math.min(...chains.map(({ carry }) => carry.carriers[0]?.finishedAt ?? Number.POSITIVE_INFINITY))
  if (!Number.isFinite(since)) return []
  const units = new Set<number>()
  const tip = head ? graph.indexOf(head.sha) : -1
  const hasBaseline = chains.some(({ carry }) => carry.carriers.some(({ baseline }) => baseline))
  if (tip >= 0 && hasBaseline) {
    const labels = new Int32Array(graph.nodes).fill(-1)
    for (const { carry } of chains) {
      for (const [node, position] of carry.reachedBy.entries()) if (position >= 0) labels[node] = 0
    }
    graph.label(labels, tip, 1, (node) => {
      const pull = holder[node] ?? -1
      if (pull === -1) {
        if (!graph.isMerge(node)) units.add(pulls.length + node)
      } else if (pulls[pull]?.mergeNode === node) units.add(pull)
    })
  }
  for (const [unit, pull] of pulls.entries()) {
    // Where the graph cannot tell, a pull request into the default branch waits from its merge on.
    const { baseBranch } = pull.fact
    const intoDefault = baseBranch === undefined || (head ? baseBranch === head.branch : baseBranch === 'main' || baseBranch === 'master')
    const unseen = pull.mergeNode < 0 || (tip < 0 && chains.every(({ carry }) => carry.reachedBy[pull.mergeNode] === -1))
    if (intoDefault && unseen && pull.fact.mergedAt > since) units.add(unit)
  }
  const waiting = new Map<number, number>()
  for (const unit of units) {
    const change = changes.canonical(unit)
    const isDelivered = chains.some(({ carry }) => carry.carriedBy.has(unit) || carry.delivered.has(change))
    const isOutside = changes.belongs?.(unit) === 'outside'
    if (isDelivered || before?.delivered.has(unit) || pulls[unit]?.promotion || isOutside) continue
    const known = waiting.get(change)
    if (known === undefined || unit === change) waiting.set(change, unit)
  }
  return [...waiting.values()]
}

export interface Waiting {
  digest(): string
  rows(): Iterable<LinkedChange>
}

const waitingPlace = {
  environment: 'production',
  tier: 'production',
  deployment: null,
  deployedAt: null,
  exclusion: null,
  firstInTier: true,
} as const

export function waitingRows(service: string, byRepository: { repository: string; changes: ChangeSet; units: number[] }[]): Waiting {
  return {
    digest() {
      const digest = new Digest()
      for (const { repository, changes, units } of byRepository) {
        digest.addText(repository)
        for (const unit of units) addUnit(digest, changes, unit, '')
      }
      return digest.text()
    },
    *rows() {
      for (const { repository, changes, units } of byRepository) {
        for (const unit of units) {
          yield changeRow(service, repository, changes, unit, waitingPlace)
        }
      }
    },
  }
}
