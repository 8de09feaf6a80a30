/** The five metrics of each item of a list, with their weeks and their verdicts. */
import { metricIds } from '../metrics/answer.ts'
import { earliestCompared } from '../metrics/comparison/compared-windows.ts'
import { answerListed, type ListedAnswer } from '../metrics/compute.ts'
import { readScopes } from '../store/readings.ts'
import { knownScope } from '../store/scope.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Window } from './query.ts'
import type { ListedMetrics, MetricsOfList } from './services-schema.ts'
import { standingOut } from './standing-out.ts'

/** Those that stand out first, the rest in their order; `scopeOf` makes an item's scope of its id. */
export async function listMetrics<Item extends { id: string }>(
  { store, config }: Pick<ApiDeps, 'store' | 'config'>,
  items: readonly Item[],
  scopeOf: (id: string) => string,
  window: Window & { environment: string },
): Promise<MetricsOfList & { items: (Item & ListedMetrics)[] }> {
  const earliest = earliestCompared(window)
  const asked = { ...window, bucket: 'week' as const, earliest }
  const scopes = items.map(({ id }) => knownScope(config, scopeOf(id)))
  const listed: (Item & ListedMetrics)[] = []
  let buckets: MetricsOfList['buckets'] = []
  let estimate: MetricsOfList['estimate']
  for await (const { at, question, reading } of readScopes(store.db, config, scopes, asked)) {
    const answer = answerListed(question, reading, earliest)
    // A week is cut by the present in some and by the window in all: the list says what holds for any.
    buckets = answer.series.map(({ start, end, partial, provisional }, i) => ({
      start,
      end,
      partial: partial || (buckets[i]?.partial ?? false),
      provisional: provisional || (buckets[i]?.provisional ?? false),
    }))
    estimate ??= answer.estimate
    listed.push({ ...(items[at] as Item), ...shortAnswer(answer) })
  }
  const { items: ordered, comparison } = standingOut(listed, config.definition)
  return { from: window.from, to: window.to, buckets, ...(estimate && { estimate }), comparison, items: ordered }
}

function shortAnswer({ metrics, series }: ListedAnswer): ListedMetrics {
  const points = metricIds.map((id) => {
    const { value, n, interval, reason, comparison } = metrics[id]
    const count = 'count' in metrics[id] ? { count: metrics[id].count } : {}
    return [id, { value, n, interval, reason, ...count, ...(comparison && { comparison: { ...comparison, standsOut: false } }) }] as const
  })
  return {
    metrics: Object.fromEntries(points) as ListedMetrics['metrics'],
    series: Object.fromEntries(metricIds.map((id) => [id, series.map(({ values }) => values[id])])) as ListedMetrics['series'],
  }
}
