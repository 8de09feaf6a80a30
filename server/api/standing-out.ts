/** Which items of a list stand out from what they were before, told over the whole list. */
import type { Definition } from '../definition.ts'
import { metricIds } from '../metrics/answer.ts'
import { benjaminiHochberg } from '../metrics/comparison/benjamini-hochberg.ts'
import { isLarge } from '../metrics/comparison/compare-metrics.ts'
import type { ListedMetrics, MetricsOfList } from './services-schema.ts'

/**
 * Marks each comparison that stands out, among all metrics of all items together, and puts those items first; the rest stay in their order. A
 * difference too small to be called clear does not stand out either.
 */
export function standingOut<Item extends ListedMetrics & { id: string }>(
  items: readonly Item[],
  definition: Definition,
): { items: Item[]; comparison: MetricsOfList['comparison'] } {
  const tested = items.flatMap((item) =>
    metricIds.flatMap((id) => {
      const comparison = item.metrics?.[id].comparison
      return comparison?.p == null ? [] : [{ id: item.id, comparison, p: comparison.p }]
    }),
  )
  const rejected = benjaminiHochberg(
    tested.map(({ p }) => p),
    definition.falseDiscovery,
  )
  const out = new Set<string>()
  tested.forEach(({ id, comparison }, i) => {
    comparison.standsOut = (rejected[i] ?? false) && isLarge(comparison, definition)
    if (comparison.standsOut) out.add(id)
  })
  const compared = new Set(tested.map(({ id }) => id)).size
  const first = items.filter(({ id }) => out.has(id))
  return {
    items: [...first, ...items.filter(({ id }) => !out.has(id))],
    comparison: { compared, standOut: out.size, text: `of ${compared} compared, ${out.size} ${out.size === 1 ? 'stands' : 'stand'} out` },
  }
}
