/** Sorts the facts of one batch: what happens to each fact in order, the commits of each repository, the heads. */
import { createHash } from 'node:crypto'
import { type Config, serviceOf } from '../config.ts'
import { splitMessage } from '../delivery/message.ts'
import { ShiplogError } from '../errors.ts'
import type { Artifact, Change, Commit, Deployment, Fact, FactKind, Head, Incident, Instant } from '../facts.ts'
import { type ArrivingCommit, joinPaths } from '../store/commits.ts'
import type { FactKey } from '../store/facts.ts'
import { acceptedServices, presentRepository, presentService, serviceFor } from './service-names.ts'
import { canonicalJson, type Version } from './standing.ts'

/** A version whose service and repository are still told by name. */
export type NamedVersion = Omit<Version, 'serviceId' | 'repositoryId'> & { service: string | null; repository: string | null }

export type NamedOperation = {
  /** Position of the request that asks for it. */
  request: number
} & ({ version: NamedVersion } | { withdrawal: { updatedAt: Instant | null }; ifStanding: boolean })

export interface Batch {
  /** By `kind/source/id`. */
  facts: Map<string, { key: FactKey; operations: NamedOperation[] }>
  /** By repository, then by sha. */
  commits: Map<string, Map<string, ArrivingCommit>>
  commitWithdrawals: { source: string; id: string; updatedAt: Instant | null }[]
  heads: Map<string, Head>
  /** Those whose facts these are, together in one transaction; each gets its own answer. */
  requests: Request[]
}

export interface Request {
  /** Sources that its facts name. */
  sources: Set<string>
  /** Its commits that repeat another of them. */
  repeats: number
}

export interface BatchContext {
  config: Config
  authority: 'collector' | 'push'
  salt: string
}

const deploymentRanks = { running: 0, cancelled: 1, failed: 1, succeeded: 2 }

/** Throws ShiplogError `invalid` that lists every service which is not configured. */
export function sortBatch(facts: Iterable<Fact>, context: BatchContext): Batch {
  const request: Request = { sources: new Set(), repeats: 0 }
  const batch: Batch = { ...emptyBatch(), requests: [request] }
  const checkServices = serviceCheck(context)
  const hashAuthor = authorHash(context.salt)
  let index = 0
  for (const fact of facts) {
    checkServices.visit(fact, index++)
    request.sources.add(fact.source)
    if (fact.kind === 'commit') addCommit(batch, request, fact, context.config, hashAuthor)
    else if (fact.kind === 'head') batch.heads.set(presentRepository(context.config, fact.repository), fact)
    else if (fact.kind !== 'withdrawal') addOperation(batch, fact.kind, fact, { request: 0, version: versionOf(fact, context) })
    else if (fact.of === 'commit') batch.commitWithdrawals.push({ source: fact.source, id: fact.id, updatedAt: fact.updatedAt ?? null })
    else
      addOperation(batch, fact.of, fact, {
        request: 0,
        withdrawal: { updatedAt: fact.updatedAt ?? null },
        ifStanding: fact.ifStanding === true,
      })
  }
  checkServices.finish()
  return batch
}

function emptyBatch(): Batch {
  return { facts: new Map(), commits: new Map(), commitWithdrawals: [], heads: new Map(), requests: [] }
}

/** Whether it holds nothing but deployments, changes and incidents, which may be joined with others'. */
export function isJoinable({ commits, commitWithdrawals, heads }: Batch): boolean {
  return commits.size + commitWithdrawals.length + heads.size === 0
}

/** One batch of several: what they say of a fact in the order in which they came. */
export function joinBatches(batches: Batch[]): Batch {
  const [first] = batches
  if (first && batches.length === 1) return first
  const joined = emptyBatch()
  for (const { facts, requests } of batches) {
    const before = joined.requests.length
    joined.requests.push(...requests)
    for (const [name, { key, operations }] of facts) {
      const known = joined.facts.get(name) ?? { key, operations: [] }
      for (const operation of operations) known.operations.push({ ...operation, request: before + operation.request })
      joined.facts.set(name, known)
    }
  }
  return joined
}

function addOperation(batch: Batch, kind: FactKind, { source, id }: { source: string; id: string }, operation: NamedOperation): void {
  const name = `${kind}/${source}/${id}`
  const known = batch.facts.get(name)
  if (known) known.operations.push(operation)
  else batch.facts.set(name, { key: { kind, source, id }, operations: [operation] })
}

/** Withdraws facts before what the batch says of them. */
export function withdrawFirst(batch: Batch, kind: FactKind, source: string, ids: string[]): void {
  for (const id of ids) {
    const name = `${kind}/${source}/${id}`
    const known = batch.facts.get(name) ?? { key: { kind, source, id }, operations: [] }
    known.operations.unshift({ request: 0, withdrawal: { updatedAt: null }, ifStanding: true })
    batch.facts.set(name, known)
  }
}

function addCommit(batch: Batch, request: Request, commit: Commit, config: Config, hashAuthor: (author: string) => string): void {
  const repository = presentRepository(config, commit.repository)
  let ofRepository = batch.commits.get(repository)
  if (!ofRepository) {
    ofRepository = new Map()
    batch.commits.set(repository, ofRepository)
  }
  const arriving: ArrivingCommit = {
    sha: commit.sha,
    parents: commit.parents,
    authoredAt: commit.authoredAt,
    committedAt: commit.committedAt,
    author: commit.author === undefined ? null : hashAuthor(commit.author),
    ...(commit.message === undefined ? { subject: '', notes: null } : splitMessage(commit.message)),
    source: commit.source,
    externalId: commit.id === undefined || commit.id === commit.sha ? null : commit.id,
    updatedAt: commit.updatedAt ?? null,
    withdrawn: false,
    paths: commit.paths === undefined ? null : joinPaths(commit.paths),
  }
  const known = ofRepository.get(commit.sha)
  if (known) request.repeats++
  ofRepository.set(commit.sha, known ? joined(known, arriving) : arriving)
}

/** Of each field the greater of both values, as the store joins commits that it knows. */
function joined(a: ArrivingCommit, b: ArrivingCommit): ArrivingCommit {
  return {
    ...a,
    parents: a.parents.join('') >= b.parents.join('') ? a.parents : b.parents,
    authoredAt: Math.max(a.authoredAt, b.authoredAt),
    committedAt: Math.max(a.committedAt, b.committedAt),
    author: greater(a.author, b.author),
    subject: greater(a.subject, b.subject) ?? '',
    notes: greater(a.notes, b.notes),
    paths: greater(a.paths, b.paths),
    updatedAt: a.updatedAt === null || b.updatedAt === null ? (a.updatedAt ?? b.updatedAt) : Math.max(a.updatedAt, b.updatedAt),
  }
}

/** Byte order, as the store compares. */
function greater(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) >= 0 ? a : b
}

/** No address and no name is kept: 16 hexadecimal digits tell equal authors. */
function authorHash(salt: string): (author: string) => string {
  const known = new Map<string, string>()
  return (author) => {
    let hash = known.get(author)
    if (hash === undefined) {
      hash = createHash('sha256').update(`${salt}\n${author}`).digest('hex').slice(0, 16)
      known.set(author, hash)
    }
    return hash
  }
}

type Named =
  | ({ kind: 'artifact' } & Artifact)
  | ({ kind: 'deployment' } & Deployment)
  | ({ kind: 'change' } & Change)
  | ({ kind: 'incident' } & Incident)

function versionOf(fact: Named, { config, authority }: BatchContext): NamedVersion {
  if (fact.kind === 'artifact') return artifactVersion(fact)
  const { kind, source, id: _, ...rest } = fact
  const isOwn = authority === 'collector' && kind !== 'incident' && rest.service === serviceOf(config, source)
  if (isOwn) delete rest.service
  const serviceName = kind === 'incident' ? null : (rest.service ?? null)
  const service = kind === 'incident' || (serviceName === null && !isOwn) ? null : serviceFor(config, source, serviceName)
  return {
    serviceName,
    service,
    repository: kind === 'incident' ? null : repositoryFor(config, (rest as Partial<Deployment>).repository, service),
    updatedAt: rest.updatedAt ?? null,
    rank: rankOf(fact),
    body: canonicalJson(rest),
    sent: null,
  }
}

/** It belongs to no service: what names its digest does. */
function artifactVersion({ kind: _kind, source: _source, id: _id, ...rest }: Artifact & { kind: 'artifact' }): NamedVersion {
  const updatedAt = rest.updatedAt ?? null
  return { serviceName: null, service: null, repository: null, updatedAt, rank: 0, body: canonicalJson(rest), sent: null }
}

/** A service's default repository has the service's id. */
export function repositoryFor(config: Pick<Config, 'services'>, named: string | undefined, service: string | null): string | null {
  return named === undefined ? service : presentRepository(config, named)
}

function rankOf(fact: Exclude<Named, { kind: 'artifact' }>): number {
  if (fact.kind === 'deployment') return deploymentRanks[fact.status]
  // The same version with its files is known better.
  if (fact.kind === 'change') return fact.paths === undefined ? 0 : 1
  if (fact.resolvedAt !== undefined) return 3
  if (fact.mitigatedAt !== undefined) return 2
  return fact.acknowledgedAt === undefined ? 0 : 1
}

/** Pushed facts may only name services that are configured, where any are. */
function serviceCheck({ config, authority }: BatchContext) {
  const accepted = authority === 'push' ? acceptedServices(config) : null
  const faults: { path: string; message: string }[] = []
  function check(path: string, name: string | undefined) {
    if (accepted === null || name === undefined || accepted.has(name) || accepted.has(presentService(config, name))) return
    faults.push({ path, message: `there is no service ${name}` })
  }
  return {
    visit(fact: Fact, index: number) {
      if (accepted === null || (fact.kind !== 'deployment' && fact.kind !== 'change' && fact.kind !== 'incident')) return
      check(`items[${index}].service`, fact.service)
      if (fact.kind !== 'incident') return
      for (const [at, name] of (fact.services ?? []).entries()) check(`items[${index}].services[${at}]`, name)
    },
    finish() {
      const [first] = faults
      if (!first || accepted === null) return
      const shown = [...accepted].slice(0, 20).join(', ')
      throw new ShiplogError(
        'invalid',
        `${first.path}: ${first.message}. Known services: ${shown}${accepted.size > 20 ? ' and others' : ''}. Name one of them, or add it to the configuration.`,
        faults,
      )
    },
  }
}
