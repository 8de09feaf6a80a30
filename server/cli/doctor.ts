/** `doctor`: checks everything that Shiplog needs, and says how to mend what is not there. */
import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { needsFiles } from '../collector/shared-facts.ts'
import type { ExportConfig, SourceConfig } from '../config.ts'
import { serviceOf } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import { exporters } from '../exporters/index.ts'
import { sources } from '../sources/index.ts'
import { type Holder, holderOf } from '../store/folder-lock.ts'
import { openStore } from '../store/open.ts'
import { webIsBuilt } from './build-web.ts'
import { type CommonOptions, openSession, type Session } from './session.ts'

interface Finding {
  name: string
  /** Null: not good. */
  good: string | null
  /** Where it is not good: what is wrong and what to do. */
  mend?: string
}

const oldestNode = [20, 19]
/** The first git that takes its configuration from the environment alone. */
const oldestGit = [2, 32]

/** Throws ShiplogError `unavailable` after all checks, where one found a fault. */
export async function doctor(options: CommonOptions): Promise<void> {
  const found: Finding[] = [checkNode(), await checkGit()]
  const session = sessionOr(options, found)
  if (session !== null) {
    found.push(checkFolder(session), await checkDatabase(session), checkWeb())
    for (const source of session.config.sources) found.push(await checkSource(session, source))
    for (const target of session.config.exports ?? []) found.push(await checkExport(session, target))
  }
  const width = Math.max(...found.map(({ name }) => name.length))
  for (const { name, good, mend } of found) {
    process.stdout.write(`${good === null ? 'FAULT' : 'ok   '}  ${name.padEnd(width)}  ${good ?? mend}\n`)
  }
  const faults = found.filter(({ good }) => good === null).length
  if (faults > 0) throw new ShiplogError('unavailable', `${faults} of ${found.length} checks found a fault.`)
}

function checkNode(): Finding {
  const version = process.versions.node
  if (atLeast(version, oldestNode)) return { name: 'Node', good: version }
  return { name: 'Node', good: null, mend: `${version} is too old. Install Node ${oldestNode.join('.')} or newer.` }
}

async function checkGit(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'])
    const version = /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? ''
    if (atLeast(version, oldestGit)) return { name: 'git', good: version }
    return { name: 'git', good: null, mend: `${version} is too old. Install git ${oldestGit.join('.')} or newer.` }
  } catch {
    return { name: 'git', good: null, mend: 'It is not installed, or not on the PATH. Install git.' }
  }
}

function atLeast(version: string, [major = 0, minor = 0]: number[]): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number)
  return a > major || (a === major && b >= minor)
}

function sessionOr(options: CommonOptions, found: Finding[]): Session | null {
  try {
    const session = openSession(options)
    const { config } = session
    const from = config.file ?? (config.demo ? 'none: the demo' : `the repository ${options.git}`)
    found.push({ name: 'Configuration', good: from })
    return session
  } catch (error) {
    found.push({ name: 'Configuration', good: null, mend: told(error) })
    return null
  }
}

function checkFolder({ settings }: Session): Finding {
  const name = 'Data folder'
  try {
    mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 })
    accessSync(settings.dataDir, constants.W_OK)
    return { name, good: settings.dataDir }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return { name, good: null, mend: `${settings.dataDir} cannot be written (${code}). Name another folder with --data or SHIPLOG_DATA.` }
  }
}

async function checkDatabase(session: Session): Promise<Finding> {
  const name = 'Database'
  const { settings } = session
  try {
    const holder = settings.databaseUrl === null ? holderOf(settings.dataDir) : null
    if (holder !== null) return { name, good: heldBy(holder) }
    if (settings.databaseUrl === null && !existsSync(path.join(settings.dataDir, 'database'))) {
      return { name, good: 'embedded; the first collection creates it' }
    }
    const store = await openStore(settings)
    await store.close()
    return { name, good: store.kind === 'pglite' ? 'embedded, opens' : 'PostgreSQL of DATABASE_URL, opens' }
  } catch (error) {
    return { name, good: null, mend: told(error) }
  }
}

function heldBy({ pid, url }: Holder): string {
  const what = url === null ? `process ${pid} works on it` : `the server at ${url} has it open (process ${pid})`
  return `embedded, in use: ${what}`
}

function checkWeb(): Finding {
  return { name: 'Pages', good: webIsBuilt() ? 'built' : 'not built yet; npm start builds them' }
}

async function checkSource(session: Session, source: SourceConfig): Promise<Finding> {
  const name = `Source ${source.id}`
  const preview = sources[source.type]?.preview
  if (preview === undefined) return { name, good: `${source.type}; nothing to check` }
  try {
    const { rule, rows, hints } = await preview(source.options, {
      sourceId: source.id,
      service: serviceOf(session.config, source.id),
      needsFiles: (repository) => needsFiles(session.config, repository),
      dataDir: path.join(session.settings.dataDir, 'sources', encodeURIComponent(source.id)),
      signal: AbortSignal.timeout(10 * 60_000),
      now: session.now(),
      progress: () => {},
      note: () => {},
    })
    const counted = rows.filter((row) => row.counted).length
    if (counted > 0) return { name, good: `${rule} ${counted} of ${rows.length} would count.` }
    return { name, good: null, mend: [rule, `None of ${rows.length} would count as a deployment.`, ...hints].join(' ') }
  } catch (error) {
    return { name, good: null, mend: told(error) }
  }
}

async function checkExport(session: Session, { id, type, options }: ExportConfig): Promise<Finding> {
  const name = `Export ${id}`
  try {
    const context = { signal: AbortSignal.timeout(60_000), now: session.now(), progress: () => {}, note: () => {} }
    return { name, good: (await exporters[type]?.check(options, context)) ?? null }
  } catch (error) {
    return { name, good: null, mend: told(error) }
  }
}

function told(error: unknown): string {
  if (error instanceof ShiplogError) return error.message
  return error instanceof Error ? error.message : String(error)
}
