/** Links the facts of one service: what carried what, what kind it was, what failed, what recovered, what waits. */
import type { Definition } from '../definition.ts'
import type { Deployment, Instant, Ref, Tier, Verdict } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { LinkedDeployment, LinkedIncident, Signal } from '../linked.ts'
import { signals as strengths } from '../linked.ts'
import { tierOf } from '../tiers.ts'
import { type Awaited, awaitedNames } from './awaited.ts'
import type { CarryChain } from './carries.ts'
import { carryChain, compareDeployments, unitsOf } from './carries.ts'
import type { ChangeSet, RepositoryFacts } from './changes.ts'
import { changeSet, order } from './changes.ts'
import { chainKey, type Earlier, tierKey } from './earlier.ts'
import type { Failures, FiledIncident } from './episodes.ts'
import { findFailures } from './episodes.ts'
import { groupBy } from './group-by.ts'
import type { Live } from './kinds.ts'
import { tellKinds } from './kinds.ts'
import { findReverts, type Revert } from './reverts.ts'
import type { CarriedRows, TierChain } from './rows.ts'
import { carriedRows, firstInTier } from './rows.ts'
import type { FailureSignal, Joined, KindChain } from './signals.ts'
import { hotfixSignals, remedySignals, revertSignals, rollbackSignals } from './signals.ts'
import type { EarlierProduction, Waiting } from './waiting.ts'
import { waitingRows, waitingUnits } from './waiting.ts'
import { belongingIn, type Within } from './within.ts'
import { type Authority, incidentsOfTold, tellWitnesses, verdictsOfTold } from './witnesses.ts'

export interface ServiceInput {
  service: string
  /** Standing facts of the service, in any order. */
  deployments: Deployment[]
  /** By key: the service's repositories. */
  repositories: Map<string, RepositoryFacts>
  /** By the key of those that it shares with others by paths. */
  within?: Map<string, Within>
  /** Incidents that are filed under the service, or may name one of its deployments. */
  incidents: FiledIncident[]
  /** The standing word of people on its deployments. */
  verdicts: Verdict[]
  /** Whose word holds where several sources report its deployments. */
  authority?: Authority
  /** Where the facts are those from an instant on: what is given of the time before. */
  earlier?: Earlier
}

export interface Derived {
  deployments: LinkedDeployment[]
  carried: CarriedRows[]
  waiting: Waiting
  incidents: LinkedIncident[]
  /** Signals of failure that the service's data could show, strongest first. */
  signals: Signal[]
  /** By the culprit's reference: until when a fact may change its episode. */
  reach: Map<string, Instant>
  /** Names by which a fact still to come may change a deployment. */
  awaited(): Awaited[]
  /** References of earlier deployments that take part after all: the derivation must begin with them. */
  involved: Set<string>
}

/** The result depends on the facts alone, not on their order (definition `dora@1`, sections 1 to 3). */
export function derive(given: ServiceInput, definition: Definition): Derived {
  const tiered = given.deployments.map((fact) => ({ ...fact, tier: fact.tier === undefined ? tierOf(fact.environment) : fact.tier }))
  const witnessed = tellWitnesses(given.service, tiered, given.authority, definition)
  const deployments = witnessed.told
  const input = { ...given, incidents: incidentsOfTold(given.incidents, witnessed), verdicts: verdictsOfTold(given.verdicts, witnessed) }
  const sets = new Map<string, ChangeSet>()
  const setOf = (repository: string): ChangeSet => {
    const known = sets.get(repository)
    if (known) return known
    const facts = input.repositories.get(repository)
    if (!facts) throw new Error(`derive: the repository ${repository} of ${input.service} is missing`)
    const shared = sharedWork(facts)
    const within = input.within?.get(repository)
    const set = within ? { ...shared.set, belongs: belongingIn(shared.set, within) } : shared.set
    sets.set(repository, set)
    return set
  }
  for (const repository of input.repositories.keys()) setOf(repository)
  const { earlier } = input
  const isEarlier = (deployment: Ref): boolean => earlier?.kinds.has(refKey(deployment)) ?? false
  const chains = carryChains(input, deployments, setOf)
  const kindChains = chains.flatMap((chain) => byLine(chain, earlier))
  const joined: Joined = new Map()
  let found: FailureSignal[] = remedySignals(deployments)
  const reverts = new Map(
    [...sets].map(([repository, set]) => [repository, ownReverts(input.repositories.get(repository), set, definition)]),
  )
  for (const { carry } of chains) found.push(...revertSignals(carry, reverts.get(carry.repository) ?? [], definition))
  for (const chain of kindChains) found.push(...rollbackSignals(chain, definition, joined), ...hotfixSignals(chain, definition))
  // What went on among earlier deployments alone is known.
  if (earlier) found = found.filter(({ culprit, remedy }) => !isEarlier(culprit) || (remedy !== null && !isEarlier(remedy)))
  const failures = findFailures(input.service, kindChains, deployments, found, joined, input.incidents, input.verdicts, definition)
  const byTier = groupBy(chains, ({ tier, carry }) => tierKey(tier, carry.repository))
  const carried: CarriedRows[] = []
  for (const group of byTier.values()) {
    const first = group[0]
    if (!first) continue
    const { changes, repository } = first.carry
    const already = first.tier === null ? [] : (earlier?.inTier.get(tierKey(first.tier, repository)) ?? [])
    const isFirst = firstInTier(first.tier === null ? [] : group, changes, new Set(unitsOf(changes, already)))
    for (const chain of group) {
      for (const carrier of chain.carry.carriers) {
        if (!isEarlier(carrier.fact)) carried.push(carriedRows(input.service, chain, carrier, isFirst))
      }
    }
  }
  const waiting = [...sets].map(([repository, changes]) => {
    const production = chains.filter(({ tier, carry }) => tier === 'production' && carry.repository === repository)
    return { repository, changes, units: waitingUnits(changes, production, earlierProduction(earlier, repository, changes)) }
  })
  const own = deployments.filter((deployment) => !isEarlier(deployment))
  return {
    deployments: linkDeployments(input, [...own, ...witnessed.seen], kindChains, failures, witnessed.witnesses),
    carried,
    waiting: waitingRows(input.service, waiting),
    incidents: failures.incidents,
    signals: visibleSignals(input, deployments, sets, found),
    reach: new Map(failures.episodes.map(({ culprit, reach }) => [refKey(culprit), reach])),
    awaited: () => awaitedNames(own, chains, definition.reverts),
    involved: earlier ? earlierInvolved(earlier, kindChains, failures) : new Set(),
  }
}

interface SharedWork {
  set: ChangeSet
  /** What the definition's patterns find. */
  reverts: { patterns: Definition['reverts']; found: Revert[] } | null
}

/** What is the same for every service of a repository, kept as long as its facts are. */
const workOf = new WeakMap<RepositoryFacts, SharedWork>()

function sharedWork(facts: RepositoryFacts): SharedWork {
  const known = workOf.get(facts)
  if (known) return known
  const work = { set: changeSet(facts), reverts: null }
  workOf.set(facts, work)
  return work
}

/** Reverts of what is the service's own. */
function ownReverts(facts: RepositoryFacts | undefined, { belongs }: ChangeSet, { reverts: patterns }: Definition): Revert[] {
  if (!facts) return []
  const work = sharedWork(facts)
  if (work.reverts?.patterns !== patterns) work.reverts = { patterns, found: findReverts(work.set, patterns) }
  const { found } = work.reverts
  return belongs === null ? found : found.filter(({ by, target }) => belongs(by) !== 'outside' && belongs(target) !== 'outside')
}

function earlierProduction(earlier: Earlier | undefined, repository: string, changes: ChangeSet): EarlierProduction | null {
  if (!earlier) return null
  const keys = earlier.inTier.get(tierKey('production' satisfies Tier, repository)) ?? []
  return { since: earlier.since.get(repository) ?? Number.POSITIVE_INFINITY, delivered: new Set(unitsOf(changes, keys)) }
}

/** Earlier deployments that an episode holds, or that a rollback goes back to. */
function earlierInvolved({ kinds }: Earlier, chains: KindChain[], { episodes }: Failures): Set<string> {
  const found = new Set<string>()
  const note = (ref: Ref): void => {
    if (kinds.has(refKey(ref))) found.add(refKey(ref))
  }
  for (const { culprit, remedies } of episodes) for (const ref of [culprit, ...remedies]) note(ref)
  for (const { live } of chains) {
    for (const [position, { kind, identity, fact }] of live.entries()) {
      if (kind !== 'rollback' || kinds.has(refKey(fact))) continue
      const target = live.slice(0, position).findLast((other) => other.identity === identity)
      if (target) note(target.fact)
    }
  }
  return found
}

/** The repository a deployment is of: the one it names, else the service's own, which has the service's id. */
export function repositoryOf(service: string, deployment: Pick<Deployment, 'repository'>): string {
  return deployment.repository ?? service
}

function carryChains({ service, earlier }: ServiceInput, deployments: Deployment[], setOf: (repository: string) => ChangeSet): TierChain[] {
  const groups = groupBy(
    deployments.filter(({ status }) => status === 'succeeded'),
    (deployment) => chainKey(deployment.environment, repositoryOf(service, deployment)),
  )
  const sorted = [...groups].sort(([a], [b]) => order(a, b))
  return sorted.map(([key, group]) => {
    const chain = group.sort(compareDeployments)
    const { environment } = chain[0] as Deployment
    const repository = repositoryOf(service, chain[0] as Deployment)
    // Environments of one name may be told apart by an explicit tier on some of their deployments: the newest speaks for all.
    const tier: Tier | null = chain.at(-1)?.tier ?? null
    return { tier, carry: carryChain(environment, repository, setOf(repository), chain, earlier?.carried.get(key)) }
  })
}

function byLine({ tier, carry }: TierChain, earlier: Earlier | undefined): KindChain[] {
  const lines = groupBy(carry.carriers, ({ fact }) => fact.line ?? '')
  return [...lines.values()].map((carriers) => ({ tier, carry, live: tellKinds(carry.changes, carriers, earlier?.kinds) }))
}

function linkDeployments(
  input: ServiceInput,
  deployments: Deployment[],
  chains: KindChain[],
  failures: Failures,
  witnesses: Map<string, Ref | null>,
): LinkedDeployment[] {
  const live = new Map<string, { deployment: Live; carry: CarryChain; tier: Tier | null }>()
  for (const { live: chain, carry, tier } of chains) {
    for (const deployment of chain) live.set(refKey(deployment.fact), { deployment, carry, tier })
  }
  const verdicts = new Map(input.verdicts.map((verdict) => [refKey(verdict), verdict]))
  return deployments.map((fact): LinkedDeployment => {
    const key = refKey(fact)
    const went = live.get(key)
    const failure = failures.failures.get(key) ?? null
    const verdict = verdicts.get(key)
    const aborted = fact.status === 'failed' && failure !== null
    const previous = went?.deployment.previous?.fact
    const counted = went?.deployment.counted ?? false
    const remedy = failures.rework.get(key)
    return {
      source: fact.source,
      id: fact.id,
      service: input.service,
      url: fact.url ?? null,
      environment: fact.environment,
      tier: went ? went.tier : (fact.tier ?? null),
      repository: repositoryOf(input.service, fact),
      line: fact.line ?? null,
      commit: fact.commit ?? null,
      version: fact.version ?? null,
      status: fact.status,
      startedAt: fact.startedAt ?? null,
      finishedAt: fact.finishedAt ?? null,
      kind: went?.deployment.kind ?? (aborted ? 'aborted' : null),
      counted,
      commitUnknown: went?.deployment.commitUnknown ?? false,
      changes: went?.deployment.carried.filter(({ exclusion }) => exclusion === null).length ?? 0,
      previous: previous ? { source: previous.source, id: previous.id } : null,
      failure,
      verdict:
        verdict && verdict.verdict !== 'withdrawn'
          ? { verdict: verdict.verdict, by: verdict.by, at: verdict.at, note: verdict.note, recoveredAt: verdict.recoveredAt }
          : null,
      rework: counted ? (remedy ?? (fact.unplanned ? { rule: 'unplanned', culprit: null } : null)) : null,
      witness: witnesses.has(key) ? { of: witnesses.get(key) ?? null } : null,
    }
  })
}

/** What the data could show, whether it did or not; a signal that was found is always among them. */
function visibleSignals(input: ServiceInput, deployments: Deployment[], sets: Map<string, ChangeSet>, found: FailureSignal[]): Signal[] {
  const visible = new Set<Signal>(found.map(({ evidence }) => evidence.signal))
  if (input.incidents.length > 0) visible.add('explicit').add('incident')
  if (input.verdicts.length > 0) visible.add('explicit')
  for (const { reported, commit, version } of deployments) {
    if (reported === 'event' && (commit !== undefined || version !== undefined)) visible.add('rollback')
  }
  for (const { graph, pulls } of sets.values()) {
    if (graph.size > 0 || pulls.length > 0) visible.add('revert')
    if (pulls.length > 0) visible.add('hotfix')
  }
  return strengths.filter((signal) => visible.has(signal))
}
