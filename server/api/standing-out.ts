/** Which services of a list stand out from what they were before, told over the whole list. */
import type { Definition } from '../definition.ts'
import { metricIds } from '../metrics/answer.ts'
import { benjaminiHochberg } from '../metrics/comparison/benjamini-hochberg.ts'
import { isLarge } from '../metrics/comparison/compare-metrics.ts'
import type { ServiceList, ServiceSummary } from './services-schema.ts'

/**
 * Marks each comparison that stands out, among all metrics of all services together, and puts those services first; the rest stay by name. A
 * difference too small to be called clear does not stand out either.
 */
export function standingOut(services: readonly ServiceSummary[], definition: Definition): Pick<ServiceList, 'services' | 'comparison'> {
  const tested = services.flatMap((service) =>
    metricIds.flatMap((id) => {
      const comparison = service.metrics?.[id].comparison
      return comparison?.p == null ? [] : [{ service: service.id, comparison, p: comparison.p }]
    }),
  )
  const rejected = benjaminiHochberg(
    tested.map(({ p }) => p),
    definition.falseDiscovery,
  )
  const out = new Set<string>()
  tested.forEach(({ service, comparison }, i) => {
    comparison.standsOut = (rejected[i] ?? false) && isLarge(comparison, definition)
    if (comparison.standsOut) out.add(service)
  })
  const compared = new Set(tested.map(({ service }) => service)).size
  const first = services.filter(({ id }) => out.has(id))
  return {
    services: [...first, ...services.filter(({ id }) => !out.has(id))],
    comparison: { compared, standOut: out.size, text: `of ${compared} compared, ${out.size} ${out.size === 1 ? 'stands' : 'stand'} out` },
  }
}
