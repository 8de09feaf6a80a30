/** Creates the embedded database's folder: whole or not at all, and outside the serving process. */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ShiplogError } from '../errors.ts'

/** A small server with one connection: 8 MB of shared buffers instead of 128, 1 MB WAL files, and no WAL for replicas. */
const initdbOptions = [
  '--no-sync',
  '--wal-segsize=1',
  ...['shared_buffers=8MB', 'wal_level=minimal', 'max_wal_senders=0', 'max_wal_size=256MB'].flatMap((setting) => ['-c', setting]),
]

/** Raise it when the options above or the packed form change. */
const templateFormat = 1

interface Template {
  folders: string[]
  files: [path: string, size: number][]
  content: Buffer
}

/**
 * Makes `folder` an empty PGlite data folder; does nothing where it is one already. The caller holds the lock of the folder above.
 * A new folder is a copy of a template that is kept in `cacheDir` (null: kept nowhere), made anew where it is missing or damaged.
 */
export async function createEmbedded(folder: string, cacheDir: string | null = defaultCacheDir()): Promise<void> {
  if (await exists(join(folder, 'PG_VERSION'))) return
  const staging = `${folder}.creating`
  await rm(staging, { recursive: true, force: true })
  await mkdir(staging, { recursive: true, mode: 0o700 })
  const cached = cacheDir === null ? null : join(cacheDir, `pglite-${pgliteVersion()}-${templateFormat}.gz`)
  const template = (cached === null ? null : await readTemplate(cached)) ?? (await makeTemplate(join(staging, 'template'), cached))
  const data = join(staging, 'data')
  await unpack(template, data)
  await rename(data, folder)
  await rm(staging, { recursive: true, force: true })
}

async function makeTemplate(file: string, cached: string | null): Promise<Template> {
  const program = fileURLToPath(new URL('initdb.mjs', import.meta.url))
  try {
    await promisify(execFile)(process.execPath, [program, file, ...initdbOptions], { env: {}, maxBuffer: 1 << 24 })
  } catch (cause) {
    throw new ShiplogError(
      'unavailable',
      'The embedded database could not be created. It needs 700 MB of free memory once; where that is not to be had, set DATABASE_URL to a PostgreSQL database.',
      String((cause as { stderr?: unknown }).stderr ?? '').slice(-2000),
      { cause },
    )
  }
  const template = await readTemplate(file)
  if (!template) throw new ShiplogError('internal', 'The embedded database was created damaged. Check the disk for space and faults.')
  if (cached) await keep(file, cached)
  return template
}

/** Keeping it only saves time: an installation that cannot be written to goes without. */
async function keep(file: string, cached: string): Promise<void> {
  const draft = `${cached}.${process.pid}`
  try {
    await mkdir(dirname(cached), { recursive: true })
    await copyFile(file, draft)
    await rename(draft, cached)
  } catch {
    await rm(draft, { force: true }).catch(() => {})
  }
}

/** Null where the file is missing, cut off or altered: gzip's checksum and the sizes in the header tell. */
async function readTemplate(file: string): Promise<Template | null> {
  try {
    const packed = await promisify(gunzip)(await readFile(file))
    const end = packed.indexOf('\n')
    const { folders, files } = JSON.parse(packed.toString('utf8', 0, end)) as Omit<Template, 'content'>
    const content = packed.subarray(end + 1)
    const size = files.reduce((sum, [, bytes]) => sum + bytes, 0)
    return size === content.length ? { folders, files, content } : null
  } catch {
    return null
  }
}

async function unpack(template: Template, folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 })
  for (const path of template.folders) await mkdir(join(folder, path), { mode: 0o700 })
  let at = 0
  for (const [path, size] of template.files) {
    await writeFile(join(folder, path), template.content.subarray(at, at + size), { mode: 0o600 })
    at += size
  }
}

/** Goes when the installed packages go, so it never outlives the version that made it. */
function defaultCacheDir(): string {
  return fileURLToPath(new URL('../../node_modules/.cache/shiplog/', import.meta.url))
}

function pgliteVersion(): string {
  const main = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const { version } = createRequire(main)('../package.json') as { version: string }
  return version
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
