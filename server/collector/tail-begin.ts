/** From when on a service is to be derived anew, for what is different in its facts. */
import type { Config } from '../config.ts'
import { changeNames } from '../delivery/awaited.ts'
import { namesCulprit } from '../delivery/episodes.ts'
import type { Change, Deployment, Incident, Instant, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import type { FactRow, StandingFact } from '../store/facts.ts'
import { type Repository, repositoriesKeyed } from '../store/repositories.ts'
import type { LockedService } from '../store/services.ts'
import { deploymentsReferred, liveAwaiting, liveWith } from '../store/tail.ts'
import { feedTime, mayBeFirst } from './feeds.ts'
import { deploymentNames, filedUnder, incidentNames, restore } from './names.ts'
import { serviceConfig } from './service-config.ts'
import type { Changed } from './touched.ts'

export interface TailContext {
  config: Config
  /** Sources whose facts come in by themselves. */
  pushed: Set<string>
  /** Whether there is any incident that names something, and any that names a deployment. */
  incidents: boolean
  culprits: boolean
  /** Whether people said anything of deployments. */
  judged: boolean
}

/** Why services are derived: what is different. */
export interface Cause {
  changed: Changed[]
  /** Repositories whose commits or head are different. */
  regraphed: Set<number>
  /** Deployments of which a person said something. */
  judged: Ref[]
}

/** Before and after, each where it stands. */
export interface Difference<T> {
  before: T | null
  after: T | null
}

/** A service whose deployments are derived from an instant on. */
export interface Tail {
  service: LockedService
  /** By number. */
  repositories: Map<number, Repository>
  deployments: Difference<Deployment>[]
  changes: Difference<Change>[]
  /** The same as they are stored, where they stand. */
  changeRows: StandingFact[]
  /** References of the changes that are the service's own, not only its repository's. */
  ownChanges: Set<string>
  incidents: Difference<Incident>[]
  /** Nothing before it differs; later than every time where no deployment does. */
  from: Instant
}

export const never: Instant = Number.MAX_SAFE_INTEGER

/** A tail of each service for which what differs says where it begins; the others are to be derived as a whole. */
export async function beginTails(tx: Db, services: LockedService[], cause: Cause, context: TailContext): Promise<Tail[]> {
  const keyed = await repositoriesKeyed(tx, [...new Set(services.flatMap(({ repositories }) => repositories))])
  const byKey = new Map(keyed.map((repository) => [repository.key, repository]))
  const found = differencesBy(cause.changed)
  const tails = services.flatMap((service) => beginTail(service, cause, found, byKey, context) ?? [])
  const lower = [
    ...(await liveWith(
      tx,
      asks(tails, ({ changes }) => both(changes).map((change) => ({ key: refKey(change) }))),
    )),
    ...(await liveAwaiting(tx, asks(tails, awaitable))),
    ...(await deploymentsReferred(
      tx,
      asks(tails, () => cause.judged),
    )),
  ]
  const byService = new Map(tails.map((tail) => [tail.service.id, tail]))
  for (const { serviceId, at } of lower) {
    const tail = byService.get(serviceId)
    if (tail && at !== null) tail.from = Math.min(tail.from, at)
  }
  return tails
}

/** The same question for each tail, with its service. */
export function asks<T extends { service: { id: number } }, Ask extends object>(
  tails: T[],
  of: (tail: T) => Ask[],
): (Ask & { serviceId: number })[] {
  return tails.flatMap((tail) => of(tail).map((ask) => ({ ...ask, serviceId: tail.service.id })))
}

export function both<T>(differences: Difference<T>[]): T[] {
  return differences.flatMap(({ before, after }) => [before, after].filter((fact) => fact !== null))
}

function awaitable({ changes, deployments }: Tail): { name: string }[] {
  const names = both(changes).flatMap(changeNames)
  const deployed = both(deployments).flatMap((deployment) => deploymentNames(deployment).filter((name) => name.startsWith('d:')))
  return [...new Set([...names, ...deployed])].map((name) => ({ name }))
}

/** What is different, so that a service finds what may concern it. */
interface Differences {
  byService: Map<number, Changed[]>
  /** Changes alone: those of a repository concern each service that delivers from it. */
  byRepository: Map<number, Changed[]>
  incidents: Changed[]
  /** Where each stands among all. */
  order: Map<Changed, number>
}

function differencesBy(changed: Changed[]): Differences {
  const found: Differences = { byService: new Map(), byRepository: new Map(), incidents: [], order: new Map() }
  const note = (groups: Map<number, Changed[]>, ids: (number | null | undefined)[], each: Changed): void => {
    for (const id of new Set(ids)) {
      if (id === null || id === undefined) continue
      const group = groups.get(id)
      if (group) group.push(each)
      else groups.set(id, [each])
    }
  }
  for (const [index, each] of changed.entries()) {
    const { before, after } = each
    found.order.set(each, index)
    if (after.kind === 'incident') found.incidents.push(each)
    else note(found.byService, [before?.serviceId, after.serviceId], each)
    if (after.kind === 'change') note(found.byRepository, [before?.repositoryId, after.repositoryId], each)
  }
  return found
}

/** In the order in which they came. */
function mayConcern(service: LockedService, repositories: Iterable<number>, found: Differences): Changed[] {
  const all = new Set([...(found.byService.get(service.id) ?? []), ...found.incidents])
  for (const id of repositories) for (const each of found.byRepository.get(id) ?? []) all.add(each)
  return [...all].sort((a, b) => (found.order.get(a) as number) - (found.order.get(b) as number))
}

/** Null where only all of the service's facts tell what follows. */
function beginTail(
  service: LockedService,
  { regraphed }: Cause,
  differences: Differences,
  byKey: Map<string, Repository>,
  { config, pushed, culprits }: TailContext,
): Tail | null {
  const { key, feeds } = service
  // What belongs to a service by paths is told by commits, and by facts that others share.
  const { paths, authority } = serviceConfig(config, key) ?? {}
  if (paths !== undefined) return null
  // What one source says may complete any deployment of another.
  if (authority !== undefined) return null
  const known = service.repositories.flatMap((name) => byKey.get(name) ?? [])
  if (known.length === 0 || known.length < service.repositories.length) return null
  if (known.some((repository) => repository.size > 0 || repository.commitsListed || regraphed.has(repository.id))) return null
  const tail: Tail = {
    service,
    repositories: new Map(known.map((repository) => [repository.id, repository])),
    deployments: [],
    changes: [],
    changeRows: [],
    ownChanges: new Set(),
    incidents: [],
    from: never,
  }
  const repositoryKey = (row: FactRow) => tail.repositories.get(row.repositoryId ?? 0)?.key
  for (const { before, after } of mayConcern(service, tail.repositories.keys(), differences)) {
    const of = (row: FactRow | null): StandingRow | null => (isStanding(row) && concerns(row, tail, config) ? row : null)
    const [was, is] = [of(before), of(after)]
    if (!was && !is) continue
    if (was && is && (was.repositoryId !== is.repositoryId || was.serviceId !== is.serviceId)) return null
    if (after.kind === 'deployment') {
      if (is && repositoryKey(is) === undefined) return null
      const named = (row: StandingRow | null) => row && restore<Deployment>(row, { service: key, repository: repositoryKey(row) ?? key })
      const difference = { before: named(was), after: named(is) }
      const old = difference.before
      if (old && (old.remedies !== undefined || (!is && known.length > 1))) return null
      if (old && culprits && losesName(old, difference.after)) return null
      const first = old ? feedTime(old, pushed) : undefined
      if (old && mayBeFirst(feeds, old.source, first) && first !== (difference.after ? feedTime(difference.after, pushed) : null))
        return null
      tail.deployments.push(difference)
      for (const fact of both([difference])) tail.from = Math.min(tail.from, fact.finishedAt ?? fact.startedAt ?? never)
    } else if (after.kind === 'change') {
      if (!is || repositoryKey(is) === undefined) return null
      const named = (row: StandingRow | null) => row && restore<Change>(row, { repository: repositoryKey(row) ?? key })
      const difference = { before: named(was), after: named(is) }
      const old = difference.before
      if (old && old.mergedAt !== difference.after?.mergedAt && mayBeFirst(feeds, old.source, old.mergedAt)) return null
      tail.changes.push(difference)
      tail.changeRows.push(is)
      if (is.serviceId === service.id) tail.ownChanges.add(refKey(is))
    } else if (after.kind === 'incident') {
      if (!is) return null
      const difference = { before: was && restore<Incident>(was), after: restore<Incident>(is) }
      const old = difference.before
      if (old && incidentNames(old, config).join('\n') !== incidentNames(difference.after, config).join('\n')) return null
      if (old && old.openedAt !== difference.after.openedAt && mayBeFirst(feeds, old.source, old.openedAt)) return null
      tail.incidents.push(difference)
      for (const { openedAt } of both([difference])) tail.from = Math.min(tail.from, openedAt)
    }
  }
  return tail
}

/** Whether an incident that meant it by a name may mean it no more. */
function losesName(before: Deployment, after: Deployment | null): boolean {
  const kept = new Set(after ? deploymentNames(after) : [])
  return deploymentNames(before).some((name) => !kept.has(name))
}

type StandingRow = FactRow & { body: string }

function isStanding(row: FactRow | null): row is StandingRow {
  return row !== null && row.body !== null && !row.withdrawn
}

function concerns(row: StandingRow, { service, repositories }: Tail, config: Config): boolean {
  if (row.kind === 'incident') {
    const incident = restore<Incident>(row)
    return namesCulprit(incident) || filedUnder(incident, config).includes(service.key)
  }
  return row.serviceId === service.id || (row.kind === 'change' && repositories.has(row.repositoryId ?? 0))
}
