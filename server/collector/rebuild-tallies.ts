/** Sums the tallies of teams and of the organisation anew from the blocks of their services. */
import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Instant } from '../facts.ts'
import { entriesOf } from '../metrics/tallies/block.ts'
import { unpackEntry } from '../metrics/tallies/entry.ts'
import { emptyTally, packTally } from '../metrics/tallies/tally.ts'
import { dayFinder, isoWeekStart } from '../metrics/windows.ts'
import { readBlocksByWeek } from '../store/blocks.ts'
import type { Db } from '../store/database.ts'
import { readOwnIncidents, type ServiceIncident } from '../store/incidents.ts'
import { bumpRevision, readCatalogue, writeCatalogue } from '../store/meta.ts'
import { readOverlapping, updateOverlapping } from '../store/overlaps.ts'
import { readRevision } from '../store/revision.ts'
import { allServices } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { readTallyKeys, writeTallies } from '../store/tallies.ts'
import { inTurn } from './in-turn.ts'
import { keyText, TallySums } from './tally-sums.ts'

/** Week by week, in one transaction: whoever writes meanwhile waits, and adds to what stands then. */
export async function rebuildTallies(tx: Db, config: Config, now: Instant): Promise<void> {
  const revision = await bumpRevision(tx, now)
  await updateOverlapping(tx)
  const overlapping = await readOverlapping(tx)
  const services = new Map((await allServices(tx)).map((service) => [service.id, service]))
  const sums = new TallySums(config)
  const incidents = await incidentsByWeek(tx, config.timeZone)
  const standing = new Set<string>()
  const save = async () => {
    for (const key of await sums.replace(tx, revision)) standing.add(key)
  }
  const addIncidents = (week: number) => {
    for (const { serviceId, ...times } of incidents.get(week) ?? []) {
      const service = services.get(serviceId)
      if (service !== undefined) sums.addIncident(service, times, 1)
    }
    incidents.delete(week)
  }
  let open: number | null = null
  for await (const blocks of readBlocksByWeek(tx)) {
    const week = blocks[0]?.week ?? null
    // The tiers of a week follow each other.
    if (week !== open && open !== null) await save()
    if (week !== open && week !== null) addIncidents(week)
    open = week
    for (const { serviceId, tier, data } of blocks) {
      const service = services.get(serviceId)
      if (service === undefined || overlapping.has(serviceId)) continue
      for (const { bytes } of entriesOf(data)) sums.addEntry(service, tier, unpackEntry(bytes), 1)
    }
  }
  for (const week of [...incidents.keys()]) addIncidents(week)
  await save()
  const gone = (await readTallyKeys(tx)).filter((key) => !standing.has(keyText(key)))
  await writeTallies(
    tx,
    gone.map((key) => ({ ...key, packed: packTally(emptyTally) })),
    revision,
  )
  await writeCatalogue(tx, catalogueOf(config))
}

async function incidentsByWeek(tx: Db, timeZone: string): Promise<Map<number, ServiceIncident[]>> {
  const dayOf = dayFinder(timeZone)
  const byWeek = new Map<number, ServiceIncident[]>()
  for (const incident of await readOwnIncidents(tx)) {
    const week = isoWeekStart(dayOf(incident.openedAt))
    const list = byWeek.get(week)
    if (list) list.push(incident)
    else byWeek.set(week, [incident])
  }
  return byWeek
}

/** Sums the tallies anew where teams or owners are others than those they were made by; for the start of a process. */
export async function followCatalogue(store: Store, config: Config): Promise<boolean> {
  if ((await readCatalogue(store.db)) === catalogueOf(config)) return false
  const { asOf } = await readRevision(store.db)
  await inTurn(store, (tx) => (asOf === null ? writeCatalogue(tx, catalogueOf(config)) : rebuildTallies(tx, config, asOf)))
  return asOf !== null
}

function catalogueOf({ services, teams }: Config): string {
  const owners = services.map(({ id, teams: owned }) => [id, owned])
  const parents = teams.map(({ id, parent }) => [id, parent ?? null])
  return createHash('sha256')
    .update(JSON.stringify([owners, parents]))
    .digest('base64url')
    .slice(0, 20)
}
