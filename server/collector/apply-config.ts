/** Moves facts whose service the configuration renamed or mapped anew. */
import type { Config } from '../config.ts'
import type { Deployment } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { incidentsNaming, servicesNamedByIncidents, writeNames } from '../store/fact-names.ts'
import { type FactRow, lockFacts, readIdentityFacts, servicesOfRepositories, writeFacts } from '../store/facts.ts'
import { type Identity, readIdentities, writeIdentities } from '../store/identities.ts'
import { renameReports } from '../store/reports.ts'
import { allRepositories, ensureRepositories, ensureServices, renameRepository } from '../store/repositories.ts'
import { allServices, replaceSharing } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { repositoryFor } from './batch.ts'
import { deriveServices } from './derive-services.ts'
import { graphsOf } from './graphs.ts'
import { inTurn } from './in-turn.ts'
import type { ChangeContext } from './ingest.ts'
import { namesOf } from './save-facts.ts'
import { presentRepository, presentService, serviceFor } from './service-names.ts'
import { settle } from './settle.ts'
import { derivedBy, sharingServices } from './shared-facts.ts'
import { fileUnassigned } from './unassigned.ts'

/** For the start of a process: done once, a repetition finds nothing to do. Answers how many facts moved. */
export async function applyConfig(store: Store, context: ChangeContext): Promise<{ moved: number }> {
  const { config } = context
  return inTurn(store, async (tx) => {
    await renameReports(
      tx,
      config.services.flatMap(({ id, was }) => was.map((former) => ({ from: `service:${former}`, to: `service:${id}` }))),
    )
    const keys = new Map((await allServices(tx)).map(({ id, key }) => [id, key]))
    const moving = (await readIdentities(tx)).filter((identity) => serviceOfIdentity(config, identity) !== keys.get(identity.serviceId))
    const renamed = (await allRepositories(tx)).filter(({ key }) => presentRepository(config, key) !== key)
    const reshaped = await followSharing(tx, keys, config)
    const ofIncidents = await servicesNamedByIncidents(tx)
    const named = ofIncidents.filter((key) => presentService(config, key) !== key || reshaped.size > 0)
    if (moving.length + renamed.length + named.length + reshaped.size === 0) return { moved: 0 }
    const services = await ensureServices(tx, [
      ...moving.map((identity) => serviceOfIdentity(config, identity)),
      ...named.map((key) => presentService(config, key)).filter((key) => sharingServices(config, key).length === 0),
    ])
    const touched = new Set([...moving.map(({ serviceId }) => serviceId), ...services.values(), ...reshaped])
    const repositories: number[] = []
    for (const repository of renamed) repositories.push(await renameRepository(tx, repository, presentRepository(config, repository.key)))
    const moved = await moveFacts(tx, moving, services, context)
    await renameInIncidents(tx, named, config)
    for (const id of await servicesOfRepositories(tx, repositories)) touched.add(id)
    graphsOf(store).forget()
    const { unfiled, written } = await deriveServices(tx, touched, { ...context, graphs: graphsOf(store) })
    await fileUnassigned(tx, unfiled, config)
    await settle(tx, written, context)
    return { moved }
  })
}

/** Services for which the configuration says other paths or authorities than before, or that share paths with others. */
async function followSharing(tx: Db, known: Map<number, string>, config: Config): Promise<Set<number>> {
  const texts = new Map(config.services.map((service) => [service.id, derivedBy(config, service)]))
  const told = [...texts].flatMap(([id, text]) => (text === '' ? [] : [id]))
  const services = new Map([...known].map(([id, key]) => [key, id]))
  for (const [key, id] of await ensureServices(tx, told)) services.set(key, id)
  const said = [...services].map(([key, id]) => ({ id, sharing: texts.get(key) ?? '' }))
  return new Set(await replaceSharing(tx, said))
}

function serviceOfIdentity(config: Config, { source, name }: Identity): string {
  return serviceFor(config, source, name === '' ? null : name)
}

async function moveFacts(tx: Db, moving: Identity[], services: Map<string, number>, { config, now }: ChangeContext): Promise<number> {
  let moved = 0
  for (const identity of moving) {
    const key = serviceOfIdentity(config, identity)
    const serviceId = services.get(key) ?? null
    const facts = await readIdentityFacts(tx, identity)
    const defaults = await ensureRepositories(tx, facts.some((row) => namedRepository(row) === undefined) ? [key] : [])
    const written = facts.map((row) => {
      const repository = repositoryFor(config, namedRepository(row), key)
      return { ...row, serviceId, repositoryId: defaults.get(repository ?? '') ?? row.repositoryId }
    })
    await writeFacts(tx, written, now)
    if (serviceId !== null) await writeIdentities(tx, [{ ...identity, serviceId }])
    moved += written.length
  }
  return moved
}

function namedRepository(row: FactRow): string | undefined {
  return row.body === null ? undefined : (JSON.parse(row.body) as Partial<Deployment>).repository
}

async function renameInIncidents(tx: Db, services: string[], config: Config): Promise<void> {
  const refs = await incidentsNaming(
    tx,
    services.map((key) => `s:${key}`),
  )
  const incidents = await lockFacts(
    tx,
    refs.map(({ source, id }) => ({ kind: 'incident' as const, source, id })),
  )
  await writeNames(
    tx,
    incidents.map((row) => ({ kind: row.kind, source: row.source, id: row.id, names: namesOf(row, config) })),
  )
}
