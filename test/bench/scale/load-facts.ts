/** Loads the facts of an organisation with COPY, as the product's own ingest would have written them one batch after another. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import postgres from 'postgres'
import { sortBatch } from '../../../server/collector/batch.ts'
import { followDefinition } from '../../../server/collector/follow-definition.ts'
import { namesOf } from '../../../server/collector/save-facts.ts'
import { follow } from '../../../server/collector/standing.ts'
import type { Config } from '../../../server/config.ts'
import { defineMetrics } from '../../../server/definition.ts'
import type { Fact } from '../../../server/facts.ts'
import type { FactRow } from '../../../server/store/facts.ts'
import { writeIdentities } from '../../../server/store/identities.ts'
import { bumpRevision } from '../../../server/store/meta.ts'
import { openStore } from '../../../server/store/open.ts'
import { ensureRepositories, ensureServices } from '../../../server/store/repositories.ts'
import { notePush, noteSuccess } from '../../../server/store/sources.ts'
import { historyOf } from './history.ts'
import { type Organisation, present } from './organisation.ts'

/** Characters that are sent at once. */
const pieceLength = 256 * 1024

/** No service has another name than its own, so that rows do not depend on which are configured. */
const config: Config = {
  timeZone: 'UTC',
  definition: defineMetrics(),
  sources: [],
  services: [],
  teams: [],
  demo: false,
  file: null,
}

export interface Loaded {
  facts: number
  seconds: number
}

/** Into an empty database; nothing is derived. */
export async function loadFacts(databaseUrl: string, { services }: Organisation): Promise<Loaded> {
  const startedAt = performance.now()
  const store = await openStore({ databaseUrl, dataDir: null })
  try {
    // While nothing is stored: else the server would derive everything once more when it starts.
    await followDefinition(store, config)
    const keys = services.map(({ id }) => id)
    const numbers = {
      services: await ensureServices(store.db, keys),
      repositories: await ensureRepositories(store.db, keys),
    }
    await notePush(store.db, ['api'])
    const identities = keys.map((name) => ({ source: 'api', name, serviceId: numbers.services.get(name) ?? 0 }))
    await writeIdentities(store.db, identities)
    const facts = await copyFacts(databaseUrl, services, numbers)
    await noteSuccess(store.db, 'api', present)
    await bumpRevision(store.db, present)
    return { facts, seconds: (performance.now() - startedAt) / 1000 }
  } finally {
    await store.close()
  }
}

interface Numbers {
  services: Map<string, number>
  repositories: Map<string, number>
}

async function copyFacts(databaseUrl: string, services: Organisation['services'], numbers: Numbers): Promise<number> {
  const client = postgres(databaseUrl, { max: 2, onnotice() {} })
  let count = 0
  try {
    const facts = lineWriter(
      await client`copy facts (kind, source, id, service_name, service_id, repository_id, updated_at, rank, body, withdrawn,
      withdrawn_through, written_at) from stdin`.writable(),
    )
    const names = lineWriter(await client`copy fact_names (name, kind, source, id) from stdin`.writable())
    for (const service of services) {
      for (const fact of historyOf(service)) {
        const row = rowOf(fact, numbers)
        const full = facts.add([
          ...[row.kind, row.source, row.id, row.serviceName, row.serviceId, row.repositoryId, row.updatedAt, row.rank, row.body],
          ...[row.withdrawn, row.withdrawnThrough, present],
        ])
        if (row.kind !== 'change') {
          for (const name of new Set(namesOf(row, config))) if (names.add([name, row.kind, row.source, row.id])) await names.flush()
        }
        if (full) await facts.flush()
        count++
      }
    }
    await Promise.all([facts.end(), names.end()])
    return count
  } finally {
    await client.end()
  }
}

/** The fact's only version, as `saveFacts` brings it to stand. */
function rowOf(fact: Fact, { services, repositories }: Numbers): FactRow {
  const [entry] = sortBatch([fact], { config, authority: 'push', salt: '' }).facts.values()
  const operation = entry?.operations[0]
  if (!entry || !operation || !('version' in operation)) throw new Error('the generator makes only standing facts')
  const { service, repository, ...version } = operation.version
  const numbered = { ...version, serviceId: numberOf(services, service), repositoryId: numberOf(repositories, repository) }
  return follow(entry.key, null, { version: numbered }, 'push')
}

function numberOf(numbers: Map<string, number>, key: string | null): number | null {
  return key === null ? null : (numbers.get(key) ?? null)
}

/** Rows in COPY's text format. */
function lineWriter(stream: Writable) {
  let piece = ''
  async function flush(): Promise<void> {
    const text = piece
    piece = ''
    if (!stream.write(text)) await once(stream, 'drain')
  }
  return {
    flush,
    /** Whether it is time to flush. */
    add(values: (string | number | boolean | null)[]): boolean {
      piece += `${values.map(field).join('\t')}\n`
      return piece.length >= pieceLength
    },
    async end(): Promise<void> {
      await flush()
      stream.end()
      await once(stream, 'finish')
    },
  }
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function field(value: string | number | boolean | null): string {
  if (value === null) return '\\N'
  if (typeof value !== 'string') return String(value)
  return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? '') : value
}
