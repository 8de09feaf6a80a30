/** Facts of a repository that several services share by paths: whose a deployment is, and under which names. */
import { RE2JS } from 're2js'
import type { Config, ServiceConfig } from '../config.ts'
import type { FiledIncident } from '../delivery/episodes.ts'
import type { Deployment, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import { serviceConfig } from './service-config.ts'

type Services = Pick<Config, 'services'>

/** No service can have such a name. */
const suffix = '/*'

/** Stands between the id of a deployment and the service of those that share it; neither a tag nor a service can hold it. */
const separator = ':'

/** Under what name the facts of a source or a repository are filed whose services have paths; `serviceOf` says the same of a source. */
export function sharedName(name: string): string {
  return `${name}${suffix}`
}

/** The services that share what is filed under this name, in the order of the configuration; none where it is a service's own. */
export function sharingServices({ services }: Services, name: string): ServiceConfig[] {
  if (!name.endsWith(suffix)) return []
  const of = name.slice(0, -suffix.length)
  return services.filter(
    (service) => service.paths !== undefined && (service.repositories === undefined ? service.sources : service.repositories).includes(of),
  )
}

/** Whether it is told by paths what of a repository is whose; a git source is a repository of its name. */
export function needsFiles(config: Services, repository: string): boolean {
  return sharingServices(config, sharedName(repository)).length > 0
}

/** The names under which the facts are filed that a service shares. */
export function sharedNames({ paths, repositories, sources }: ServiceConfig): string[] {
  return paths === undefined ? [] : (repositories ?? sources).map(sharedName)
}

/**
 * The services that a deployment is of: those that say so of its tag or its environment; where none does, those that say nothing of
 * deployments, each with one of its own.
 */
export function deployedServices(sharing: ServiceConfig[], deployment: Pick<Deployment, 'environment' | 'version'>): ServiceConfig[] {
  const naming = sharing.filter(({ deployments }) => deployments !== undefined && isNamed(deployments, deployment))
  return naming.length > 0 ? naming : sharing.filter(({ deployments }) => deployments === undefined)
}

function isNamed(
  rule: NonNullable<ServiceConfig['deployments']>,
  { environment, version }: Pick<Deployment, 'environment' | 'version'>,
): boolean {
  if ('environments' in rule) return compiled(rule.environments).matcher(environment).find()
  return version !== undefined && compiled(rule.tags).matches(version)
}

/** A service's part of a deployment that it shares, or has alone of what it shares. */
export interface Part {
  /** As it is listed: with an id that names the service where others have part in it. */
  deployment: Deployment
  /** Id of the fact. */
  whole: string
  /** Ids that its part had under former names of the service. */
  former: string[]
}

export function partsOf(service: string, sharing: ServiceConfig[], deployments: Deployment[], config: Services): Part[] {
  const was = serviceConfig(config, service)?.was ?? []
  return deployments.flatMap((deployment): Part[] => {
    const deployed = deployedServices(sharing, deployment)
    if (!deployed.some(({ id }) => id === service)) return []
    const whole = deployment.id
    const id = deployed.length > 1 ? partId(whole, service) : whole
    return [{ deployment: { ...deployment, id }, whole, former: [partId(whole, service), ...was.map((name) => partId(whole, name))] }]
  })
}

function partId(id: string, service: string): string {
  return `${id}${separator}${service}`
}

/** The deployment that is shared, and the service whose part is named; null where the id names the whole. */
export function wholeOf({ source, id }: Ref): { whole: Ref; service: string } | null {
  const at = id.lastIndexOf(separator)
  return at <= 0 ? null : { whole: { source, id: id.slice(0, at) }, service: id.slice(at + 1) }
}

/** By what incidents may call a service's parts, whole or by former names: what they are called now. */
export function aliasesOf(parts: Part[]): Map<string, string> {
  const aliases = new Map<string, string>()
  for (const { deployment, whole, former } of parts) {
    for (const id of [whole, ...former]) {
      if (id === deployment.id) continue
      aliases.set(id, deployment.id)
      aliases.set(refKey({ source: deployment.source, id }), refKey(deployment))
    }
  }
  return aliases
}

/** Incidents as a service sees them: one that names other services of the repository alone is theirs, whatever version it names. */
export function incidentsOfPart(
  service: string,
  incidents: FiledIncident[],
  aliases: Map<string, string>,
  config: Services,
): FiledIncident[] {
  const own = serviceConfig(config, service)
  const sharing = new Set(own ? sharedNames(own).flatMap((name) => sharingServices(config, name).map(({ id }) => id)) : [])
  return incidents.flatMap(({ incident, services }) => {
    if (!services.includes(service) && services.some((other) => sharing.has(other))) return []
    const named = incident.deployment === undefined ? undefined : aliases.get(incident.deployment)
    return [{ services, incident: named === undefined ? incident : { ...incident, deployment: named } }]
  })
}

/** What was derived of a service by; other text means that it is to be derived anew. */
export function derivedBy(config: Services, service: ServiceConfig): string {
  const { paths, authority } = service
  if (paths === undefined) return authority === undefined ? '' : JSON.stringify({ authority })
  const sharing = sharedNames(service).map((name) => sharingServices(config, name).map(({ id, deployments }) => [id, deployments ?? null]))
  return JSON.stringify([paths, sharing, ...(authority === undefined ? [] : [{ authority }])])
}

const expressions = new Map<string, RE2JS>()

function compiled(pattern: string): RE2JS {
  const known = expressions.get(pattern)
  if (known) return known
  const expression = RE2JS.compile(pattern)
  expressions.set(pattern, expression)
  return expression
}
