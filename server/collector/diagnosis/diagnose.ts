/** Checks of the data: whether facts come, in time, from right clocks, into the right place, and once. */
import type { Config } from '../../config.ts'
import { sources } from '../../sources/index.ts'
import {
  readAheadOfTime,
  readCountedBeside,
  readDatabaseTime,
  readReportedBy,
  readWaitingDeliveries,
  readWithoutService,
} from '../../store/diagnosis.ts'
import { readDeliveries, readInboxStates } from '../../store/inbox.ts'
import { readStoredServices } from '../../store/services.ts'
import { readSources } from '../../store/sources.ts'
import type { Store } from '../../store/store.ts'
import { readUnmappedOfSources } from '../../store/unmapped.ts'
import { canReceive } from '../receive.ts'
import { countedTwice, silentAuthorities } from './counted-twice.ts'
import { checks, type Finding, fault, good, lasted } from './finding.ts'
import { clockOf, collectionOf, mostSkewMs, receivingOf, unlistedOf, unmappedOf, withoutServiceOf } from './sources.ts'

const lookedBackMs = 90 * 86_400_000
/** Failed deliveries among which the first is looked for. */
const mostFailures = 500

/** In the order of the checks, then of the sources. */
export async function diagnose(store: Store, config: Config, now: () => Date): Promise<Finding[]> {
  const { db } = store
  const at = now().getTime()
  const since = at - lookedBackMs
  const ruled = config.services.flatMap(({ id, authority }) => (authority === undefined ? [] : [id]))
  const found: Finding[] = [
    ...(await ofConfigured(store, config, at)),
    ...(await databaseClock(store, now)),
    ...(await readAheadOfTime(db, at + mostSkewMs)).map((ahead) => clockOf(ahead, at)),
    ...[...(await readUnmappedOfSources(db, since))].map(([source, unmapped]) => unmappedOf(source, unmapped, config)),
    ...(await unlisted(store, config)),
    ...(await readWithoutService(db, since)).map(({ source, incidents }) => withoutServiceOf(source, incidents)),
    ...silentAuthorities(await readReportedBy(db, ruled, since), config),
    ...countedTwice(await readCountedBeside(db, since), config),
  ]
  return found.sort((a, b) => checks.indexOf(a.check) - checks.indexOf(b.check))
}

async function ofConfigured({ db }: Store, config: Config, now: number): Promise<Finding[]> {
  const states = new Map((await readSources(db)).map((state) => [state.id, state]))
  const receiving = config.sources.filter(({ type }) => canReceive(type)).map(({ id }) => id)
  const inboxes = await readInboxStates(db, receiving)
  const waiting = new Map((await readWaitingDeliveries(db)).map((one) => [one.source, one]))
  const found: Finding[] = []
  for (const source of config.sources) {
    const { id, type } = source
    if (sources[type]?.collect !== undefined) found.push(...collectionOf(source, states.get(id) ?? null, now, config.timeZone))
    const inbox = inboxes.get(id)
    if (inbox === undefined) continue
    const failed = inbox.failed === 0 ? [] : await readDeliveries(db, { source: id, state: 'failed', limit: mostFailures })
    found.push(...receivingOf(source, { inbox, waiting: waiting.get(id), failure: failed.at(-1)?.error ?? null }, now))
  }
  return found
}

/** The embedded one has the clock of this machine. */
async function databaseClock({ db, kind }: Store, now: () => Date): Promise<Finding[]> {
  if (kind === 'pglite') return []
  const before = now().getTime()
  const there = await readDatabaseTime(db)
  const skew = there - (before + now().getTime()) / 2
  if (Math.abs(skew) <= mostSkewMs) return [good('clock', 'Database', 'Its clock and that of this machine agree.')]
  const what = `Its clock is ${lasted(skew)} ${skew > 0 ? 'ahead of' : 'behind'} that of this machine.`
  return [fault('clock', 'Database', what, 'Let both take their time from a time server (NTP).')]
}

async function unlisted({ db }: Store, { services }: Config): Promise<Finding[]> {
  if (services.length === 0) return []
  const known = new Set(services.map(({ id }) => id))
  const bySource = new Map<string, string[]>()
  for (const service of await readStoredServices(db)) {
    if (known.has(service.id)) continue
    for (const source of service.sources) bySource.set(source, [...(bySource.get(source) ?? []), service.id])
  }
  return [...bySource].sort(([a], [b]) => (a < b ? -1 : 1)).map(([source, names]) => unlistedOf(source, names))
}
