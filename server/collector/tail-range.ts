/** The deployments of tails: those to derive, and those before that stay as they are. */
import { compareDeployments } from '../delivery/carries.ts'
import { chainKey } from '../delivery/earlier.ts'
import { groupBy } from '../delivery/group-by.ts'
import { countedKinds, identityOf, type Live } from '../delivery/kinds.ts'
import type { Deployment, Instant, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import {
  culpritsReaching,
  deploymentsAwaiting,
  deploymentsBefore,
  deploymentsFrom,
  deploymentsIdentified,
  deploymentsNamed,
  deploymentsReferred,
  type TailDeployment,
} from '../store/tail.ts'
import { tierOf } from '../tiers.ts'
import { restore } from './names.ts'
import { asks, both, never, type Tail } from './tail-begin.ts'

/** How much is read of each service at most; where that does not tell enough, all of the service is derived. */
export interface TailLimits {
  /** Deployments that are derived. */
  most: number
  /** Those just before them, for what was live. */
  earlier: number
  /** Those of one version, or of one environment before. */
  alike: number
}

export interface Member {
  row: TailDeployment
  fact: Deployment
}

export interface Range {
  tail: Tail
  /** By reference: every deployment at hand. */
  members: Map<string, Member>
  /** Stored rows of deployments that stand no more. */
  gone: TailDeployment[]
  /** Every deployment from here on is at hand. */
  complete: Instant
  /** And from here on all that came before. */
  exhausted: boolean
  /** What is derived and what is not, as it was told last. */
  told: { from: Instant; size: number; own: Member[]; earlier: Member[] } | null
}

/** Null where so many deployments follow that the whole is cheaper. */
export async function readRanges(
  tx: Db,
  tails: Tail[],
  margins: Map<Tail, Instant>,
  { most, earlier }: TailLimits,
): Promise<Map<Tail, Range | null>> {
  const from = (tail: Tail): Instant => tail.from - (margins.get(tail) ?? 0)
  // Where no deployment differs, one says that there are any.
  const before = (tail: Tail): number => (tail.from === never ? 1 : earlier)
  const read = await deploymentsFrom(
    tx,
    asks(tails, (tail) => [{ from: from(tail), earlier: before(tail) }]),
    most,
  )
  const changed = await deploymentsReferred(
    tx,
    asks(tails, ({ deployments }) => both(deployments).map(({ source, id }) => ({ source, id }))),
  )
  const ranges = new Map<Tail, Range | null>()
  const byService = groupBy(read, ({ serviceId }) => serviceId)
  const changedOf = groupBy(changed, ({ serviceId }) => serviceId)
  for (const tail of tails) {
    const rows = byService.get(tail.service.id) ?? []
    const older = rows.filter(({ at }) => at !== null && at < from(tail))
    if (rows.length - older.length > most || older.length === 0) {
      ranges.set(tail, null)
      continue
    }
    const range: Range = { tail, members: new Map(), gone: [], complete: from(tail), exhausted: older.length < before(tail), told: null }
    for (const row of [...rows, ...(changedOf.get(tail.service.id) ?? [])]) addMember(range, row)
    for (const { after } of tail.deployments) if (after) placeNew(range, after)
    ranges.set(tail, range)
  }
  return ranges
}

function addMember(range: Range, row: TailDeployment): void {
  const key = refKey(row)
  if (range.members.has(key)) return
  const { service, repositories } = range.tail
  const repository = repositories.get(row.repositoryId ?? 0)?.key
  if (row.body === null || repository === undefined) {
    if (!range.gone.some((other) => other.n === row.n)) range.gone.push(row)
    return
  }
  const fact = restore<Deployment>({ source: row.source, id: row.id, body: row.body }, { service: service.key, repository })
  range.members.set(key, { row, fact: withTier(fact) })
}

/** A deployment that has no row yet. */
function placeNew(range: Range, fact: Deployment): void {
  const { source, id, environment } = fact
  if (range.members.has(refKey(fact))) return
  const row: TailDeployment = {
    serviceId: range.tail.service.id,
    n: 0,
    source,
    id,
    environment,
    tier: null,
    at: fact.finishedAt ?? fact.startedAt ?? null,
    reach: null,
    digest: '',
    carriedDigest: '',
    kind: null,
    repositoryId: null,
    body: '',
  }
  range.members.set(refKey(fact), { row, fact: withTier(fact) })
}

function withTier(fact: Deployment): Deployment {
  return { ...fact, tier: fact.tier === undefined ? tierOf(fact.environment) : fact.tier }
}

/** Lets the tails begin where nothing before reaches into them: an episode that reaches beyond is derived as a whole. */
export async function lowerTails(tx: Db, tails: Tail[]): Promise<void> {
  for (let open = tails.filter(({ from }) => from < never); open.length > 0; ) {
    const reaching = await culpritsReaching(
      tx,
      asks(open, ({ from }) => [{ from }]),
    )
    const first = new Map(reaching.map(({ serviceId, at }) => [serviceId, at]))
    open = open.filter(({ service }) => first.has(service.id))
    for (const tail of open) tail.from = Math.min(tail.from, first.get(tail.service.id) ?? never)
  }
}

/** The earliest instant at which an incident may have opened that concerns the derived deployments. */
export function concernedSince(range: Range): Instant {
  return Math.min(range.tail.from, ...ownMembers(range).map(({ fact }) => fact.startedAt ?? never))
}

/** Its place by its fact; the stored row may still say where it was. */
function placeOf(fact: Deployment): Instant | null {
  return fact.finishedAt ?? fact.startedAt ?? null
}

export function ownMembers(range: Range): Member[] {
  return tell(range).own
}

export function earlierMembers(range: Range): Member[] {
  return tell(range).earlier
}

/** Deployments that are derived anew were or are within the tail, or differ themselves. */
function tell(range: Range): { own: Member[]; earlier: Member[] } {
  const { tail, members, told } = range
  if (told?.from === tail.from && told.size === members.size) return told
  const differing = new Set(tail.deployments.flatMap(({ after }) => (after ? [refKey(after)] : [])))
  const own: Member[] = []
  const earlier: Member[] = []
  for (const [key, member] of members) {
    const at = placeOf(member.fact)
    const isWithin = (at !== null && at >= tail.from) || (member.row.at !== null && member.row.at >= tail.from)
    if (isWithin || differing.has(key)) own.push(member)
    else earlier.push(member)
  }
  range.told = { from: tail.from, size: members.size, own, earlier }
  return range.told
}

/** The chains whose deployments are derived, by environment and repository, each with its lines. */
function linesOf(range: Range): Map<string, { environment: string; repository: string; line: string }> {
  const lines = new Map<string, { environment: string; repository: string; line: string }>()
  for (const { fact } of ownMembers(range)) {
    if (fact.status !== 'succeeded') continue
    const { environment, repository = range.tail.service.key, line = '' } = fact
    lines.set(`${chainKey(environment, repository)}\n${line}`, { environment, repository, line })
  }
  return lines
}

function liveBefore(range: Range, line: { environment: string; repository: string; line: string }): Member[] {
  return earlierMembers(range)
    .filter(({ fact }) => {
      const { environment, repository = range.tail.service.key, line: own = '' } = fact
      return fact.status === 'succeeded' && environment === line.environment && repository === line.repository && own === line.line
    })
    .sort((a, b) => compareDeployments(a.fact, b.fact))
}

function isCounted({ row }: Member): boolean {
  return row.kind !== null && countedKinds.has(row.kind)
}

function isAnchored(range: Range, line: { environment: string; repository: string; line: string }): boolean {
  const live = liveBefore(range, line)
  return live.some(({ fact }) => identityOf(fact) !== null) && live.some(isCounted)
}

/** Finds what each chain had live before, and where its versions were live; those for which too much would have to be read. */
export async function anchorRanges(
  tx: Db,
  ranges: Range[],
  named: TailDeployment[],
  { alike: mostAlike }: TailLimits,
): Promise<Set<Range>> {
  const tooMuch = new Set<Range>()
  const open = ranges
    .filter((range) => !range.exhausted)
    .map((range) => ({
      range,
      service: range.tail.service,
      environments: new Set([...linesOf(range).values()].filter((line) => !isAnchored(range, line)).map(({ environment }) => environment)),
    }))
    .filter(({ environments }) => environments.size > 0)
  const before = await deploymentsBefore(
    tx,
    asks(open, ({ range, environments }) => [...environments].map((environment) => ({ environment, from: range.complete }))),
    mostAlike,
  )
  addTo(ranges, before)
  const beforeOf = groupBy(before, ({ serviceId }) => serviceId)
  for (const { range, environments } of open) {
    for (const line of linesOf(range).values()) {
      const read = (beforeOf.get(range.tail.service.id) ?? []).filter(({ environment }) => environment === line.environment)
      if (environments.has(line.environment) && read.length >= mostAlike && !isAnchored(range, line)) tooMuch.add(range)
    }
  }
  // Only now: one deployment from further back does not tell what was live last.
  addTo(ranges, named)
  const remedied = asks(
    ranges.map((range) => ({ service: range.tail.service, range })),
    ({ range }) => ownMembers(range).flatMap(({ fact: { remedies } }) => (remedies === undefined ? [] : { name: `d:${remedies}` })),
  )
  addTo(ranges, await deploymentsNamed(tx, remedied))
  // A remedy may even have been live before what it names.
  const remedying = asks(
    ranges.map((range) => ({ service: range.tail.service, range })),
    ({ range }) => ownMembers(range).flatMap(({ fact }) => [{ name: `d:${fact.id}` }, { name: `d:${refKey(fact)}` }]),
  )
  addTo(ranges, await deploymentsAwaiting(tx, remedying))
  const identities = asks(
    ranges.map((range) => ({ service: range.tail.service, range })),
    ({ range }) => [...identitiesOf(range)].map((identity) => ({ identity })),
  )
  const alike = await deploymentsIdentified(tx, identities, mostAlike)
  addTo(ranges, alike)
  const alikeOf = groupBy(alike, ({ serviceId }) => serviceId)
  for (const range of ranges) {
    const counts = new Map<string, number>()
    for (const { body } of alikeOf.get(range.tail.service.id) ?? []) {
      if (body === null) continue
      const identity = identityOf(JSON.parse(body) as Deployment) ?? ''
      counts.set(identity, (counts.get(identity) ?? 0) + 1)
      if ((counts.get(identity) ?? 0) >= mostAlike) tooMuch.add(range)
    }
  }
  return tooMuch
}

/** Versions that the derived deployments have, and what was live before each chain of them. */
function identitiesOf(range: Range): Set<string> {
  const found = new Set<string>()
  for (const { fact } of ownMembers(range)) {
    const identity = fact.status === 'succeeded' ? identityOf(fact) : null
    if (identity !== null) found.add(identity)
  }
  for (const line of linesOf(range).values()) {
    const live = liveBefore(range, line).findLast(({ fact }) => identityOf(fact) !== null)
    const identity = live ? identityOf(live.fact) : null
    if (identity !== null) found.add(identity)
  }
  return found
}

function addTo(ranges: Range[], rows: TailDeployment[]): void {
  const byService = new Map(ranges.map((range) => [range.tail.service.id, range]))
  for (const row of rows) {
    const range = byService.get(row.serviceId)
    if (range) addMember(range, row)
  }
}

export function kindsOf(range: Range): Map<string, Live['kind'] | null> {
  return new Map(earlierMembers(range).map(({ row, fact }) => [refKey(fact), row.kind === 'aborted' ? null : row.kind]))
}

/** References of rows that are in the range without a fact: they go. */
export function goneOf({ gone, tail }: Range): (TailDeployment & Ref)[] {
  const touched = new Set(tail.deployments.flatMap(({ before }) => (before ? [refKey(before)] : [])))
  return gone.filter((row) => (row.at !== null && row.at >= tail.from) || touched.has(refKey(row)))
}
