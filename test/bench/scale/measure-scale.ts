/** `--scale`: an organisation of a size, loaded, asked and fed while the clock runs. */
import { once } from 'node:events'
import { join } from 'node:path'
import { organisationOf } from './organisation.ts'
import { loadAndRebuild, openServer, writeConfig } from './prepare.ts'

export interface ScaleOptions {
  /** For the server's files. */
  folder: string
  scale: number
  print(text: string): void
}

/** Loads the organisation and leaves it until the process is told to stop. */
export async function keepScale({ folder, scale, print }: ScaleOptions): Promise<void> {
  const server = await openServer(folder)
  try {
    const organisation = organisationOf(scale)
    const config = writeConfig(join(folder, 'config'), organisation)
    const { databaseUrl, loaded, rebuilt } = await loadAndRebuild(await server.create('organisation'), config, organisation)
    print(`${loaded.facts} facts in ${loaded.seconds.toFixed(1)} s, derived in ${rebuilt.seconds.toFixed(1)} s`)
    print(`DATABASE_URL=${databaseUrl}\nSHIPLOG_CONFIG=${config}\nIt stands until this process is told to stop.`)
    const waiting = setInterval(() => {}, 60_000)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    clearInterval(waiting)
  } finally {
    await server.stop()
  }
}
