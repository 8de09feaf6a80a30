/** Incidents of no service: listed, in no rate. */
import type { Config } from '../config.ts'
import { namesCulprit, unassignedIncident } from '../delivery/episodes.ts'
import type { Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { incidentsListed, writeUnassigned } from '../store/derived-incidents.ts'
import { readFactsByKey } from '../store/facts.ts'
import { filed } from './names.ts'
import { servicesOfIncidents } from './touched.ts'

/** Lists each incident as one of no service, or takes it off that list; after the services were derived. */
export async function fileUnassigned(tx: Db, refs: Iterable<Ref>, config: Config): Promise<void> {
  const keys = [...refs].map(({ source, id }) => ({ kind: 'incident' as const, source, id }))
  if (keys.length === 0) return
  const standing = (await readFactsByKey(tx, keys)).map((fact) => filed(fact, config))
  const serviceless = standing.filter(({ services }) => services.length === 0).map(({ incident }) => incident)
  const naming = serviceless.filter(namesCulprit)
  const attributed = await incidentsListed(tx, await servicesOfIncidents(tx, naming, config), naming)
  const assigned = new Set(attributed.map(refKey))
  const unassigned = new Map(
    serviceless.filter((incident) => !assigned.has(refKey(incident))).map((incident) => [refKey(incident), incident]),
  )
  const gone = keys.filter((key) => !unassigned.has(refKey(key)))
  await writeUnassigned(tx, [...unassigned.values()].map(unassignedIncident), gone)
}
