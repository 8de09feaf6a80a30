/** The names by which facts speak of each other. */
import type { Config } from '../config.ts'
import type { FiledIncident } from '../delivery/episodes.ts'
import type { Deployment, Incident } from '../facts.ts'
import type { StandingFact } from '../store/facts.ts'
import { presentService } from './service-names.ts'
import { sharingServices } from './shared-facts.ts'

/** The fact as delivery takes it, under the present names of its service and repository. */
export function restore<T>(fact: Pick<StandingFact, 'source' | 'id' | 'body'>, names: { service?: string; repository?: string } = {}): T {
  return { ...(JSON.parse(fact.body) as object), source: fact.source, id: fact.id, ...names } as T
}

/** An incident with the present names of its services. */
export function filed(fact: StandingFact, config: Pick<Config, 'services'>): FiledIncident {
  const incident = restore<Incident>(fact)
  return { incident, services: filedUnder(incident, config) }
}

/** The present names of the services that an incident names. */
export function filedUnder(incident: Pick<Incident, 'service' | 'services'>, config: Pick<Config, 'services'>): string[] {
  const named = [...(incident.service === undefined ? [] : [incident.service]), ...(incident.services ?? [])]
  const present = named.flatMap((name) => {
    const key = presentService(config, name)
    const sharing = sharingServices(config, key)
    return sharing.length > 0 ? sharing.map(({ id }) => id) : [key]
  })
  return [...new Set(present)].sort()
}

/** Names by which an incident may mean this deployment. */
export function deploymentNames({ source, id, commit, version }: Deployment): string[] {
  const names = [`d:${id}`, `d:${source}/${id}`]
  if (commit !== undefined) names.push(`c:${commit}`)
  if (version !== undefined) names.push(`v:${version}`)
  return names
}

/** The name that an artifact and the deployments of its image have in common. */
export function imageName(digest: string): string {
  return `i:${digest}`
}

/** Names that an incident uses for its services and its culprit. */
export function incidentNames(incident: Incident, config: Pick<Config, 'services'>): string[] {
  return [...filedUnder(incident, config).map((service) => `s:${service}`), ...culpritNames(incident)]
}

/** Names that an incident uses for its culprit. */
export function culpritNames(incident: Incident): string[] {
  const names: string[] = []
  if (incident.deployment !== undefined) names.push(`d:${incident.deployment}`)
  if (incident.commit !== undefined) names.push(`c:${incident.commit}`)
  if (incident.version !== undefined) names.push(`v:${incident.version}`)
  return names
}
