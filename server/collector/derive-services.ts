/** Derives services from their standing facts and writes what differs. */
import type { Config } from '../config.ts'
import type { RepositoryFacts } from '../delivery/changes.ts'
import { derive, type ServiceInput } from '../delivery/derive.ts'
import type { FiledIncident } from '../delivery/episodes.ts'
import type { Change, Deployment, Instant, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { type DerivedService, type Differing, readStored, writeDerived } from '../store/derived.ts'
import { commitsNamed, hasCulprits, incidentsNaming } from '../store/fact-names.ts'
import { readFactsByKey, readRepositoryFacts, readServiceFacts, type StandingFact } from '../store/facts.ts'
import { readRepositories } from '../store/repositories.ts'
import { lockServices, type ServiceKey } from '../store/services.ts'
import { pushedSources } from '../store/sources.ts'
import { standingVerdicts } from '../store/verdicts.ts'
import { deriveTails, type TailResult } from './derive-tail.ts'
import { fedIncident, feedsWith } from './feeds.ts'
import type { Graphs } from './graphs.ts'
import { deploymentNames, filed, restore } from './names.ts'
import { beginTails, type Cause } from './tail-begin.ts'

export interface DeriveContext {
  config: Config
  now: Instant
  graphs: Graphs
}

interface Known {
  /** Repository keys by number. */
  repositories: Map<number, { key: string; facts: RepositoryFacts }>
  pushed: Set<string>
  culprits: boolean
  /** Commits that incidents name, with these incidents. */
  namedCommits: (Ref & { sha: string })[]
}

export interface DerivedServices {
  /**
   * Incidents that are filed under no service and may be one of these services' by the deployment they name: `fileUnassigned` is to look
   * at them next.
   */
  unfiled: Ref[]
  /** Where rows are different now. */
  differing: Differing
}

/**
 * Locks the services in order, so that two writers cannot derive from stale facts. Without a cause everything of them is derived; with
 * one only what may follow from it, where that can be told.
 */
export async function deriveServices(
  tx: Db,
  serviceIds: Iterable<number>,
  context: DeriveContext,
  cause: Cause | null = null,
): Promise<DerivedServices> {
  const services = await lockServices(tx, serviceIds)
  const result: DerivedServices = { unfiled: [], differing: { deployments: [], incidents: [] } }
  if (services.length === 0) return result
  const culprits = await hasCulprits(tx)
  const known: Known = {
    repositories: new Map(),
    pushed: await pushedSources(tx),
    culprits,
    namedCommits: culprits ? await commitsNamed(tx) : [],
  }
  const unfiled = new Map<string, Ref>()
  const keep = async (derived: DerivedService[], incidents: FiledIncident[]): Promise<void> => {
    for (const { incident, services: named } of incidents) {
      if (named.length === 0) unfiled.set(refKey(incident), { source: incident.source, id: incident.id })
    }
    const { deployments, incidents: reported } = await writeDerived(tx, derived, context.now)
    for (const place of deployments) result.differing.deployments.push(place)
    for (const place of reported) result.differing.incidents.push(place)
  }
  const tailContext = { config: context.config, pushed: known.pushed, culprits }
  const tails = cause ? await beginTails(tx, services, cause, tailContext) : []
  const partly = await deriveTails(tx, tails, tailContext)
  const parts = [...partly.values()]
  if (parts.length > 0)
    await keep(
      parts.map(({ derived }) => derived),
      parts.flatMap(({ incidents }) => incidents),
    )
  for (const service of services) {
    if (partly.has(service.id)) continue
    const { derived, incidents } = await deriveService(tx, service, known, context)
    await keep([derived], incidents)
  }
  result.unfiled = [...unfiled.values()]
  return result
}

async function deriveService(tx: Db, { id, key }: ServiceKey, known: Known, context: DeriveContext): Promise<TailResult> {
  const deploymentFacts = await readServiceFacts(tx, id, 'deployment')
  const changeFacts = await readServiceFacts(tx, id, 'change')
  const ids = new Set([...deploymentFacts, ...changeFacts].flatMap(({ repositoryId }) => repositoryId ?? []))
  await loadRepositories(tx, ids, known, context)
  const repositories = new Map<string, RepositoryFacts>()
  for (const repository of [...ids].flatMap((number) => known.repositories.get(number) ?? [])) {
    repositories.set(repository.key, repository.facts)
  }
  const keyOf = (fact: StandingFact) => known.repositories.get(fact.repositoryId ?? 0)?.key ?? key
  const deployments = deploymentFacts.map((fact) => restore<Deployment>(fact, { service: key, repository: keyOf(fact) }))
  const input: ServiceInput = {
    service: key,
    deployments,
    repositories,
    incidents: await readIncidents(tx, key, deployments, repositories, known, context.config),
    verdicts: await standingVerdicts(tx, [id]),
  }
  const derived = derive(input, context.config.definition)
  const others = changeFacts.map((fact) => ({ source: fact.source, at: restore<Change>(fact).mergedAt }))
  for (const { incident, services } of input.incidents) if (services.includes(key)) others.push(fedIncident(incident))
  const feeds = feedsWith([], { deployments, others }, known.pushed)
  // Where commits tell what is carried, names do not decide alone, and the whole is derived each time.
  const isLinked = [...repositories.values()].some(({ graph }) => graph.size > 0)
  return {
    incidents: input.incidents,
    derived: {
      serviceId: id,
      ...derived,
      awaited: isLinked ? [] : derived.awaited(),
      repositories: [...repositories.keys()].sort(),
      feeds,
      stored: await readStored(tx, id),
    },
  }
}

async function loadRepositories(tx: Db, ids: Iterable<number>, known: Known, { graphs }: DeriveContext): Promise<void> {
  const missing = [...ids].filter((id) => !known.repositories.has(id))
  for (const repository of await readRepositories(tx, missing)) {
    const { id, key, headBranch, headSha } = repository
    const changes = await readRepositoryFacts(tx, id, 'change')
    known.repositories.set(id, {
      key,
      facts: {
        graph: await graphs.load(tx, repository),
        changes: changes.map((fact) => restore<Change>(fact, { repository: key })),
        head: headBranch === null || headSha === null ? null : { branch: headBranch, sha: headSha },
      },
    })
  }
}

/** Incidents that are filed under the service, or may name one of its deployments. */
async function readIncidents(
  tx: Db,
  service: string,
  deployments: Deployment[],
  repositories: Map<string, RepositoryFacts>,
  known: Known,
  config: Config,
): Promise<FiledIncident[]> {
  const names = new Set([`s:${service}`])
  if (known.culprits) for (const deployment of deployments) for (const name of deploymentNames(deployment)) names.add(name)
  const refs = await incidentsNaming(tx, [...names])
  const graphs = [...repositories.values()].map(({ graph }) => graph)
  for (const { sha, source, id } of known.namedCommits) {
    if (graphs.some((graph) => graph.indexOf(sha) >= 0)) refs.push({ source, id })
  }
  const unique = new Map(refs.map((ref) => [`${ref.source}/${ref.id}`, { kind: 'incident' as const, source: ref.source, id: ref.id }]))
  const facts = await readFactsByKey(tx, [...unique.values()])
  return facts.map((fact) => filed(fact, config))
}
