/** Incidents of no service: listed, in no rate. */
import type { Config } from '../config.ts'
import { namesCulprit, unassignedIncident } from '../delivery/episodes.ts'
import type { Incident, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { hasIncident, writeUnassigned } from '../store/derived.ts'
import { readFactsByKey } from '../store/facts.ts'
import { filed } from './names.ts'
import { servicesOfIncidents } from './touched.ts'

/** Lists each incident as one of no service, or takes it off that list; after the services were derived. */
export async function fileUnassigned(tx: Db, refs: Iterable<Ref>, config: Config): Promise<void> {
  const keys = [...refs].map(({ source, id }) => ({ kind: 'incident' as const, source, id }))
  const standing = new Map((await readFactsByKey(tx, keys)).map((fact) => [refKey(fact), fact]))
  for (const ref of keys) {
    const fact = standing.get(refKey(ref))
    const { incident, services } = fact ? filed(fact, config) : { incident: null, services: [] }
    const isUnassigned =
      incident !== null && services.length === 0 && !(namesCulprit(incident) && (await isAttributed(tx, incident, config)))
    await writeUnassigned(tx, ref, isUnassigned ? unassignedIncident(incident) : null)
  }
}

async function isAttributed(tx: Db, incident: Incident, config: Config): Promise<boolean> {
  return hasIncident(tx, await servicesOfIncidents(tx, [incident], config), incident)
}
