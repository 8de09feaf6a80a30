/** Brings facts to their standing versions. */
import type { Config } from '../config.ts'
import type { Deployment, Incident, Ref } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { addNames, deleteNames, lockNames, type NamedFact } from '../store/fact-names.ts'
import { type FactRow, lockFacts, writeFacts } from '../store/facts.ts'
import { recordIdentities } from '../store/identities.ts'
import { ensureRepositories, ensureServices, noteListedCommits } from '../store/repositories.ts'
import type { Batch, NamedOperation } from './batch.ts'
import { asSent, completed } from './completed.ts'
import type { IngestContext } from './ingest.ts'
import { deploymentNames, filedUnder, imageName, incidentNames } from './names.ts'
import { follow, type Operation } from './standing.ts'
import type { Changed, Counts, Touched } from './touched.ts'

/** Brings every fact to its standing version; those that are different now. */
export async function saveFacts(tx: Db, batch: Batch, context: IngestContext, touched: Touched): Promise<Changed[]> {
  const entries = [...batch.facts.values()].sort((a, b) => (keyText(a.key) < keyText(b.key) ? -1 : 1))
  if (entries.length === 0) return []
  await lockNames(
    tx,
    entries.some(({ key, operations }) => key.kind === 'artifact' || (key.kind === 'incident' && namesCulprit(operations)))
      ? 'incidents'
      : 'deployments',
  )
  const services = await ensureServices(tx, incidentServices(batch, context.config))
  for (const [key, id] of await ensureServices(tx, named(batch, 'service'))) services.set(key, id)
  const repositories = await ensureRepositories(tx, [...named(batch, 'repository'), ...batch.commits.keys(), ...batch.heads.keys()])
  const stored = await lockFacts(
    tx,
    entries.map(({ key }) => key),
  )
  const standing = new Map(stored.map((row) => [keyText(row), row]))
  const sent = new Map((await asSent(tx, stored)).map((row) => [keyText(row), row]))
  const differing: Changed[] = []
  for (const { key, operations } of entries) {
    const before = sent.get(keyText(key)) ?? null
    let after = before
    for (const operation of operations) {
      const counts = touched.counts[operation.request] as Counts
      if ('withdrawal' in operation && operation.ifStanding && after === null) {
        counts.unchanged++
        continue
      }
      const next = follow(key, after, numbered(operation, services, repositories), context.authority)
      if ('version' in operation && next.withdrawn) counts.withdrawn++
      else counts[next === after ? 'unchanged' : 'accepted']++
      if (next !== after) touched.altering.add(operation.request)
      after = next
    }
    if (after !== null && after !== before) differing.push({ before: standing.get(keyText(key)) ?? null, after })
  }
  const changed = await completed(tx, differing, context.config)
  await writeFacts(
    tx,
    changed.map(({ after }) => after),
    context.now,
  )
  await noteListedCommits(tx, listing(changed))
  await recordIdentities(
    tx,
    changed.map(({ after }) => after),
  )
  await saveNames(tx, changed, context.config)
  for (const { before, after } of changed) {
    for (const row of [before, after]) {
      if (row?.serviceId) touched.services.add(row.serviceId)
      if (row?.repositoryId && row.kind === 'change') touched.repositories.add(row.repositoryId)
    }
  }
  return changed
}

/** Repositories of changes that list commits. */
function listing(changed: Changed[]): number[] {
  const ids = changed.flatMap(({ after }) =>
    after.kind === 'change' && after.repositoryId !== null && after.body?.includes('"commits":["') ? after.repositoryId : [],
  )
  return [...new Set(ids)]
}

function keyText({ kind, source, id }: { kind: string } & Ref): string {
  return `${kind}/${source}/${id}`
}

function numbered(operation: NamedOperation, services: Map<string, number>, repositories: Map<string, number>): Operation {
  if ('withdrawal' in operation) return { withdrawal: operation.withdrawal }
  const { service, repository, ...version } = operation.version
  return {
    version: {
      ...version,
      serviceId: service === null ? null : (services.get(service) ?? null),
      repositoryId: repository === null ? null : (repositories.get(repository) ?? null),
    },
  }
}

function* named(batch: Batch, field: 'service' | 'repository'): Generator<string> {
  for (const { operations } of batch.facts.values()) {
    for (const operation of operations) {
      const name = 'version' in operation ? operation.version[field] : null
      if (name !== null) yield name
    }
  }
}

/** Services that incidents name, so that they are known before any deployment is. */
function* incidentServices(batch: Batch, config: Config): Generator<string> {
  for (const { key, operations } of batch.facts.values()) {
    if (key.kind !== 'incident') continue
    for (const operation of operations) {
      if (!('version' in operation)) continue
      yield* filedUnder(JSON.parse(operation.version.body) as Incident, config)
    }
  }
}

function namesCulprit(operations: NamedOperation[]): boolean {
  return operations.some((operation) => 'version' in operation && /"(?:deployment|commit|version)":/.test(operation.version.body))
}

async function saveNames(tx: Db, changed: Changed[], config: Config): Promise<void> {
  const gone: Changed['after'][] = []
  const added: NamedFact[] = []
  for (const { before, after } of changed) {
    const names = namesOf(after, config)
    const known = namesOf(before, config)
    if (names.join('\n') === known.join('\n')) continue
    if (known.length > 0) gone.push(after)
    added.push({ kind: after.kind, source: after.source, id: after.id, names })
  }
  await deleteNames(tx, gone)
  await addNames(tx, added)
}

export function namesOf(row: Pick<FactRow, 'kind' | 'source' | 'id' | 'body' | 'withdrawn'> | null, config: Config): string[] {
  if (row === null || row.body === null || row.withdrawn) return []
  if (row.kind === 'artifact') return [imageName(row.id)]
  const fact = { ...(JSON.parse(row.body) as object), source: row.source, id: row.id }
  if (row.kind === 'deployment') {
    const { digest } = fact as Deployment
    return [...deploymentNames(fact as Deployment), ...(digest === undefined ? [] : [imageName(digest)])]
  }
  return row.kind === 'incident' ? incidentNames(fact as Incident, config) : []
}
