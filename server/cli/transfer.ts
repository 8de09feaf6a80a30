/** `export`, `import` and `rebuild`: what works on the whole store. */
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { rebuild } from '../collector/rebuild.ts'
import { exportAll, importAll } from '../collector/transfer.ts'
import { ShiplogError } from '../errors.ts'
import { count } from '../report/format.ts'
import { openStore } from '../store/open.ts'
import { readRevision } from '../store/revision.ts'
import type { Store } from '../store/store.ts'
import { refuseEmptyFolder } from './api.ts'
import type { Session } from './session.ts'

/** What a person is told of after an import. */
const shownKinds = ['service', 'repository', 'commit', 'fact', 'verdict', 'report']

/** Without a file to stdout; a new file never replaces another. */
export async function exportTo(session: Session, file?: string): Promise<void> {
  refuseEmptyFolder(session)
  await withStore(session, async (store) => {
    const output = file === undefined ? process.stdout : createWriteStream(file, { flags: 'wx', mode: 0o600 })
    await pipeline(exportAll(store), output, { end: file !== undefined }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST') throw new ShiplogError('conflict', `${file} is there already. Name a new file.`, null, { cause })
      if (file !== undefined && cause.path === file) {
        throw new ShiplogError('unavailable', `${file} cannot be written (${cause.code}). Name another file.`, null, { cause })
      }
      throw cause
    })
  })
  if (file !== undefined) session.note(`Everything is in ${file}.`)
}

/** From a file, or from stdin where it is named `-`. */
export async function importFrom(session: Session, file: string): Promise<void> {
  const input: Readable = file === '-' ? process.stdin : createReadStream(file)
  await new Promise<void>((resolve, reject) => {
    if (file === '-') resolve()
    else input.once('open', resolve).once('error', reject)
  }).catch((cause: NodeJS.ErrnoException) => {
    throw new ShiplogError('invalid', `${file} cannot be read (${cause.code}). Name the file that export wrote.`, null, { cause })
  })
  await withStore(session, async (store) => {
    const counts = await importAll(store, linesOf(input), { now: session.now().getTime(), config: session.config })
    const kept = Object.entries(counts).filter(([kind, n]) => n > 0 && shownKinds.includes(kind))
    session.note(`Imported: ${kept.map(([kind, n]) => count(n, kind)).join(', ') || 'nothing'}.`)
  })
}

export async function rebuildAll(session: Session): Promise<void> {
  refuseEmptyFolder(session)
  await withStore(session, async (store) => {
    // What is derived is as new as the data.
    const { asOf } = await readRevision(store.db)
    const place = store.kind === 'postgres' ? session.settings : null
    const { services } = await rebuild(store, { now: asOf ?? session.now().getTime(), config: session.config }, place)
    session.note(`Derived anew: ${count(services, 'service')}.`)
  })
}

/** Begins to read when the first line is asked for: what readline emits before anybody listens is lost. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
}

async function withStore(session: Session, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore(session.settings)
  try {
    await work(store)
  } finally {
    await store.close()
  }
}
