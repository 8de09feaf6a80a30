/** Derives services from their standing facts and writes what differs. */
import type { Config } from '../config.ts'
import type { RepositoryFacts } from '../delivery/changes.ts'
import { derive, type ServiceInput } from '../delivery/derive.ts'
import { type FiledIncident, namesCulprit } from '../delivery/episodes.ts'
import type { Within } from '../delivery/within.ts'
import type { Change, Deployment, Instant, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { LinkedIncident } from '../linked.ts'
import { pathMatcher } from '../path-globs.ts'
import type { Db } from '../store/database.ts'
import { type WrittenService, writeDerived } from '../store/derived.ts'
import { commitsNamed, hasCulprits, incidentsNaming } from '../store/fact-names.ts'
import { readFactsByKey, readRepositoryFacts, readServiceFacts, type StandingFact } from '../store/facts.ts'
import { type Repository, readRepositories } from '../store/repositories.ts'
import { type Feed, lockServices, type ServiceKey } from '../store/services.ts'
import { pushedSources } from '../store/sources.ts'
import { standingVerdicts } from '../store/verdicts.ts'
import type { Graphs } from './graphs.ts'
import { deploymentNames, filed, restore } from './names.ts'
import { aliasesOf, incidentsOfPart, type Part, partsOf } from './shared-facts.ts'
import { readShares, spreadServices, verdictsOfParts } from './shares.ts'

export interface DeriveContext {
  config: Config
  now: Instant
  graphs: Graphs
}

interface Known {
  /** By number. */
  repositories: Map<number, { row: Repository; facts: RepositoryFacts }>
  pushed: Set<string>
  culprits: boolean
  /** Commits that incidents name, with these incidents. */
  namedCommits: (Ref & { sha: string })[]
}

export interface DerivedServices {
  /** Incidents that are filed under no service and may be one of these services' by the deployment they name: `fileUnassigned` is to look at them next. */
  unfiled: Ref[]
  /** For `settle`. */
  written: (WrittenService & ServiceKey)[]
}

/** Locks the services in order, so that two writers cannot derive from stale facts. */
export async function deriveServices(tx: Db, serviceIds: Iterable<number>, context: DeriveContext): Promise<DerivedServices> {
  const services = await lockServices(tx, await spreadServices(tx, serviceIds, context.config))
  if (services.length === 0) return { unfiled: [], written: [] }
  const culprits = await hasCulprits(tx)
  const known: Known = {
    repositories: new Map(),
    pushed: await pushedSources(tx),
    culprits,
    namedCommits: culprits ? await commitsNamed(tx) : [],
  }
  const unfiled = new Map<string, Ref>()
  const written: DerivedServices['written'] = []
  for (const service of services) {
    const derived = await deriveService(tx, service, known, context)
    for (const ref of derived.unfiled) unfiled.set(refKey(ref), ref)
    written.push({ ...derived.written, ...service })
  }
  return { unfiled: [...unfiled.values()], written }
}

async function deriveService(
  tx: Db,
  { id, key }: ServiceKey,
  known: Known,
  context: DeriveContext,
): Promise<{ unfiled: Ref[]; written: WrittenService }> {
  const shares = await readShares(tx, key, context.config)
  const shared = (kind: 'deployment' | 'change') => shares.flatMap((share) => share.facts[kind])
  const ownFacts = await readServiceFacts(tx, id, 'deployment')
  const changeFacts = [...(await readServiceFacts(tx, id, 'change')), ...shared('change')]
  const ids = new Set([...ownFacts, ...shared('deployment'), ...changeFacts].flatMap(({ repositoryId }) => repositoryId ?? []))
  await loadRepositories(tx, ids, known, context)
  const loaded = [...ids].flatMap((number) => known.repositories.get(number) ?? [])
  const repositories = new Map(loaded.map(({ row, facts }) => [row.key, facts]))
  const keyOf = (fact: StandingFact) => known.repositories.get(fact.repositoryId ?? 0)?.row.key ?? key
  const restored = (fact: StandingFact) => restore<Deployment>(fact, { service: key, repository: keyOf(fact) })
  const parts = shares.flatMap(({ sharing, facts }) => partsOf(key, sharing, facts.deployment.map(restored), context.config))
  const deployments = [...ownFacts.map(restored), ...parts.map(({ deployment }) => deployment)]
  const input: ServiceInput = {
    service: key,
    deployments,
    repositories,
    within: await readWithin(tx, key, loaded, context),
    incidents: await readIncidents(tx, key, deployments, repositories, known, context.config, parts),
    verdicts: [...(await standingVerdicts(tx, id)), ...verdictsOfParts(parts, shares)],
  }
  const derived = derive(input, context.config.definition)
  const feeds = feedsOf(changeFacts, input, known.pushed)
  const sharedIncidents = sharedAmong(key, input.incidents, derived.incidents)
  const written = await writeDerived(
    tx,
    id,
    { ...derived, sharedIncidents, repositories: [...repositories.keys()].sort(), feeds },
    context.now,
  )
  const unfiled = input.incidents.filter(({ services }) => services.length === 0)
  return { unfiled: unfiled.map(({ incident: { source, id } }) => ({ source, id })), written }
}

/** References of the incidents that another service may list as well: filed under several, or naming a culprit by what others may share. */
function sharedAmong(service: string, filedIncidents: FiledIncident[], linked: LinkedIncident[]): Set<string> {
  const shared = new Set<string>()
  const found = new Map(linked.map((row) => [refKey(row), row]))
  for (const { incident, services } of filedIncidents) {
    const isOwn = services.every((each) => each === service)
    // The source's own id of a deployment, and within a service its version, name one deployment alone.
    const culprit = found.get(refKey(incident))?.deployment
    const isUnique =
      !namesCulprit(incident) ||
      (culprit != null &&
        (incident.deployment === undefined ? incident.commit === undefined && services.length > 0 : culprit.source === incident.source))
    if (!isOwn || !isUnique) shared.add(refKey(incident))
  }
  return shared
}

async function loadRepositories(tx: Db, ids: Iterable<number>, known: Known, { graphs }: DeriveContext): Promise<void> {
  const missing = [...ids].filter((id) => !known.repositories.has(id))
  for (const repository of await readRepositories(tx, missing)) {
    const { id, key, headBranch, headSha } = repository
    const changes = await readRepositoryFacts(tx, id, 'change')
    known.repositories.set(id, {
      row: repository,
      facts: {
        graph: await graphs.load(tx, repository),
        changes: changes.map((fact) => restore<Change>(fact, { repository: key })),
        head: headBranch === null || headSha === null ? null : { branch: headBranch, sha: headSha },
      },
    })
  }
}

/** What of its repositories is the service's own, where it has paths. */
async function readWithin(
  tx: Db,
  service: string,
  repositories: { row: Repository; facts: RepositoryFacts }[],
  { graphs, config }: DeriveContext,
): Promise<Map<string, Within>> {
  const within = new Map<string, Within>()
  const paths = config.services.find(({ id }) => id === service)?.paths
  if (paths === undefined) return within
  const isMeant = pathMatcher(paths)
  for (const { row, facts } of repositories) {
    const files = await graphs.files(tx, row, facts.graph)
    const pulls = facts.changes.flatMap((change) =>
      change.paths === undefined ? [] : [[refKey(change), change.paths.some(isMeant)] as const],
    )
    within.set(row.key, { nodes: files.within(facts.graph, paths), pulls: new Map(pulls) })
  }
  return within
}

/** Incidents that are filed under the service, or may name one of its deployments. */
async function readIncidents(
  tx: Db,
  service: string,
  deployments: Deployment[],
  repositories: Map<string, RepositoryFacts>,
  known: Known,
  config: Config,
  parts: Part[],
): Promise<FiledIncident[]> {
  const names = new Set([`s:${service}`])
  const aliases = known.culprits ? aliasesOf(parts) : new Map<string, string>()
  for (const alias of aliases.keys()) names.add(`d:${alias}`)
  if (known.culprits) for (const deployment of deployments) for (const name of deploymentNames(deployment)) names.add(name)
  const refs = await incidentsNaming(tx, [...names])
  const graphs = [...repositories.values()].map(({ graph }) => graph)
  for (const { sha, source, id } of known.namedCommits) {
    if (graphs.some((graph) => graph.indexOf(sha) >= 0)) refs.push({ source, id })
  }
  const unique = new Map(refs.map((ref) => [`${ref.source}/${ref.id}`, { kind: 'incident' as const, source: ref.source, id: ref.id }]))
  const facts = await readFactsByKey(tx, [...unique.values()])
  return incidentsOfPart(
    service,
    facts.map((fact) => filed(fact, config)),
    aliases,
    config,
  )
}

/** What feeds the service, for its coverage (definition `dora@1`, section 5). */
function feedsOf(changeFacts: StandingFact[], input: ServiceInput, pushed: Set<string>): Feed[] {
  const feeds = new Map<string, Feed>()
  function note(source: string, at: Instant | undefined, isDeployment: boolean) {
    const feed = feeds.get(source) ?? { source, first: null, deploys: false }
    feeds.set(source, feed)
    if (isDeployment) feed.deploys = true
    if (at !== undefined && (isDeployment || pushed.has(source))) feed.first = feed.first === null ? at : Math.min(feed.first, at)
  }
  for (const { source, startedAt, finishedAt } of input.deployments) {
    const at = pushed.has(source) ? (startedAt ?? finishedAt) : finishedAt
    note(source, at, true)
  }
  for (const fact of changeFacts) note(fact.source, restore<Change>(fact).mergedAt, false)
  for (const { incident, services } of input.incidents) {
    if (services.includes(input.service)) note(incident.source, incident.openedAt, false)
  }
  return [...feeds.values()].sort((a, b) => (a.source < b.source ? -1 : 1))
}
