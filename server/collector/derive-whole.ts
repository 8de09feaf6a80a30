/** Derives services from all of their standing facts. */
import type { Config } from '../config.ts'
import type { RepositoryFacts } from '../delivery/changes.ts'
import { derive, type ServiceInput } from '../delivery/derive.ts'
import type { FiledIncident } from '../delivery/episodes.ts'
import { groupBy } from '../delivery/group-by.ts'
import type { Change, Deployment, Instant, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { type DerivedService, readStored } from '../store/derived.ts'
import { incidentsBearing } from '../store/fact-names.ts'
import { changeRepositories, readFactsByKey, readRepositoryFacts, readServiceFacts, type StandingFact } from '../store/facts.ts'
import { readRepositories } from '../store/repositories.ts'
import type { ServiceKey } from '../store/services.ts'
import { standingVerdicts } from '../store/verdicts.ts'
import { fedIncident, feedsWith } from './feeds.ts'
import type { Graphs } from './graphs.ts'
import { deploymentNames, filed, restore } from './names.ts'

export interface DeriveContext {
  config: Config
  now: Instant
  graphs: Graphs
}

export interface Known {
  /** By number: what is known of repositories, and by service the changes of it that are there. */
  repositories: Map<number, { key: string; facts: RepositoryFacts; ofService: Map<number, Change[]> }>
  pushed: Set<string>
  /** Whether there is any incident that names something, and any that names a deployment. */
  incidents: boolean
  culprits: boolean
  /** Whether people said anything of deployments. */
  judged: boolean
  /** Commits that incidents name, with these incidents. */
  namedCommits: (Ref & { sha: string })[]
}

export interface DerivedWith {
  derived: DerivedService
  /** Every incident that may be the service's. */
  incidents: FiledIncident[]
}

export async function deriveWhole(tx: Db, services: ServiceKey[], known: Known, context: DeriveContext): Promise<DerivedWith[]> {
  const ids = services.map(({ id }) => id)
  const deploymentFacts = groupBy(await readServiceFacts(tx, ids, 'deployment'), ({ serviceId }) => serviceId)
  const used = new Map(ids.map((id) => [id, new Set((deploymentFacts.get(id) ?? []).flatMap(({ repositoryId }) => repositoryId ?? []))]))
  for (const { serviceId, repositoryId } of await changeRepositories(tx, ids)) used.get(serviceId)?.add(repositoryId)
  await loadRepositories(tx, new Set([...used.values()].flatMap((own) => [...own])), known, context)
  const inputs = services.map(({ id, key }) => {
    const repositories = [...(used.get(id) ?? [])].sort((a, b) => a - b).flatMap((number) => known.repositories.get(number) ?? [])
    const keyOf = (fact: StandingFact) => known.repositories.get(fact.repositoryId ?? 0)?.key ?? key
    return {
      service: key,
      deployments: (deploymentFacts.get(id) ?? []).map((fact) => restore<Deployment>(fact, { service: key, repository: keyOf(fact) })),
      repositories: new Map(repositories.map((repository) => [repository.key, repository.facts])),
      changes: repositories.flatMap(({ ofService }) => ofService.get(id) ?? []),
    }
  })
  const incidents = known.incidents ? await readIncidents(tx, inputs, known, context.config) : []
  const verdicts = groupBy(known.judged ? await standingVerdicts(tx, ids) : [], ({ serviceId }) => serviceId)
  const stored = await readStored(tx, ids)
  return services.map(({ id, key }, index) => {
    const { changes = [], ...facts } = inputs[index] ?? { service: key, deployments: [], repositories: new Map() }
    const reported = incidents[index] ?? []
    const derived = derive({ ...facts, incidents: reported, verdicts: verdicts.get(id) ?? [] }, context.config.definition)
    const others = changes.map(({ source, mergedAt }) => ({ source, at: mergedAt }))
    for (const { incident, services: named } of reported) if (named.includes(key)) others.push(fedIncident(incident))
    // Where commits tell what is carried, names do not decide alone, and the whole is derived each time.
    const isLinked = [...facts.repositories.values()].some(({ graph }) => graph.size > 0)
    return {
      incidents: reported,
      derived: {
        serviceId: id,
        ...derived,
        awaited: isLinked ? [] : derived.awaited(),
        repositories: [...facts.repositories.keys()].sort(),
        feeds: feedsWith([], { deployments: facts.deployments, others }, known.pushed),
        stored: stored.get(id) ?? { deployments: [], incidents: [], awaited: [], waitingDigest: '' },
      },
    }
  })
}

async function loadRepositories(tx: Db, ids: Iterable<number>, known: Known, { graphs }: DeriveContext): Promise<void> {
  const missing = [...ids].filter((id) => !known.repositories.has(id))
  const facts = groupBy(await readRepositoryFacts(tx, missing, 'change'), ({ repositoryId }) => repositoryId)
  for (const repository of await readRepositories(tx, missing)) {
    const { id, key, headBranch, headSha } = repository
    const changes: Change[] = []
    const ofService = new Map<number, Change[]>()
    for (const fact of facts.get(id) ?? []) {
      const change = restore<Change>(fact, { repository: key })
      changes.push(change)
      const own = ofService.get(fact.serviceId ?? 0)
      if (own) own.push(change)
      else ofService.set(fact.serviceId ?? 0, [change])
    }
    facts.delete(id)
    const head = headBranch === null || headSha === null ? null : { branch: headBranch, sha: headSha }
    known.repositories.set(id, { key, facts: { graph: await graphs.load(tx, repository), changes, head }, ofService })
  }
}

/** For each service the incidents that are filed under it, or may name one of its deployments. */
async function readIncidents(
  tx: Db,
  inputs: Pick<ServiceInput, 'service' | 'deployments' | 'repositories'>[],
  known: Known,
  config: Config,
): Promise<FiledIncident[][]> {
  const names = inputs.map(({ service, deployments }) => {
    return new Set([`s:${service}`, ...(known.culprits ? deployments.flatMap(deploymentNames) : [])])
  })
  const bearing = await incidentsBearing(tx, [...new Set(names.flatMap((own) => [...own]))])
  const byName = groupBy(bearing, ({ name }) => name)
  const refs = inputs.map(({ repositories }, index) => {
    const found: Ref[] = [...(names[index] ?? [])].flatMap((name) => byName.get(name) ?? [])
    const graphs = [...repositories.values()].map(({ graph }) => graph)
    found.push(...known.namedCommits.filter(({ sha }) => graphs.some((graph) => graph.indexOf(sha) >= 0)))
    return new Map(found.map(({ source, id }) => [refKey({ source, id }), { kind: 'incident' as const, source, id }]))
  })
  const wanted = new Map(refs.flatMap((own) => [...own]))
  const facts = new Map((await readFactsByKey(tx, [...wanted.values()])).map((fact) => [refKey(fact), filed(fact, config)]))
  return refs.map((own) => [...own.keys()].flatMap((key) => facts.get(key) ?? []))
}
