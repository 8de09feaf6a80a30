/** The kernel's lock on an embedded database's folder: one process at a time, released however that process ends. */
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ShiplogError } from '../errors.ts'

interface NativeLocks {
  tryLock(fd: number, offset: number, length: number, options?: { shared?: boolean }): boolean
}

/** The process that has the folder open. */
export interface Holder {
  pid: number
  /** Where its server listens; null while it does not (a collection, an import). */
  url: string | null
  /** RFC 3339. */
  startedAt: string
}

export interface FolderLock {
  /** Says where the server that holds the folder listens, so that others can work through it. */
  announce(url: string): Promise<void>
  /** Safe to call twice. */
  release(): Promise<void>
}

/** One byte far behind the file's text is locked: where locks bar reading, the text stays readable. */
const lockedByte = 1 << 30

/** A look at who holds the folder locks it for an instant; so one refusal is not yet an answer. */
const attempts = 5
const retryMs = 20

/**
 * Takes the folder for this process, creating it if need be. Throws ShiplogError `conflict` naming the holder where another
 * process (or another store of this one) has it, `unavailable` where this platform has no such lock: never runs without.
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const native = loadNative(dir)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const fd = openSync(lockFile(dir), 'a+', 0o600)
  try {
    for (let attempt = 1; !grantedBy(native, fd, dir); attempt++) {
      if (attempt === attempts) throw heldError(dir, readHolder(dir))
      await delay(retryMs)
    }
  } catch (error) {
    closeSync(fd)
    throw error
  }
  const holder: Holder = { pid: process.pid, url: null, startedAt: new Date(performance.timeOrigin).toISOString() }
  writeHolder(fd, holder)
  let held = true
  return {
    async announce(url) {
      if (held) writeHolder(fd, { ...holder, url })
    },
    async release() {
      if (!held) return
      held = false
      ftruncateSync(fd)
      closeSync(fd)
    },
  }
}

/** Who has the folder open now; null when nobody has. The text that a killed process left behind counts for nothing. */
export function holderOf(dir: string): Holder | null {
  let fd: number
  try {
    fd = openSync(lockFile(dir), 'r')
  } catch {
    return null
  }
  try {
    const free = loadNative(dir).tryLock(fd, lockedByte, 1, { shared: true })
    return free ? null : (readHolder(dir) ?? { pid: 0, url: null, startedAt: '' })
  } finally {
    closeSync(fd)
  }
}

function lockFile(dir: string): string {
  return join(dir, 'lock')
}

function loadNative(dir: string): NativeLocks {
  try {
    return createRequire(import.meta.url)('fs-native-extensions') as NativeLocks
  } catch (cause) {
    throw new ShiplogError(
      'unavailable',
      `The embedded database in ${dir} needs a file lock, and this platform (${process.platform}-${process.arch}) has no build of it. Set DATABASE_URL to a PostgreSQL database instead.`,
      null,
      { cause },
    )
  }
}

function grantedBy(native: NativeLocks, fd: number, dir: string): boolean {
  try {
    return native.tryLock(fd, lockedByte, 1)
  } catch (cause) {
    throw new ShiplogError(
      'unavailable',
      `The file system of ${dir} cannot lock files (${(cause as NodeJS.ErrnoException).code}). Choose a local folder by --data, or set DATABASE_URL.`,
      null,
      { cause },
    )
  }
}

function writeHolder(fd: number, holder: Holder): void {
  ftruncateSync(fd)
  writeSync(fd, `${JSON.stringify(holder)}\n`)
}

/** Null where the text is missing or half written. */
function readHolder(dir: string): Holder | null {
  try {
    const { pid, url, startedAt } = JSON.parse(readFileSync(lockFile(dir), 'utf8')) as Holder
    return { pid, url, startedAt }
  } catch {
    return null
  }
}

function heldError(dir: string, holder: Holder | null): ShiplogError {
  const who = holder ? `process ${holder.pid}, since ${holder.startedAt}` : 'another process'
  const mend = holder?.url
    ? `Use the server that runs at ${holder.url} (dashboard, API, "run now"), or stop it first.`
    : 'Wait until it ends, or stop it first.'
  return new ShiplogError(
    'conflict',
    `The embedded database in ${dir} is in use by ${who}. ${mend} For several processes at once set DATABASE_URL to a PostgreSQL database.`,
    holder,
  )
}
