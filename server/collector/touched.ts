/** What the facts of one transaction touched, and what therefore is derived anew. */
import type { Config } from '../config.ts'
import type { Deployment, Incident, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { commitsNamed, hasCulprits, incidentsNaming, servicesNamed } from '../store/fact-names.ts'
import { type FactRow, readFactsByKey, servicesOfRepositories } from '../store/facts.ts'
import { repositoriesWithCommits, serviceNumbers } from '../store/repositories.ts'
import { deploymentNames, filedUnder, incidentNames, restore } from './names.ts'
import { wholeOf } from './shared-facts.ts'
import { spreadServices } from './shares.ts'

/** A fact that is different now. */
export interface Changed {
  before: FactRow | null
  after: FactRow
}

/** What became of the facts of a request. */
export interface Counts {
  /** Facts that changed something. */
  accepted: number
  unchanged: number
  /** Facts that were sent and stay withdrawn. */
  withdrawn: number
}

export interface Touched {
  /** By request. */
  counts: Counts[]
  /** Positions of the requests after which some fact was different. */
  altering: Set<number>
  services: Set<number>
  /** Repositories whose commits, head or changes are different now. */
  repositories: Set<number>
  /** Those of them whose commits or head are. */
  regraphed: Set<number>
  /** Incidents whose services may be different now, by reference. */
  incidents: Map<string, Ref>
}

/** Adds the incidents that changed or that name what changed, and every service that one of them may concern. */
export async function touchIncidents(tx: Db, changed: Changed[], arrived: Set<string>, touched: Touched, config: Config): Promise<void> {
  const incidents = standing(changed, 'incident').map((row) => restore<Incident>(row))
  for (const { after } of changed)
    if (after.kind === 'incident') touched.incidents.set(refKey(after), { source: after.source, id: after.id })
  const deployments = standing(changed, 'deployment').map((row) => restore<Deployment>(row))
  if ((deployments.length > 0 || arrived.size > 0) && (await hasCulprits(tx))) {
    const refs = await incidentsNaming(tx, [...new Set(deployments.flatMap(deploymentNames))])
    for (const { sha, source, id } of arrived.size > 0 ? await commitsNamed(tx) : []) if (arrived.has(sha)) refs.push({ source, id })
    for (const ref of refs) touched.incidents.set(refKey(ref), ref)
    const naming = await readFactsByKey(
      tx,
      refs.map(({ source, id }) => ({ kind: 'incident', source, id })),
    )
    incidents.push(...naming.map((fact) => restore<Incident>(fact)))
  }
  for (const id of await servicesOfIncidents(tx, incidents, config)) touched.services.add(id)
}

/** The versions that stood before or stand now. */
function standing(changed: Changed[], kind: FactRow['kind']): (FactRow & { body: string })[] {
  return changed
    .flatMap(({ before, after }) => [before, after])
    .filter((row): row is FactRow & { body: string } => row?.kind === kind && row.body !== null && !row.withdrawn)
}

/** Every service that one of the incidents may concern. */
export async function servicesOfIncidents(tx: Db, incidents: Incident[], config: Config): Promise<Set<number>> {
  const keys = incidents.flatMap((incident) => filedUnder(incident, config))
  const culprits = incidents
    .flatMap((incident) => incidentNames(incident, config).filter((name) => !name.startsWith('s:')))
    .flatMap(orWhole)
  const ids = new Set((await serviceNumbers(tx, keys)).values())
  for (const { serviceId } of await servicesNamed(tx, culprits)) ids.add(serviceId)
  const shas = incidents.flatMap(({ commit }) => commit ?? [])
  for (const id of await servicesOfRepositories(tx, await repositoriesWithCommits(tx, shas))) ids.add(id)
  return spreadServices(tx, ids, config)
}

/** The name, and where it may be that of one service's part of a deployment, the whole one's. */
function orWhole(name: string): string[] {
  const part = name.startsWith('d:') ? wholeOf({ source: '', id: name }) : null
  return part === null ? [name] : [name, part.whole.id]
}
