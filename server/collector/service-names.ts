/** Which service a fact belongs to under the configuration. */
import { type Config, serviceOf } from '../config.ts'

type Named = Pick<Config, 'services' | 'sources'>

/** The present name of a service or of its repository, after renames. */
export function presentName(config: Pick<Config, 'services'>, name: string): string {
  if (config.services.some((service) => service.id === name)) return name
  return config.services.find((service) => service.was.includes(name))?.id ?? name
}

/** The service of a fact that names it so (null: none, so that its source's own is meant). */
export function serviceFor(config: Pick<Config, 'services'>, source: string, name: string | null): string {
  return name === null ? serviceOf(config, source) : presentName(config, name)
}

/** The services that facts may be pushed for; null: any, where none are configured. */
export function acceptedServices(config: Named): string[] | null {
  if (config.services.length === 0) return null
  return [...new Set([...config.services.map(({ id }) => id), ...config.sources.map(({ id }) => serviceOf(config, id))])].sort()
}
