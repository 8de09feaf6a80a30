/** Checks how services and sources of a shiplog.yaml refer to each other. */
import type { ServiceConfig, TeamConfig } from '../config.ts'
import { sources } from '../sources/index.ts'
import type { Fault, Path } from './document.ts'
import { oneOf } from './nearest.ts'
import type { ConfigFile, ServiceEntry } from './schema.ts'
import { checkTeams } from './teams.ts'

/** Services and teams as the rest of the program takes them; a source that no service lists becomes a service of its own name. */
export function checkServices(file: ConfigFile, faults: Fault[]): { services: ServiceConfig[]; teams: TeamConfig[] } {
  const services = file.services.map((entry, index) => serviceFrom(entry, index, faults))
  checkIds(services, faults)
  checkSourcesOf(services, file, faults)
  checkAuthorities(file, faults)
  addUnlisted(services, file, faults)
  checkFormerIds(services, faults)
  checkServicesOfRules(services, file, faults)
  return { services, teams: checkTeams(services, file, faults) }
}

function serviceFrom(entry: ServiceEntry, index: number, faults: Fault[]): ServiceConfig {
  const at: Path = ['services', index]
  if (entry.deployments !== undefined && entry.paths === undefined) {
    const mend = 'write it under the source, or give the service paths'
    faults.push({ path: [...at, 'deployments'], message: 'serves only services with paths, which share a repository', mend })
  }
  if (entry.source !== undefined && entry.sources !== undefined) {
    faults.push({ path: [...at, 'source'], message: 'stands beside sources', mend: 'write one of them' })
  }
  const sources = entry.sources ?? (entry.source === undefined ? [] : [entry.source])
  if (entry.repository !== undefined && entry.repositories !== undefined) {
    faults.push({ path: [...at, 'repository'], message: 'stands beside repositories', mend: 'write one of them' })
  }
  const repositories = entry.repositories ?? (entry.repository === undefined ? undefined : [entry.repository])
  const was = entry.was === undefined ? [] : [entry.was].flat()
  const teams = ownersOf(entry.team, [...at, 'team'], faults)
  return {
    id: entry.id,
    sources,
    ...(repositories === undefined ? {} : { repositories }),
    ...(entry.paths === undefined ? {} : { paths: [entry.paths].flat() }),
    ...(entry.deployments === undefined ? {} : { deployments: entry.deployments }),
    ...(entry.authority === undefined ? {} : { authority: entry.authority }),
    teams,
    was,
  }
}

function ownersOf(team: ServiceEntry['team'], at: Path, faults: Fault[]): ServiceConfig['teams'] {
  if (team === undefined) return []
  if (typeof team === 'string') return [{ team, from: null }]
  const owners = team.map((owner) => ({ team: owner.team, from: owner.from ?? null }))
  owners.forEach((owner, index) => {
    const before = owners[index - 1]
    if (before === undefined) return
    if (owner.from === null) {
      faults.push({ path: [...at, index], message: 'says not when this team took over', mend: 'write from: and a day such as 2026-01-31' })
    } else if (before.from !== null && before.from >= owner.from) {
      faults.push({
        path: [...at, index, 'from'],
        message: 'is not later than the day before it in the list',
        mend: 'list the owners from old to new',
      })
    }
  })
  return owners
}

function checkIds(services: ServiceConfig[], faults: Fault[]) {
  const seen = new Map<string, number>()
  services.forEach(({ id }, index) => {
    const first = seen.get(id)
    const message = `${id} is the id of services[${first}] too`
    if (first !== undefined) faults.push({ path: ['services', index, 'id'], message, mend: 'give each service an id of its own' })
    seen.set(id, first ?? index)
  })
}

function checkSourcesOf(services: ServiceConfig[], file: ConfigFile, faults: Fault[]) {
  const known = file.sources.map((source) => source.id)
  const listedBy = new Map<string, ServiceConfig>()
  const givenTo = new Map<string, ServiceConfig>()
  services.forEach((service, index) => {
    checkRepositoriesOf(service, index, file, givenTo, faults)
    const key = file.services[index]?.sources === undefined ? 'source' : 'sources'
    service.sources.forEach((source, position) => {
      const at: Path = key === 'source' ? ['services', index, key] : ['services', index, key, position]
      const other = listedBy.get(source)
      if (!known.includes(source)) {
        faults.push({ path: at, message: `there is no source ${source}`, mend: oneOf(source, known, 'add it under sources') })
      } else if (other !== undefined && service.repositories === undefined && !sharePaths(service, other)) {
        const message = `${other.id} has the source ${source} too`
        const mend = namesServices(file, source) ? 'list under repositories which of them are this service' : pathsMend(service, other)
        faults.push({ path: at, message, mend })
      }
      listedBy.set(source, other ?? service)
    })
  })
}

/** Facts over HTTP that name no source are of the source api. */
const overHttp = 'api'

function checkAuthorities(file: ConfigFile, faults: Fault[]) {
  const known = [...file.sources.map(({ id }) => id), overHttp]
  file.services.forEach(({ authority }, index) => {
    const at: Path = ['services', index, 'authority']
    const named: [Path, string][] =
      typeof authority === 'string' ? [[at, authority]] : Object.entries(authority ?? {}).map(([name, source]) => [[...at, name], source])
    if (named.length === 0 && authority !== undefined) {
      faults.push({
        path: at,
        message: 'names no source',
        mend: 'write a source, or one for each environment such as { production: argo }',
      })
    }
    for (const [path, source] of named) {
      if (known.includes(source)) continue
      const mend = oneOf(source, known, 'add it under sources')
      faults.push({ path, message: `there is no source ${source}`, mend })
    }
  })
}

/** Services of one repository are told apart by their paths. */
function sharePaths(service: ServiceConfig, other: ServiceConfig): boolean {
  return service.paths !== undefined && other.paths !== undefined
}

function pathsMend(...services: ServiceConfig[]): string {
  const without = services.filter(({ paths }) => paths === undefined).map(({ id }) => id)
  return `give ${without.join(' and ')} paths such as apps/${services[0]?.id}/**, or each service a repository of its own`
}

/** Only a source of several repositories can give some of them to a service, and each to one, or to several by paths. */
function checkRepositoriesOf(
  service: ServiceConfig,
  index: number,
  file: ConfigFile,
  givenTo: Map<string, ServiceConfig>,
  faults: Fault[],
) {
  const ofSeveral = service.sources.find((source) => namesServices(file, source))
  if (service.repositories === undefined) {
    if (service.paths === undefined || ofSeveral === undefined) return
    const mend = `write under repository which of the repositories of ${ofSeveral} it is in`
    faults.push({ path: ['services', index, 'paths'], message: 'does not say in which repository', mend })
    return
  }
  const key = file.services[index]?.repositories === undefined ? 'repository' : 'repositories'
  if (ofSeveral === undefined) {
    const mend = 'take it out, or write under source one that has several repositories, such as one of type github'
    faults.push({ path: ['services', index, key], message: 'serves only sources of several repositories', mend })
  }
  service.repositories.forEach((repository, position) => {
    const at: Path = key === 'repository' ? ['services', index, key] : ['services', index, key, position]
    const other = givenTo.get(repository)
    if (other !== undefined && (other === service || !sharePaths(service, other))) {
      const mend = other === service ? 'list it once' : `list it once, or ${pathsMend(service, other)}`
      faults.push({ path: at, message: `${other.id} has the repository ${repository} too`, mend })
    }
    givenTo.set(repository, other ?? service)
  })
}

/** Whether the facts of the source name services of their own. */
function namesServices(file: ConfigFile, id: string): boolean {
  const type = file.sources.find((source) => source.id === id)?.type ?? ''
  return Object.hasOwn(sources, type) && sources[type]?.namesServices === true
}

function addUnlisted(services: ServiceConfig[], file: ConfigFile, faults: Fault[]) {
  if (services.length === 0) return
  const listed = new Set(services.flatMap((service) => service.sources))
  file.sources.forEach(({ id }, index) => {
    if (listed.has(id) || namesServices(file, id)) return
    listed.add(id)
    const same = services.find((service) => service.id === id)
    if (same === undefined) services.push({ id, sources: [id], teams: [], was: [] })
    else if (same.sources.length === 0) same.sources.push(id)
    else {
      const message = `no service lists this source, and its own name is that of a service with other sources`
      faults.push({ path: ['sources', index, 'id'], message, mend: `add it to the sources of ${id} or of another service` })
    }
  })
}

/** Rules of workflows may give what they count to one of the services of a repository; rules of other sources name what they find. */
function checkServicesOfRules(services: ServiceConfig[], file: ConfigFile, faults: Fault[]) {
  const ids = services.map(({ id }) => id)
  const former = services.flatMap(({ was }) => was)
  file.sources.forEach(({ deployments }, index) => {
    for (const [position, rule] of [deployments].flat().entries()) {
      const service: unknown =
        rule !== null && typeof rule === 'object' && 'workflow' in rule && 'service' in rule ? rule.service : undefined
      if (typeof service !== 'string' || ids.includes(service) || former.includes(service)) continue
      const path: Path = ['sources', index, 'deployments', ...(Array.isArray(deployments) ? [position] : []), 'service']
      faults.push({ path, message: `there is no service ${service}`, mend: oneOf(service, ids, 'add it under services') })
    }
  })
}

function checkFormerIds(services: ServiceConfig[], faults: Fault[]) {
  const taken = new Map(services.map((service) => [service.id, service.id]))
  services.forEach((service, index) => {
    for (const former of service.was) {
      const holder = taken.get(former)
      const mend = 'list an id that no service has now and no other had'
      if (holder !== undefined) faults.push({ path: ['services', index, 'was'], message: `${former} is or was the id of ${holder}`, mend })
      taken.set(former, holder ?? service.id)
    }
  })
}
