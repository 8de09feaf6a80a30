/** A PostgreSQL of the benchmark's own with an organisation in it: facts by COPY, all else derived by the product's own `rebuild`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { startPostgres } from '../../support/places.ts'
import { flagsOf } from '../flags-of.ts'
import { type Watched, watch } from '../watched.ts'
import { type Loaded, loadFacts } from './load-facts.ts'
import { configText, type Organisation } from './organisation.ts'

export const cli = fileURLToPath(new URL('../../../server/cli.ts', import.meta.url))

/** What somebody would set who has a small server for it; every commit waits until it is on the disk. */
export const serverSettings = {
  shared_buffers: '512MB',
  effective_cache_size: '2GB',
  work_mem: '32MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
}

export interface Prepared {
  databaseUrl: string
  /** The organisation's shiplog.yaml. */
  config: string
  loaded: Loaded
  rebuilt: Watched
}

/** A server in the folder, which ends with `stop`. */
export async function openServer(folder: string): Promise<{ url: string; create(name: string): Promise<string>; stop(): Promise<void> }> {
  const { server, url } = await startPostgres(folder, serverSettings)
  return {
    url,
    async create(name) {
      await server.createDatabase(name)
      return `${url}/${name}`
    },
    stop: () => server.stop(),
  }
}

export function writeConfig(folder: string, organisation: Organisation): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'shiplog.yaml')
  writeFileSync(file, configText(organisation))
  return file
}

export async function loadAndRebuild(databaseUrl: string, config: string, organisation: Organisation): Promise<Prepared> {
  const loaded = await loadFacts(databaseUrl, organisation)
  await tidy(databaseUrl)
  const rebuilt = await watch([cli, 'rebuild', '--config', config], { flags: flagsOf('shiplog'), env: { DATABASE_URL: databaseUrl } })
  await tidy(databaseUrl)
  return { databaseUrl, config, loaded, rebuilt }
}

/** What autovacuum would have done after a while. */
async function tidy(databaseUrl: string): Promise<void> {
  const client = postgres(databaseUrl, { max: 1, onnotice() {} })
  try {
    await client`vacuum analyze`
    await client`checkpoint`
  } finally {
    await client.end()
  }
}
