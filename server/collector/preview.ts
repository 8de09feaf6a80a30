/** Asks a source what it would count, and what it is called. */
import { join } from 'node:path'
import { type Config, type SourceConfig, serviceOf } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import { sources } from '../sources/index.ts'
import type { Preview, PreviewRow } from '../sources/source.ts'
import { readKept } from '../store/inbox.ts'
import type { Store } from '../store/store.ts'
import { deployedServices, needsFiles, sharedName, sharingServices } from './shared-facts.ts'

const keptBytes = 8 * 1024 * 1024

/** What the source would count, and why not the rest; keeps nothing. With a store it may look at deliveries that are kept. Throws `invalid` where its type cannot tell, or the source's own error. */
export async function previewSource(
  { config, dataDir, now, store }: { config: Config; dataDir: string; now: Date; store?: Store },
  { id: sourceId, type, options }: SourceConfig,
  signal: AbortSignal,
): Promise<Preview> {
  const source = sources[type]
  if (source?.preview === undefined) {
    throw new ShiplogError(
      'invalid',
      `The source ${sourceId} is of the type ${type}, which has no preview. Collect it and look at the evidence instead.`,
    )
  }
  const preview = await source.preview(options, {
    sourceId,
    service: serviceOf(config, sourceId),
    needsFiles: (repository) => needsFiles(config, repository),
    dataDir: join(dataDir, 'sources', encodeURIComponent(sourceId)),
    signal,
    now,
    progress: () => {},
    note: () => {},
    ...(store === undefined ? {} : { kept: (limit) => readKept(store.db, { source: sourceId, limit, bytes: keptBytes }) }),
  })
  return { ...preview, rows: preview.rows.flatMap((row) => rowsByService(row, sourceId, config)) }
}

/** Of a deployment that several services may share, a row for each whose it is. */
function rowsByService(row: PreviewRow, sourceId: string, config: Config): PreviewRow[] {
  const { deploys, ...rest } = row
  const sharing = sharingServices(config, sharedName(row.group ?? sourceId))
  if (sharing.length === 0 || deploys === undefined || !row.counted) return [rest]
  const deployed = deployedServices(sharing, deploys)
  if (deployed.length > 0) return deployed.map(({ id }) => ({ ...rest, group: id }))
  return [{ ...rest, counted: false, reason: 'no service of the repository takes it: see their deployments' }]
}

/** Whether the facts of sources of this type name their services. */
export function namesServices(type: string): boolean {
  return sources[type]?.namesServices === true
}

/** The name of a type of source, such as `git repository`. */
export function sourceTitle(type: string): string {
  return sources[type]?.title ?? type
}
