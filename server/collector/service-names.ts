/** Which service a fact belongs to under the configuration. */
import { type Config, serviceOf } from '../config.ts'
import { serviceConfig } from './service-config.ts'
import { sharedName, sharingServices } from './shared-facts.ts'

type Named = Pick<Config, 'services' | 'sources'>

const mostRemembered = 50_000
const memories = new WeakMap<Config['services'], Map<string, string>>()

/** A name that was worked out stays so as long as the configuration does: facts ask for the same few again and again. */
function remembered({ services }: Pick<Config, 'services'>, question: string, answer: () => string): string {
  let memory = memories.get(services)
  if (memory === undefined || memory.size > mostRemembered) {
    memory = new Map()
    memories.set(services, memory)
  }
  const known = memory.get(question)
  if (known !== undefined) return known
  const found = answer()
  memory.set(question, found)
  return found
}

/** The present name of a repository: that of a service's own follows the service's renames. */
export function presentRepository(config: Pick<Config, 'services'>, name: string): string {
  if (serviceConfig(config, name) !== undefined) return name
  return remembered(config, `repository ${name}`, () => config.services.find((service) => service.was.includes(name))?.id ?? name)
}

/**
 * The present name of a service, after renames, and where the configuration gives a repository to a service. What a repository's services
 * with paths share has a name of its own (`shared-facts.ts`).
 */
export function presentService(config: Pick<Config, 'services'>, name: string): string {
  if (serviceConfig(config, name) !== undefined) return name
  return remembered(config, `service ${name}`, () => givenService(config, name))
}

function givenService(config: Pick<Config, 'services'>, name: string): string {
  const present = config.services.find((service) => service.was.includes(name) || service.repositories?.includes(name))
  if (!present) return name
  return present.paths !== undefined && present.repositories?.includes(name) ? sharedName(name) : present.id
}

/**
 * The service of a fact that names it so (null: none, so that its source's own is meant). A service that alone has a source whose facts name
 * services of their own, without a list of repositories, has all of them.
 */
export function serviceFor(config: Pick<Config, 'services'>, source: string, name: string | null): string {
  if (name === null) return serviceOf(config, source)
  const present = presentService(config, name)
  if (serviceConfig(config, present) !== undefined) return present
  return remembered(config, `of ${source} ${present}`, () => {
    const sharing = config.services.filter((service) => service.sources.includes(source))
    return sharing.length === 1 && sharing[0]?.repositories === undefined ? (sharing[0]?.id ?? present) : present
  })
}

/** The services of a source that its configuration names; those that share it by paths. */
export function servicesOf(config: Pick<Config, 'services'>, source: string): string[] {
  const name = serviceOf(config, source)
  const sharing = sharingServices(config, name)
  return sharing.length > 0 ? sharing.map(({ id }) => id) : [name]
}

/** The services that facts may be pushed for; null: any, where none are configured. */
export function acceptedServices(config: Named): Set<string> | null {
  if (config.services.length === 0) return null
  const known = accepted.get(config.services)
  if (known?.sources === config.sources) return known.names
  const names = new Set(
    [
      ...config.services.flatMap(({ id, repositories = [] }) => [id, ...repositories]),
      ...config.sources.flatMap(({ id }) => servicesOf(config, id)),
    ].sort(),
  )
  accepted.set(config.services, { sources: config.sources, names })
  return names
}

const accepted = new WeakMap<Config['services'], { sources: Config['sources']; names: Set<string> }>()
