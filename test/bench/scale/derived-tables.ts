/** COPY of all derived rows into their own tables, keys and indexes in place: what a rebuild is measured by. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'

/** What a rebuild does not fill; every other table of the schema is derived. */
const kept = new Set([
  'facts',
  'identities',
  'services',
  'repositories',
  'commits',
  'meta',
  'sources',
  'verdicts',
  'inbox',
  'runs',
  'reports',
])

export interface Copied {
  tables: { name: string; rows: number; seconds: number }[]
  /** Of all tables together. */
  seconds: number
}

/** By files that the server itself writes and reads, so that no client slows it down; the rows are the same afterwards. */
export async function copyDerived(databaseUrl: string, folder: string): Promise<Copied> {
  const client = postgres(databaseUrl, { max: 1, onnotice() {} })
  const files = join(folder, 'copied')
  mkdirSync(files, { recursive: true })
  // The server runs as another user.
  chmodSync(folder, 0o755)
  chmodSync(files, 0o777)
  try {
    const names = await derivedTables(client)
    const fileOf = (name: string) => `'${join(files, name)}'`
    for (const name of names) await client.unsafe(`copy ${name} to ${fileOf(name)}`)
    await client.unsafe(`truncate ${names.join(', ')}`)
    await client`checkpoint`
    const tables: Copied['tables'] = []
    for (const name of names) {
      const startedAt = performance.now()
      const { count } = await client.unsafe(`copy ${name} from ${fileOf(name)}`)
      tables.push({ name, rows: count, seconds: (performance.now() - startedAt) / 1000 })
    }
    await client`vacuum analyze`
    return { tables, seconds: tables.reduce((sum, { seconds }) => sum + seconds, 0) }
  } finally {
    await client.end()
    rmSync(files, { recursive: true, force: true })
  }
}

async function derivedTables(client: postgres.Sql): Promise<string[]> {
  const found = await client<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public' order by tablename`
  const names = found.map(({ name }) => name)
  for (const name of kept) if (!names.includes(name)) throw new Error(`there is no table ${name}: correct the list of what is kept`)
  return names.filter((name) => !kept.has(name))
}
