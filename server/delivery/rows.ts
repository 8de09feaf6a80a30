/** Rows for the store: the changes that a deployment carries, each set with a digest that tells whether it differs. */
import type { Ref, Tier } from '../facts.ts'
import type { ChangeExclusion, LinkedChange } from '../linked.ts'
import type { Carried, Carrier, CarryChain } from './carries.ts'
import { compareDeployments } from './carries.ts'
import type { ChangeSet } from './changes.ts'
import { commitOf, keyOf, mergedAt, stagesOf, startOf, titleOf } from './units.ts'

/** The changes of one deployment; `rows` makes them one at a time. */
export interface CarriedRows {
  deployment: Ref
  environment: string
  digest: string
  rows(): Iterable<LinkedChange>
}

export interface TierChain {
  tier: Tier | null
  carry: CarryChain
}

/** Which carried changes are the first of their tier, for services with several environments of one tier. */
export type FirstInTier = (carrier: Carrier, carried: Carried) => boolean

/** Of the chains of one tier and repository, the earliest deployment that carries a change holds it; unless one before holds it `already`. */
export function firstInTier(chains: TierChain[], changes: ChangeSet, already: Set<number>): FirstInTier {
  if (chains.length < 2) return (_carrier, { unit }) => !already.has(unit)
  const first = new Map<string, Carrier>()
  const keyFor = ({ unit, exclusion }: Carried): string =>
    exclusion === null || exclusion === 'baseline' ? `${changes.canonical(unit)}` : `${unit} ${exclusion}`
  for (const { carry } of chains) {
    for (const carrier of carry.carriers) {
      for (const carried of carrier.carried) {
        const key = keyFor(carried)
        const best = first.get(key)
        if (!best || compareDeployments(carrier.fact, best.fact) < 0) first.set(key, carrier)
      }
    }
  }
  return (carrier, carried) => first.get(keyFor(carried)) === carrier && !already.has(carried.unit)
}

export function carriedRows(service: string, { tier, carry }: TierChain, carrier: Carrier, isFirst: FirstInTier): CarriedRows {
  const { changes, environment, repository } = carry
  const deployment = { source: carrier.fact.source, id: carrier.fact.id }
  let made: LinkedChange[] | null = null
  const digest = new Digest()
  digest.addText(`${environment} ${tier} ${repository} ${carrier.finishedAt}`)
  for (const carried of carrier.carried) addUnit(digest, changes, carried.unit, `${carried.exclusion}${isFirst(carrier, carried)}`)
  return {
    deployment,
    environment,
    digest: digest.text(),
    rows() {
      made ??= carrier.carried.map((carried) => {
        const place = { environment, tier, deployment, deployedAt: carrier.finishedAt, firstInTier: isFirst(carrier, carried) }
        return changeRow(service, repository, changes, carried.unit, { ...place, exclusion: carried.exclusion })
      })
      return made
    },
  }
}

/** Where and whether a change counts; one that waits has no deployment. */
type Place = Pick<LinkedChange, 'environment' | 'tier' | 'deployment' | 'deployedAt' | 'exclusion' | 'firstInTier'>

/** One that begins after it went live is skewed. */
export function changeRow(service: string, repository: string, changes: ChangeSet, unit: number, place: Place): LinkedChange {
  const pull = changes.pulls[unit]
  const { startedAt, basis } = startOf(changes, unit)
  const { deployedAt, exclusion } = place
  const skewed = exclusion === null && deployedAt !== null && startedAt > deployedAt
  // Written out: there are millions of them.
  return {
    service,
    repository,
    key: keyOf(changes, unit),
    title: titleOf(changes, unit),
    url: pull?.fact.url ?? null,
    commit: commitOf(changes, unit),
    environment: place.environment,
    tier: place.tier,
    deployment: place.deployment,
    deployedAt,
    startedAt,
    mergedAt: mergedAt(changes, unit),
    basis,
    exclusion: skewed ? ('clock_skew' satisfies ChangeExclusion) : exclusion,
    firstInTier: place.firstInTier,
    commits: pull ? Math.max(1, pull.nodes.filter((node) => !changes.graph.isMerge(node)).length) : 1,
    stages: pull ? stagesOf(pull, startedAt, deployedAt) : {},
    filesUnknown: changes.belongs?.(unit) === 'unknown',
  }
}

export function addUnit(digest: Digest, changes: ChangeSet, unit: number, state: string): void {
  const { graph, pulls } = changes
  digest.addText(state)
  if (changes.belongs?.(unit) === 'unknown') digest.addText('files unknown')
  const pull = pulls[unit]
  if (!pull) {
    const node = unit - pulls.length
    digest.addNumber(graph.shaWord(node))
    digest.addNumber(graph.authoredAt(node))
    digest.addNumber(graph.committedAt(node))
    // A commit may be known without its message at first.
    digest.addText(graph.subject(node))
    return
  }
  digest.addText(JSON.stringify(pull.fact))
  for (const node of pull.nodes) {
    digest.addNumber(graph.shaWord(node))
    digest.addNumber(graph.authoredAt(node))
  }
}

/** A 64-bit running digest of numbers and text; it finds differences, it does not withstand forgery. */
export class Digest {
  #low = 0x811c9dc5
  #high = 0x01000193

  addNumber(value: number): void {
    this.#mix(value | 0)
    this.#mix(Math.floor(value / 2 ** 32))
  }

  addText(text: string): void {
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at))
    this.#mix(text.length)
  }

  text(): string {
    return (this.#low >>> 0).toString(16).padStart(8, '0') + (this.#high >>> 0).toString(16).padStart(8, '0')
  }

  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193)
    this.#high = Math.imul(this.#high ^ (word + (this.#low >>> 15)), 0x85ebca6b)
    this.#high ^= this.#high >>> 13
  }
}
