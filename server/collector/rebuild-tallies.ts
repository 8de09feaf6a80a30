/** Sums the tallies of teams and of the organisation anew from the blocks of their services. */
import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Instant } from '../facts.ts'
import { entriesOf } from '../metrics/tallies/block.ts'
import { unpackEntry } from '../metrics/tallies/entry.ts'
import { emptyTally, packTally } from '../metrics/tallies/tally.ts'
import { dayFinder, isoWeekStart } from '../metrics/windows.ts'
import { blockWeeks, readWeekBlocks } from '../store/blocks.ts'
import type { Db } from '../store/database.ts'
import { readOwnIncidents, type ServiceIncident } from '../store/incidents.ts'
import { bumpRevision, readCatalogue, writeCatalogue } from '../store/meta.ts'
import { readOverlapping, updateOverlapping } from '../store/overlaps.ts'
import { readRevision } from '../store/revision.ts'
import { allServices, type ServiceKey } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { readTallyKeys, tallyRows, writeTallies, writeTallyRows } from '../store/tallies.ts'
import { inLanes } from './in-lanes.ts'
import { inTurn } from './in-turn.ts'
import { keyText, TallySums } from './tally-sums.ts'

/** What the tallies of one week are summed from, beside its blocks. */
export interface Week {
  week: number
  tiers: string[]
  incidents: ServiceIncident[]
  /** Numbers of services that no tally holds. */
  overlapping: number[]
}

/** The tallies of a week, as rows for the store, and their names. */
export interface SummedWeek {
  rows: string[]
  names: string[]
}

export async function sumWeek(
  db: Db,
  { week, tiers, incidents, overlapping }: Week,
  services: ServiceKey[],
  config: Config,
): Promise<SummedWeek> {
  const sums = new TallySums(config)
  const byId = new Map(services.map((service) => [service.id, service]))
  for (const { serviceId, ...times } of incidents) {
    const service = byId.get(serviceId)
    if (service !== undefined) sums.addIncident(service, times, 1)
  }
  for (const id of overlapping) byId.delete(id)
  for (const tier of tiers) {
    for (const { serviceId, data } of await readWeekBlocks(db, tier, week)) {
      const service = byId.get(serviceId)
      if (service === undefined) continue
      for (const { bytes } of entriesOf(data)) sums.addEntry(service, tier, unpackEntry(bytes), 1)
    }
  }
  const tallies = sums.alone()
  return { rows: [...tallyRows(tallies)], names: tallies.map(keyText) }
}

export type SumWeek = (week: Week) => Promise<SummedWeek>

/** Week by week, in one transaction: whoever writes meanwhile waits, and adds to what stands then. Each lane sums one week at a time. */
export async function rebuildTallies(tx: Db, config: Config, now: Instant, lanes: SumWeek[] = []): Promise<void> {
  const revision = await bumpRevision(tx, now)
  await updateOverlapping(tx)
  const overlapping = [...(await readOverlapping(tx))]
  const services = await allServices(tx)
  const incidents = await incidentsByWeek(tx, config.timeZone)
  const tiers = new Map((await blockWeeks(tx)).map(({ week, tiers: own }) => [week, own]))
  const weeks = [...new Set([...tiers.keys(), ...incidents.keys()])].map(
    (week): Week => ({ week, tiers: tiers.get(week) ?? [], incidents: incidents.get(week) ?? [], overlapping }),
  )
  const here: SumWeek = (week) => sumWeek(tx, week, services, config)
  const standing = new Set<string>()
  await inLanes(
    weeks,
    (lanes.length > 0 ? lanes : [here]).map((sum) => async (week) => {
      const { rows, names } = await sum(week)
      for (const json of rows) await writeTallyRows(tx, json, revision)
      for (const name of names) standing.add(name)
    }),
  )
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
