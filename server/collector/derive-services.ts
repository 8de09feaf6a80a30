/** Derives services from their standing facts and writes what differs. */
import type { Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { type WrittenService, writeDerived } from '../store/derived.ts'
import { commitsNamed, readReported } from '../store/fact-names.ts'
import { countServiceFacts } from '../store/facts.ts'
import { lockServices, type ServiceKey } from '../store/services.ts'
import { pushedSources } from '../store/sources.ts'
import { hasVerdicts } from '../store/verdicts.ts'
import { deriveTails } from './derive-tail.ts'
import { type DeriveContext, type DerivedWith, deriveWhole, type Known } from './derive-whole.ts'
import { spreadServices } from './shares.ts'
import { beginTails, type Cause } from './tail-begin.ts'

/** Services are read and written together up to so many facts, so that small ones cost few statements and large ones no more memory. */
const groupFacts = 10_000

export interface DerivedServices {
  /**
   * Incidents that are filed under no service and may be one of these services' by the deployment they name: `fileUnassigned` is to look
   * at them next.
   */
  unfiled: Ref[]
  /** What is different now, for `settle`. */
  written: (WrittenService & ServiceKey)[]
}

/**
 * Locks the services in order, so that two writers cannot derive from stale facts. Without a cause everything of them is derived; with
 * one only what may follow from it, where that can be told.
 */
export async function deriveServices(
  tx: Db,
  serviceIds: Iterable<number>,
  context: DeriveContext,
  cause: Cause | null = null,
): Promise<DerivedServices> {
  const services = await lockServices(tx, await spreadServices(tx, serviceIds, context.config))
  const result: DerivedServices = { unfiled: [], written: [] }
  if (services.length === 0) return result
  const reported = await readReported(tx)
  const judged = await hasVerdicts(tx)
  const known: Known = {
    repositories: new Map(),
    pushed: await pushedSources(tx),
    ...reported,
    judged,
    namedCommits: reported.culprits ? await commitsNamed(tx) : [],
  }
  const keys = new Map(services.map(({ id, key }) => [id, key]))
  const unfiled = new Map<string, Ref>()
  const keep = async (parts: DerivedWith[]): Promise<void> => {
    if (parts.length === 0) return
    for (const { incident, services: named } of parts.flatMap(({ incidents }) => incidents)) {
      if (named.length === 0) unfiled.set(refKey(incident), { source: incident.source, id: incident.id })
    }
    const written = await writeDerived(
      tx,
      parts.map(({ derived }) => derived),
      context.now,
    )
    for (const each of written) result.written.push({ ...each, key: keys.get(each.id) ?? '' })
  }
  const tailContext = { config: context.config, pushed: known.pushed, ...reported, judged }
  const tails = cause ? await beginTails(tx, services, cause, tailContext) : []
  const partly = await deriveTails(tx, tails, tailContext)
  let parts = [...partly.values()]
  for (const group of await inGroups(
    tx,
    services.filter(({ id }) => !partly.has(id)),
  )) {
    await keep([...parts, ...(await deriveWhole(tx, group, known, context))])
    parts = []
  }
  await keep(parts)
  result.unfiled = [...unfiled.values()]
  return result
}

/** Services in their order, as many together as have few facts. */
export async function inGroups(db: Db, services: ServiceKey[]): Promise<ServiceKey[][]> {
  const counts = await countServiceFacts(
    db,
    services.map(({ id }) => id),
    groupFacts,
  )
  const groups: ServiceKey[][] = []
  let facts = 0
  for (const service of services) {
    const count = counts.get(service.id) ?? 0
    const group = groups.at(-1)
    if (group && facts + count <= groupFacts) group.push(service)
    else groups.push([service])
    facts = groups.at(-1) === group ? facts + count : count
  }
  return groups
}
