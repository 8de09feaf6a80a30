/** Collects one source with the clock at rest, as a process that may be killed. Exits with 0 when it is done, 3 to be tried again. */
import { pino } from 'pino'
import { collectSource } from '../../server/collector/collect.ts'
import { writeSalt } from '../../server/store/meta.ts'
import { openStore } from '../../server/store/open.ts'
import { type Crashing, configOf, now } from './rounds.ts'

const crashing = JSON.parse(process.argv[2] ?? '') as Crashing
process.stdout.write('begun\n')
const store = await openStore(crashing)
// Each database has a random one, which the hashes of authors' names depend on.
await writeSalt(store.db, 'the same in all')
const deps = {
  store,
  config: configOf(crashing.source),
  dataDir: crashing.dataDir ?? crashing.folder,
  now: () => new Date(now),
  log: pino({ level: 'warn' }, pino.destination(2)),
}
const { outcome } = await collectSource(deps, 'shop', new AbortController().signal)
await store.close()
process.exitCode = outcome === 'succeeded' ? 0 : 3
