/** What is configured of a service, found at once among thousands. */
import type { Config, ServiceConfig } from '../config.ts'

const known = new WeakMap<Config['services'], Map<string, ServiceConfig>>()

/** Undefined where nothing is. */
export function serviceConfig({ services }: Pick<Config, 'services'>, id: string): ServiceConfig | undefined {
  let byId = known.get(services)
  if (byId === undefined) {
    byId = new Map(services.map((service) => [service.id, service]))
    known.set(services, byId)
  }
  return byId.get(id)
}
