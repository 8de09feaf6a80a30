/** Derives services from an instant on, where that ends in the same rows as deriving all of them. */
import { compareDeployments } from '../delivery/carries.ts'
import type { RepositoryFacts } from '../delivery/changes.ts'
import { type Derived, derive, repositoryOf, type ServiceInput } from '../delivery/derive.ts'
import { chainKey, type Earlier, tierKey } from '../delivery/earlier.ts'
import { namesCulprit } from '../delivery/episodes.ts'
import { CommitGraph } from '../delivery/graph.ts'
import { groupBy } from '../delivery/group-by.ts'
import type { Deployment, Instant, Ref, Verdict } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { LinkedChange } from '../linked.ts'
import { signals as strengths } from '../linked.ts'
import type { Db } from '../store/database.ts'
import { type Carriage, namesAwaited, productionSince } from '../store/tail.ts'
import { standingVerdicts } from '../store/verdicts.ts'
import { type DerivedWith, sharedAmong } from './derive-whole.ts'
import { fedIncident, feedsWith } from './feeds.ts'
import { asks, both, never, type Tail, type TailContext } from './tail-begin.ts'
import { readChanges, storedNumbers, type TailChanges } from './tail-changes.ts'
import { readTailIncidents, type TailIncidents } from './tail-incidents.ts'
import {
  anchorRanges,
  earlierMembers,
  goneOf,
  kindsOf,
  lowerTails,
  ownMembers,
  type Range,
  readRanges,
  type TailLimits,
} from './tail-range.ts'

const defaultLimits: TailLimits = { most: 2000, earlier: 10, alike: 100 }
/** Times that a tail may begin earlier than it seemed before all is derived. */
const rounds = 8
/** First deployments of a service among which the first in production is looked for. */
const firstOnes = 200

/** By the service's number; those that are missing are to be derived as a whole. */
export async function deriveTails(tx: Db, begun: Tail[], context: TailContext, limits = defaultLimits): Promise<Map<number, DerivedWith>> {
  const done = new Map<number, DerivedWith>()
  const margins = new Map<Tail, Instant>()
  let tails = begun
  for (let round = 0; round < rounds && tails.length > 0; round++) {
    await lowerTails(tx, tails)
    const read = await readRanges(tx, tails, margins, limits)
    let ranges = [...read.values()].filter((range) => range !== null)
    const again = new Set<Range>()
    const incidents = await readTailIncidents(tx, ranges, context)
    for (const range of ranges) if (extend(range, incidents.get(range), margins, context)) again.add(range)
    ranges = ranges.filter((range) => !again.has(range))
    for (const [range, result] of await deriveRanges(tx, ranges, incidents, context, limits)) {
      if (result === 'again') again.add(range)
      else if (result !== 'whole') done.set(range.tail.service.id, result)
    }
    tails = [...again].map(({ tail }) => tail)
  }
  return done
}

/** Incidents look back: to when they opened, and from there over a failure window. */
function extend(range: Range, incidents: TailIncidents | undefined, margins: Map<Tail, Instant>, { config }: TailContext): boolean {
  const { tail } = range
  const { failureWindow, abortedGrace } = config.definition
  if (!incidents || incidents.filed.length === 0) return false
  const opened = Math.min(
    ...incidents.filed
      .filter(({ services, incident }) => services.includes(tail.service.key) || namesCulprit(incident))
      .map(({ incident }) => incident.openedAt),
  )
  const margin = Math.max(failureWindow, abortedGrace) * 1000
  margins.set(tail, margin)
  if (opened < tail.from) {
    tail.from = opened
    return true
  }
  return range.complete > tail.from - margin && !range.exhausted
}

type Outcome = DerivedWith | 'again' | 'whole'

async function deriveRanges(
  tx: Db,
  ranges: Range[],
  incidents: Map<Range, TailIncidents>,
  context: TailContext,
  limits: TailLimits,
): Promise<Map<Range, Outcome>> {
  const outcomes = new Map<Range, Outcome>()
  if (ranges.length === 0) return outcomes
  const { definition } = context.config
  const tooMuch = await anchorRanges(
    tx,
    ranges,
    ranges.flatMap((range) => incidents.get(range)?.culprits ?? []),
    limits,
  )
  const byService = ranges.map((range) => ({ service: range.tail.service, range }))
  const changes = await readChanges(tx, ranges, definition)
  const judged = context.judged ? ranges.map(({ tail }) => tail.service.id) : []
  const verdicts = await standingVerdicts(tx, judged)
  const awaited = await namesAwaited(
    tx,
    asks(byService, ({ range }) =>
      [...ownMembers(range).map(({ row }) => row), ...goneOf(range)].map(({ source, id }) => ({ source, id })),
    ),
  )
  const since = await productionSince(
    tx,
    asks(byService, ({ service }) => service.repositories.map((repository) => ({ repository }))),
    firstOnes,
  )
  const verdictsOf = groupBy(verdicts, ({ serviceId }) => serviceId)
  const awaitedOf = groupBy(awaited, ({ serviceId }) => serviceId)
  const sinceOf = groupBy(since, ({ serviceId }) => serviceId)
  for (const range of ranges) {
    const { id } = range.tail.service
    const own = changes.get(range)
    const reported = incidents.get(range)
    if (tooMuch.has(range) || !own || !reported || own.unclear) outcomes.set(range, 'whole')
    else if (own.reverted !== null) {
      range.tail.from = own.reverted
      outcomes.set(range, 'again')
    } else {
      const first = new Map((sinceOf.get(id) ?? []).map(({ repository, at }) => [repository, at]))
      outcomes.set(range, deriveRange(range, own, reported, verdictsOf.get(id) ?? [], awaitedOf.get(id) ?? [], first, context))
    }
  }
  return outcomes
}

function deriveRange(
  range: Range,
  changes: TailChanges,
  incidents: TailIncidents,
  verdicts: Verdict[],
  awaited: (Ref & { name: string })[],
  since: Map<string, Instant>,
  context: TailContext,
): Outcome {
  const { tail } = range
  const { service } = tail
  // What waits began to with the first production deployment, which must lie before.
  if (service.repositories.some((repository) => (since.get(repository) ?? never) >= tail.from)) return 'whole'
  const own = ownMembers(range)
  const input = inputOf(range, changes, incidents, verdicts, since)
  const derived = derive(input, context.config.definition)
  if (derived.involved.size > 0) {
    const earlier = earlierMembers(range).filter(({ fact }) => derived.involved.has(refKey(fact)))
    tail.from = Math.min(...earlier.map(({ row }) => row.at ?? never))
    return 'again'
  }
  if (!isSettled(range, derived, verdicts.length > 0)) return 'whole'
  const replaced = [...own.filter(({ row }) => row.n > 0).map(({ row }) => row), ...goneOf(range)]
  return {
    incidents: incidents.filed,
    derived: {
      serviceId: service.id,
      ...derived,
      sharedIncidents: sharedAmong(service.key, incidents.filed, derived.incidents),
      awaited: derived.awaited(),
      waiting: waitingPart(changes.carriages, derived, tail),
      repositories: service.repositories,
      signals: strengths.filter((signal) => service.signals.includes(signal) || derived.signals.includes(signal)),
      feeds: feedsWith(service.feeds, fedBy(tail), context.pushed),
      stored: {
        deployments: replaced,
        incidents: incidents.stored,
        awaited,
        waitingDigest: service.waitingDigest,
        repositories: service.repositories,
      },
    },
  }
  function fedBy({ deployments, changes: changed, incidents: reported }: Tail) {
    return {
      deployments: deployments.flatMap(({ after }) => after ?? []),
      others: [
        ...changed.flatMap(({ after }) => (after && isOf(after) ? { source: after.source, at: after.mergedAt } : [])),
        ...reported.flatMap(({ after }) => (after && filedHere(after) ? fedIncident(after) : [])),
      ],
    }
  }
  function isOf(change: Ref): boolean {
    return tail.ownChanges.has(refKey(change))
  }
  function filedHere(incident: Ref): boolean {
    return incidents.filed.some(({ incident: other, services }) => refKey(other) === refKey(incident) && services.includes(service.key))
  }
}

function inputOf(
  range: Range,
  { facts, carriages }: TailChanges,
  { filed }: TailIncidents,
  verdicts: Verdict[],
  since: Map<string, Instant>,
): ServiceInput {
  const { service, repositories } = range.tail
  const replaced = new Set(storedNumbers(range))
  const earlier: Earlier = { kinds: kindsOf(range), carried: new Map(), inTier: new Map(), since }
  for (const { n, repository, key, environment, tier } of carriages) {
    if (n === 0 || replaced.has(n)) continue
    note(earlier.carried, chainKey(environment, repository), key)
    note(earlier.inTier, tierKey(tier, repository), key)
  }
  const own = ownMembers(range).map(({ fact }) => fact)
  const before = earlierMembers(range).map(({ fact }): Deployment => ({ ...fact, changes: [] }))
  const repositoryFacts = [...repositories.values()].map(({ key, headBranch, headSha }): [string, RepositoryFacts] => [
    key,
    {
      graph: new CommitGraph(),
      changes: facts.get(key) ?? [],
      head: headBranch === null || headSha === null ? null : { branch: headBranch, sha: headSha },
    },
  ])
  return {
    service: service.key,
    deployments: [...own, ...before],
    repositories: new Map(repositoryFacts),
    incidents: filed,
    verdicts: verdicts.filter((verdict) => !earlier.kinds.has(refKey(verdict))),
    earlier,
  }
}

function note(sets: Map<string, Set<string>>, name: string, key: string): void {
  const known = sets.get(name)
  if (known) known.add(key)
  else sets.set(name, new Set([key]))
}

/** Whether what stays as it is agrees with what is derived: the tier of each chain, the signals, the feeds. */
function isSettled(range: Range, derived: Derived, judged: boolean): boolean {
  const { tail } = range
  const tiers = new Map<string, { newest: Deployment; stored: Set<string | null> }>()
  const place = (fact: Deployment): string => chainKey(fact.environment, repositoryOf(tail.service.key, fact))
  for (const { fact } of range.members.values()) {
    if (fact.status !== 'succeeded') continue
    const known = tiers.get(place(fact))
    if (!known) tiers.set(place(fact), { newest: fact, stored: new Set() })
    else if (compareDeployments(known.newest, fact) < 0) known.newest = fact
  }
  for (const { row, fact } of earlierMembers(range)) if (fact.status === 'succeeded') tiers.get(place(fact))?.stored.add(row.tier)
  for (const { newest, stored } of tiers.values()) for (const tier of stored) if (tier !== (newest.tier ?? null)) return false
  const altered = tail.deployments.filter(({ before }) => before !== null)
  // Incidents and words of people stay; a remedy that names its culprit is a signal only while that was an attempt. Where several sources
  // deploy, a new deployment may take the name.
  const lasting = judged || tail.service.signals.includes('incident') ? ['explicit', 'incident'] : ['incident']
  const mayBeRenamed = tail.deployments.length > 0 && tail.service.feeds.filter(({ deploys }) => deploys).length > 1
  if (mayBeRenamed && !lasting.includes('explicit') && tail.service.signals.includes('explicit') && !derived.signals.includes('explicit'))
    return false
  if (altered.length === 0) return true
  if (tail.service.signals.some((signal) => !lasting.includes(signal) && !derived.signals.includes(signal))) return false
  const members = [...range.members.values()]
  return altered.every(({ before, after }) => after !== null || members.some(({ fact }) => fact.source === before?.source))
}

/** Of what is at hand: what no longer waits as it did, and what waits now. */
function waitingPart(carriages: Carriage[], derived: Derived, tail: Tail): { gone: string[]; rows(): Iterable<LinkedChange> } {
  const before = new Map(carriages.filter(({ n }) => n === 0).map(({ key, repository }) => [`${repository} ${key}`, key]))
  const differing = new Set(both(tail.changes).map(refKey))
  const added: LinkedChange[] = []
  for (const change of derived.waiting.rows()) {
    const name = `${change.repository} ${change.key}`
    if (before.has(name) && !differing.has(change.key)) before.delete(name)
    else added.push(change)
  }
  return { gone: [...before.values()], rows: () => added }
}
