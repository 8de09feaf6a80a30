/** What services with paths share in the store: facts, verdicts, and who is derived when they change. */
import type { Config, ServiceConfig } from '../config.ts'
import type { Verdict } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { readServiceFacts, type StandingFact } from '../store/facts.ts'
import { ensureServices, serviceNumbers } from '../store/repositories.ts'
import { readServiceKeys } from '../store/services.ts'
import { sharedVerdicts } from '../store/verdicts.ts'
import { serviceConfig } from './service-config.ts'
import { type Part, sharedNames, sharingServices } from './shared-facts.ts'

/** What is filed under one name for several services. */
export interface Share {
  sharing: ServiceConfig[]
  facts: Record<'deployment' | 'change', StandingFact[]>
  /** The newest words on its deployments, or on one service's part of them; withdrawn ones too. */
  verdicts: Verdict[]
}

export async function readShares(tx: Db, service: string, config: Pick<Config, 'services'>): Promise<Share[]> {
  const own = serviceConfig(config, service)
  const names = own === undefined ? [] : sharedNames(own)
  const shares: Share[] = []
  for (const [name, id] of await serviceNumbers(tx, names)) {
    shares.push({
      sharing: sharingServices(config, name),
      facts: { deployment: await readServiceFacts(tx, [id], 'deployment'), change: await readServiceFacts(tx, [id], 'change') },
      verdicts: await sharedVerdicts(tx, id),
    })
  }
  return shares
}

/** A word on the service's own part stands before one on the whole. */
export function verdictsOfParts(parts: Part[], shares: Share[]): Verdict[] {
  const words = new Map<string, Verdict>()
  for (const verdict of shares.flatMap(({ verdicts }) => verdicts)) words.set(refKey(verdict), verdict)
  if (words.size === 0) return []
  return parts.flatMap(({ deployment: { source, id }, whole, former }): Verdict[] => {
    const own = former.flatMap((name) => words.get(refKey({ source, id: name })) ?? []).sort((a, b) => b.at - a.at)
    const word = [...own, words.get(refKey({ source, id: whole }))].find(
      (verdict) => verdict !== undefined && verdict.verdict !== 'withdrawn',
    )
    return word ? [{ ...word, id }] : []
  })
}

/** The services that facts of these services concern: in the place of what several share, each of them. */
export async function spreadServices(tx: Db, ids: Iterable<number>, config: Pick<Config, 'services'>): Promise<Set<number>> {
  const spread = new Set<number>(ids)
  if (!config.services.some(({ paths }) => paths !== undefined)) return spread
  for (const { id, key } of await readServiceKeys(tx, spread)) {
    const sharing = sharingServices(config, key)
    if (sharing.length === 0) continue
    spread.delete(id)
    const services = await ensureServices(
      tx,
      sharing.map((service) => service.id),
    )
    for (const one of services.values()) spread.add(one)
  }
  return spread
}
