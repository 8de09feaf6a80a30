/** Derives services from all of their standing facts. */
import type { Config } from '../config.ts'
import type { RepositoryFacts } from '../delivery/changes.ts'
import { derive, type ServiceInput } from '../delivery/derive.ts'
import { type FiledIncident, namesCulprit } from '../delivery/episodes.ts'
import { groupBy } from '../delivery/group-by.ts'
import type { Within } from '../delivery/within.ts'
import type { Change, Deployment, Incident, Instant, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { LinkedIncident } from '../linked.ts'
import { pathMatcher } from '../path-globs.ts'
import type { Db } from '../store/database.ts'
import { type DerivedService, nothingStored, readStored } from '../store/derived.ts'
import { incidentsBearing } from '../store/fact-names.ts'
import { changeRepositories, readFactsByKey, readRepositoryFacts, readServiceFacts, type StandingFact } from '../store/facts.ts'
import { type Repository, readRepositories } from '../store/repositories.ts'
import type { ServiceKey } from '../store/services.ts'
import { standingVerdicts } from '../store/verdicts.ts'
import { type FedFacts, fedIncident, feedsWith, feedTime } from './feeds.ts'
import type { Graphs } from './graphs.ts'
import { deploymentNames, filed, restore } from './names.ts'
import { serviceConfig } from './service-config.ts'
import { aliasesOf, incidentsOfPart, type Part, partsOf } from './shared-facts.ts'
import { readShares, type Share, verdictsOfParts } from './shares.ts'

export interface DeriveContext {
  config: Config
  now: Instant
  graphs: Graphs
}

interface LoadedRepository {
  row: Repository
  facts: RepositoryFacts
  ofService: Map<number, Change[]>
}

export interface Known {
  /** By number: what is known of repositories, and by service the changes of it that are there. */
  repositories: Map<number, LoadedRepository>
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

/** The facts of a service, and what it shares with others. */
interface WholeInput extends Pick<ServiceInput, 'service' | 'deployments' | 'repositories'> {
  loaded: LoadedRepository[]
  /** Changes that are the service's, not only its repository's. */
  changes: Pick<Change, 'source' | 'mergedAt'>[]
  shares: Share[]
  parts: Part[]
}

export async function deriveWhole(tx: Db, services: ServiceKey[], known: Known, context: DeriveContext): Promise<DerivedWith[]> {
  const { config } = context
  const ids = services.map(({ id }) => id)
  const inputs = await readInputs(tx, services, known, context)
  const incidents = known.incidents ? await readIncidents(tx, inputs, known, config) : []
  const verdicts = groupBy(known.judged ? await standingVerdicts(tx, ids) : [], ({ serviceId }) => serviceId)
  const stored = await readStored(tx, ids)
  const derived: DerivedWith[] = []
  for (const [index, { id, key }] of services.entries()) {
    const { loaded, changes, shares, parts, ...facts } = inputs[index] as WholeInput
    const reported = incidents[index] ?? []
    const within = await readWithin(tx, key, loaded, context)
    const words = [...(verdicts.get(id) ?? []), ...verdictsOfParts(parts, shares)]
    const { authority } = serviceConfig(config, key) ?? {}
    const result = derive({ ...facts, within, incidents: reported, verdicts: words, authority }, config.definition)
    const others: FedFacts['others'] = changes.map(({ source, mergedAt }) => ({ source, at: mergedAt }))
    // Coverage rests on the sources whose word holds.
    const witnesses = new Set(result.deployments.flatMap((row) => (row.witness === null ? [] : [refKey(row)])))
    const told = facts.deployments.filter((fact) => !witnesses.has(refKey(fact)))
    for (const fact of facts.deployments) {
      if (witnesses.has(refKey(fact))) others.push({ source: fact.source, at: feedTime(fact, known.pushed) })
    }
    for (const { incident, services: named } of reported) if (named.includes(key)) others.push(fedIncident(incident))
    // Where commits or paths tell what is carried, names do not decide alone, and the whole is derived each time.
    const isLinked = shares.length > 0 || within.size > 0 || [...facts.repositories.values()].some(({ graph }) => graph.size > 0)
    derived.push({
      incidents: reported,
      derived: {
        serviceId: id,
        ...result,
        waiting: { digest: result.waiting.digest(), rows: result.waiting.rows },
        sharedIncidents: sharedAmong(key, reported, result.incidents),
        awaited: isLinked ? [] : result.awaited(),
        repositories: [...facts.repositories.keys()].sort(),
        feeds: feedsWith([], { deployments: told, others }, known.pushed),
        stored: stored.get(id) ?? nothingStored(),
      },
    })
  }
  return derived
}

async function readInputs(tx: Db, services: ServiceKey[], known: Known, context: DeriveContext): Promise<WholeInput[]> {
  const { config } = context
  const ids = services.map(({ id }) => id)
  const deploymentFacts = groupBy(await readServiceFacts(tx, ids, 'deployment'), ({ serviceId }) => serviceId)
  const shares = new Map<number, Share[]>()
  for (const { id, key } of services) shares.set(id, await readShares(tx, key, config))
  const numbers = (facts: StandingFact[]) => facts.flatMap(({ repositoryId }) => repositoryId ?? [])
  const used = new Map(ids.map((id) => [id, new Set(numbers(deploymentFacts.get(id) ?? []))]))
  for (const { serviceId, repositoryId } of await changeRepositories(tx, ids)) used.get(serviceId)?.add(repositoryId)
  for (const [id, own] of shares) {
    for (const { facts } of own) for (const number of numbers([...facts.deployment, ...facts.change])) used.get(id)?.add(number)
  }
  await loadRepositories(tx, new Set([...used.values()].flatMap((own) => [...own])), known, context)
  return services.map(({ id, key }) => {
    const loaded = [...(used.get(id) ?? [])].sort((a, b) => a - b).flatMap((number) => known.repositories.get(number) ?? [])
    const keyOf = (fact: StandingFact) => known.repositories.get(fact.repositoryId ?? 0)?.row.key ?? key
    const restored = (fact: StandingFact) => restore<Deployment>(fact, { service: key, repository: keyOf(fact) })
    const shared = shares.get(id) ?? []
    const parts = shared.flatMap(({ sharing, facts }) => partsOf(key, sharing, facts.deployment.map(restored), config))
    const changes = shared.flatMap(({ facts }) => facts.change.map((fact) => restore<Change>(fact)))
    return {
      service: key,
      deployments: [...(deploymentFacts.get(id) ?? []).map(restored), ...parts.map(({ deployment }) => deployment)],
      repositories: new Map(loaded.map(({ row, facts }) => [row.key, facts])),
      loaded,
      changes: [...loaded.flatMap(({ ofService }) => ofService.get(id) ?? []), ...changes],
      shares: shared,
      parts,
    }
  })
}

/** References of the incidents that another service may list as well: filed under several, or naming a culprit by what others may share. */
export function sharedAmong(service: string, filedIncidents: FiledIncident[], linked: LinkedIncident[]): Set<string> {
  const shared = new Set<string>()
  const found = new Map(linked.map((row) => [refKey(row), row]))
  for (const { incident, services } of filedIncidents) {
    const isOwn = services.every((each) => each === service)
    if (!isOwn || !isUnique(incident, services, found.get(refKey(incident))?.deployment ?? null)) shared.add(refKey(incident))
  }
  return shared
}

/** The source's own id of a deployment, and within a service its version, name one deployment alone. */
function isUnique(incident: Incident, services: string[], culprit: Ref | null): boolean {
  if (!namesCulprit(incident)) return true
  if (culprit === null) return false
  return incident.deployment === undefined ? incident.commit === undefined && services.length > 0 : culprit.source === incident.source
}

/** What of its repositories is the service's own, where it has paths. */
async function readWithin(
  tx: Db,
  service: string,
  loaded: LoadedRepository[],
  { graphs, config }: DeriveContext,
): Promise<Map<string, Within>> {
  const within = new Map<string, Within>()
  const paths = serviceConfig(config, service)?.paths
  if (paths === undefined) return within
  const isMeant = pathMatcher(paths)
  for (const { row, facts } of loaded) {
    const files = await graphs.files(tx, row, facts.graph)
    const pulls = facts.changes.flatMap((change) =>
      change.paths === undefined ? [] : [[refKey(change), change.paths.some(isMeant)] as const],
    )
    within.set(row.key, { nodes: files.within(facts.graph, paths), pulls: new Map(pulls) })
  }
  return within
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
    known.repositories.set(id, { row: repository, facts: { graph: await graphs.load(tx, repository), changes, head }, ofService })
  }
}

/** For each service the incidents that are filed under it, or may name one of its deployments. */
async function readIncidents(tx: Db, inputs: WholeInput[], known: Known, config: Config): Promise<FiledIncident[][]> {
  const aliases = inputs.map(({ parts }) => (known.culprits ? aliasesOf(parts) : new Map<string, string>()))
  const names = inputs.map(({ service, deployments }, index) => {
    const former = [...(aliases[index]?.keys() ?? [])].map((alias) => `d:${alias}`)
    return new Set([`s:${service}`, ...former, ...(known.culprits ? deployments.flatMap(deploymentNames) : [])])
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
  return refs.map((own, index) => {
    const reported = [...own.keys()].flatMap((key) => facts.get(key) ?? [])
    const service = inputs[index]?.service ?? ''
    return incidentsOfPart(service, reported, aliases[index] ?? new Map(), config)
  })
}
