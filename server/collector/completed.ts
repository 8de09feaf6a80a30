/** Completes deployments by what artifacts say of the images that they put live, whichever comes first. */
import type { Config } from '../config.ts'
import type { Artifact, Deployment } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { factsBearing } from '../store/fact-names.ts'
import { type FactRow, lockFacts, readFactsByKey } from '../store/facts.ts'
import { ensureRepositories } from '../store/repositories.ts'
import { readServiceKeys } from '../store/services.ts'
import { imageName, restore } from './names.ts'
import { presentRepository } from './service-names.ts'
import { canonicalJson } from './standing.ts'
import type { Changed } from './touched.ts'

/** The rows as their sources sent them: which version stands does not depend on what artifacts add. */
export async function asSent(tx: Db, facts: FactRow[]): Promise<FactRow[]> {
  const owners = facts.flatMap(({ sent, serviceId }) => (sent !== null && serviceId !== null ? serviceId : []))
  if (owners.length === 0) return facts
  const keys = new Map((await readServiceKeys(tx, new Set(owners))).map(({ id, key }) => [id, key]))
  // The default repository of a service has its key.
  const repositories = await ensureRepositories(tx, keys.values())
  return facts.map((row) => {
    if (row.sent === null) return row
    const isDefault = deploymentIn(row.sent).repository === undefined
    const own = isDefault ? repositories.get(keys.get(row.serviceId ?? 0) ?? '') : undefined
    return { ...row, body: row.sent, sent: null, repositoryId: own ?? row.repositoryId }
  })
}

/**
 * What is different, its deployments completed by artifacts, and the other deployments that these artifacts complete otherwise than
 * before. Whoever writes an artifact holds `lockNames` alone.
 */
export async function completed(tx: Db, changed: Changed[], config: Config): Promise<Changed[]> {
  const following = await deploymentsOf(tx, changed)
  const all = [...changed, ...following]
  const known = await artifactsOf(tx, all)
  const named = [...known.values()].flatMap(({ repository }) => repository ?? [])
  const repositories = await ensureRepositories(
    tx,
    named.map((name) => presentRepository(config, name)),
  )
  const complete = (row: FactRow): FactRow => {
    const digest = missingCommit(row)
    const artifact = digest === null ? undefined : known.get(digest)
    if (artifact === undefined || row.body === null) return row
    const { commit, version, repository } = artifact
    const sent = deploymentIn(row.body)
    const body = canonicalJson({ commit, version, repository, ...sent })
    if (body === row.body) return row
    const isGiven = repository !== undefined && sent.repository === undefined
    const given = isGiven ? repositories.get(presentRepository(config, repository)) : undefined
    return { ...row, body, sent: row.body, repositoryId: given ?? row.repositoryId }
  }
  return all
    .map(({ before, after }) => ({ before, after: complete(after) }))
    .filter(({ before, after }, index) => index < changed.length || before?.body !== after.body || before.sent !== after.sent)
}

/** The other standing deployments of the images whose artifacts are different. */
async function deploymentsOf(tx: Db, changed: Changed[]): Promise<Changed[]> {
  const images = changed.flatMap(({ after }) => (after.kind === 'artifact' ? imageName(after.id) : []))
  const own = new Set(changed.flatMap(({ after }) => (after.kind === 'deployment' ? refKey(after) : [])))
  const keys = (await factsBearing(tx, 'deployment', images)).filter((key) => !own.has(refKey(key)))
  const stored = (await lockFacts(tx, keys)).filter(({ withdrawn }) => !withdrawn)
  const sent = await asSent(tx, stored)
  return stored.flatMap((before, index) => {
    const after = sent[index] as FactRow
    return missingCommit(after) === null ? [] : { before, after }
  })
}

/** By digest: the artifact that tells most of the images that deployments name without a commit. */
async function artifactsOf(tx: Db, changed: Changed[]): Promise<Map<string, Artifact>> {
  const wanted = new Set(changed.flatMap(({ after }) => missingCommit(after) ?? []))
  const found = new Map<string, Artifact>()
  if (wanted.size === 0) return found
  const written = changed.flatMap(({ after }) => (after.kind === 'artifact' ? after : []))
  const own = new Set(written.map(refKey))
  const keys = await factsBearing(tx, 'artifact', [...wanted].map(imageName))
  const stored = (await readFactsByKey(tx, keys)).filter((row) => !own.has(refKey(row)))
  const standing = written.flatMap(({ body, withdrawn, ...row }) => (body === null || withdrawn ? [] : { ...row, body }))
  for (const row of [...stored, ...standing]) {
    const artifact = restore<Artifact>(row)
    const other = found.get(row.id)
    if (wanted.has(row.id) && (other === undefined || tellsMore(artifact, other))) found.set(row.id, artifact)
  }
  return found
}

/** One with a commit before one without; then the newer; then whatever does not depend on the order of arrival. */
function tellsMore(one: Artifact, other: Artifact): boolean {
  if ((one.commit === undefined) !== (other.commit === undefined)) return one.commit !== undefined
  const [a, b] = [one, other].map(({ updatedAt }) => updatedAt ?? Number.NEGATIVE_INFINITY) as [number, number]
  return a === b ? canonicalJson(one) > canonicalJson(other) : a > b
}

/** The digest of a standing deployment that names no commit. */
function missingCommit({ kind, body, withdrawn }: FactRow): string | null {
  if (kind !== 'deployment' || body === null || withdrawn || !body.includes('"digest":')) return null
  const { commit, digest } = deploymentIn(body)
  return commit === undefined ? (digest ?? null) : null
}

function deploymentIn(body: string): Partial<Deployment> {
  return JSON.parse(body) as Partial<Deployment>
}
