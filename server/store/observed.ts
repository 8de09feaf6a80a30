/** The observations of a scope in parts, so that few of them are in memory at once. */
import type { Config } from '../config.ts'
import { observeBlocks } from '../metrics/observe-blocks.ts'
import { type ObservedRows, observeRows } from '../metrics/observe-rows.ts'
import { dayNumber, startOfDay } from '../metrics/windows.ts'
import { chunks, type Db } from './database.ts'
import { readMetricsInput } from './metrics-input.ts'
import { isTier } from './page.ts'
import { blocksOf } from './readings.ts'
import type { ResolvedScope, ScopedService } from './scope.ts'
import { readStoredServices } from './services.ts'
import { readSharedRows } from './shared-rows.ts'

export type ObservedPart = Omit<ObservedRows, 'incidents' | 'rows'> & Partial<Pick<ObservedRows, 'rows'>>

/** Services whose blocks are read together. */
const mostServices = 200

/**
 * What the metrics include of the days [from, to): from blocks, of services that share a repository with others of the scope and of environments by
 * their names from rows. Everything of a service is in one part; releases are told apart by no number that holds beyond it.
 */
export async function* readObserved(
  db: Db,
  config: Config,
  resolved: ResolvedScope,
  { environment, from, to }: { environment: string; from: string; to: string },
): AsyncGenerator<ObservedPart> {
  if (!isTier(environment)) {
    yield observeRows(await readMetricsInput(db, config, resolved, { environment, from, to, bucket: 'week' }))
    return
  }
  const stored = new Map((await readStoredServices(db)).map((service) => [service.id, service]))
  const isService = resolved.scope.startsWith('service:')
  const days = { from: dayNumber(from), to: dayNumber(to) }
  const window = { from: startOfDay(days.from, config.timeZone), to: startOfDay(days.to, config.timeZone) }
  const parts = new Map<string, ScopedService[]>()
  for (const part of resolved.services) {
    if (isService || !stored.get(part.service)?.overlaps) parts.set(part.service, [...(parts.get(part.service) ?? []), part])
  }
  for (const chunk of chunks(parts.values(), mostServices)) {
    yield observeBlocks(await blocksOf(db, chunk.flat(), stored, { tier: environment, ...days }, window), null)
  }
  if (!isService) yield observeRows(await readSharedRows(db, config, resolved, { environment, ...window }, [...stored.values()]))
}
