/** Moves facts whose service the configuration renamed or mapped anew. */
import type { Config } from '../config.ts'
import type { Deployment } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { incidentsNaming, servicesNamedByIncidents, writeNames } from '../store/fact-names.ts'
import { type FactRow, lockFacts, readIdentityFacts, servicesOfRepositories, writeFacts } from '../store/facts.ts'
import { type Identity, readIdentities, writeIdentities } from '../store/identities.ts'
import { bumpRevision } from '../store/meta.ts'
import { allRepositories, ensureRepositories, ensureServices, renameRepository } from '../store/repositories.ts'
import { allServices } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { repositoryFor } from './batch.ts'
import { deriveServices } from './derive-services.ts'
import { graphsOf } from './graphs.ts'
import { inTurn } from './in-turn.ts'
import type { ChangeContext } from './ingest.ts'
import { namesOf } from './save-facts.ts'
import { presentRepository, presentService, serviceFor } from './service-names.ts'
import { fileUnassigned } from './unassigned.ts'

/** For the start of a process: done once, a repetition finds nothing to do. Answers how many facts moved. */
export async function applyConfig(store: Store, context: ChangeContext): Promise<{ moved: number }> {
  const { config } = context
  return inTurn(store, async (tx) => {
    const keys = new Map((await allServices(tx)).map(({ id, key }) => [id, key]))
    const moving = (await readIdentities(tx)).filter((identity) => serviceOfIdentity(config, identity) !== keys.get(identity.serviceId))
    const renamed = (await allRepositories(tx)).filter(({ key }) => presentRepository(config, key) !== key)
    const named = (await servicesNamedByIncidents(tx)).filter((key) => presentService(config, key) !== key)
    if (moving.length + renamed.length + named.length === 0) return { moved: 0 }
    const services = await ensureServices(tx, [
      ...moving.map((identity) => serviceOfIdentity(config, identity)),
      ...named.map((key) => presentService(config, key)),
    ])
    const touched = new Set([...moving.map(({ serviceId }) => serviceId), ...services.values()])
    const repositories: number[] = []
    for (const repository of renamed) repositories.push(await renameRepository(tx, repository, presentRepository(config, repository.key)))
    const moved = await moveFacts(tx, moving, services, context)
    await renameInIncidents(tx, named, config)
    for (const id of await servicesOfRepositories(tx, repositories)) touched.add(id)
    graphsOf(store).forget()
    const { unfiled } = await deriveServices(tx, touched, { ...context, graphs: graphsOf(store) })
    await fileUnassigned(tx, unfiled, config)
    await bumpRevision(tx, context.now)
    return { moved }
  })
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
