/** Where the sums of a scope come from: its services' blocks, which are exact, or the tallies of a large team or the organisation. */
import type { Config } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import type { Instant } from '../facts.ts'
import type { MetricsQuestion } from '../metrics/compute.ts'
import { type Counts, countEntries } from '../metrics/counts.ts'
import { joinObservations } from '../metrics/join-observations.ts'
import { observeBlocks } from '../metrics/observe-blocks.ts'
import { observeIncidents, observeRows } from '../metrics/observe-rows.ts'
import { observedReading } from '../metrics/observed-reading.ts'
import type { Reading } from '../metrics/reading.ts'
import type { Waiting } from '../metrics/slice.ts'
import { waitingOf } from '../metrics/slice.ts'
import { entriesOf } from '../metrics/tallies/block.ts'
import { type EntryHead, entryHead } from '../metrics/tallies/entry.ts'
import { dayNumber, startOfDay } from '../metrics/windows.ts'
import { readServiceBlocks } from './blocks.ts'
import type { Db } from './database.ts'
import { readIncidents } from './incidents.ts'
import { readMetricsInput, serviceFacts } from './metrics-input.ts'
import { isTier } from './page.ts'
import type { ResolvedScope, ScopedService } from './scope.ts'
import { readServicesAt, type StoredService } from './services.ts'
import { readSharedRows } from './shared-rows.ts'
import { readTallyReading, readTallyReadings, type TallyReading } from './tally-readings.ts'

export interface ReadingQuestion extends Pick<MetricsQuestion, 'from' | 'to' | 'bucket' | 'environment'> {
  /** The reading begins there, for what the window is compared with. */
  earliest: string
  /** Exact times however many changes there are. */
  exact?: boolean
}

export interface ScopeReading {
  question: MetricsQuestion
  reading: Reading
}

/** A window with more changes than these is told by tallies. */
export const mostExactChanges = 100_000

export async function readScope(db: Db, config: Config, resolved: ResolvedScope, asked: ReadingQuestion): Promise<ScopeReading> {
  const at = await readServicesAt(db)
  const stored = byId(at.services)
  const question = questionOf(config, resolved, stored, asked)
  if (!isTier(asked.environment)) return readRows(db, config, resolved, asked, question)
  if (!resolved.scope.startsWith('service:')) {
    const tallies = await readTallyReading(db, config, { resolved, question }, asked, 'whole', at)
    const changes = tallies.changes
    if (asked.exact) refuseMany(changes)
    else if (changes > mostExactChanges) return { question, reading: tallies.reading }
  }
  return { question, reading: await readBlocksOf(db, config, resolved, asked, stored, question) }
}

const maps = new WeakMap<readonly StoredService[], ReadonlyMap<string, StoredService>>()

function byId(services: readonly StoredService[]): ReadonlyMap<string, StoredService> {
  const known = maps.get(services) ?? new Map(services.map((service) => [service.id, service]))
  maps.set(services, known)
  return known
}

/** They are held in memory at once. */
const mostAtOnce = 500_000

function refuseMany(changes: number): void {
  if (changes <= mostAtOnce) return
  throw new ShiplogError(
    'invalid',
    `exact: the window holds ${changes} changes, and exact times are given for up to ${mostAtOnce}. Ask for a shorter window or a smaller scope, or leave exact out.`,
    [{ path: 'exact', message: `is answered for up to ${mostAtOnce} changes` }],
  )
}

/** Scopes of a list are exact while there are no more of them. */
const mostExactScopes = 30
/** Services whose blocks are read at once. */
const servicesAtOnce = 200

/** The readings of a list of scopes, each with its position; large lists of teams are told by tallies. */
export async function* readScopes(
  db: Db,
  config: Config,
  scopes: readonly ResolvedScope[],
  asked: ReadingQuestion,
): AsyncGenerator<ScopeReading & { at: number }> {
  const at = await readServicesAt(db)
  const stored = byId(at.services)
  const questions = scopes.map((resolved) => questionOf(config, resolved, stored, asked))
  if (!isTier(asked.environment)) {
    for (const [at, resolved] of scopes.entries())
      yield { at, ...(await readRows(db, config, resolved, asked, questions[at] as MetricsQuestion)) }
    return
  }
  if (scopes.every(({ scope }) => scope.startsWith('service:'))) {
    for (let first = 0; first < scopes.length; first += servicesAtOnce) {
      const part = scopes.slice(first, first + servicesAtOnce)
      const readings = await readServices(db, config, part, asked, stored, questions.slice(first, first + servicesAtOnce))
      for (const [i, reading] of readings.entries()) yield { at: first + i, question: questions[first + i] as MetricsQuestion, reading }
    }
    return
  }
  const pairs = scopes.map((resolved, at) => ({ resolved, question: questions[at] as MetricsQuestion }))
  const tallies = await readTallyReadings(db, config, pairs, asked, 'short', at)
  const changes = tallies.reduce((sum, each) => sum + each.changes, 0)
  const isExact = scopes.length <= mostExactScopes && changes <= mostExactChanges
  for (const [at, { resolved, question }] of pairs.entries()) {
    const reading = isExact ? await readBlocksOf(db, config, resolved, asked, stored, question) : (tallies[at] as TallyReading).reading
    yield { at, question, reading }
  }
}

/** Services one by one, without their incidents, which no list shows. */
async function readServices(
  db: Db,
  config: Config,
  scopes: readonly ResolvedScope[],
  asked: ReadingQuestion,
  stored: ReadonlyMap<string, StoredService>,
  questions: readonly MetricsQuestion[],
): Promise<Reading[]> {
  const days = { from: dayNumber(asked.earliest), to: dayNumber(asked.to) }
  const window = { from: startOfDay(days.from, config.timeZone), to: startOfDay(days.to, config.timeZone) }
  const services = scopes.flatMap((resolved) => resolved.services)
  const blocks = await blocksOf(db, services, stored, { tier: asked.environment, ...days }, window)
  const byService = new Map(blocks.map((part) => [part.service, part]))
  return scopes.map(({ services: [own] }, i) => {
    const part = own === undefined ? undefined : byService.get(own.service)
    const observed = observeBlocks(part === undefined ? [] : [part], null)
    return observedReading({ ...observed, incidents: [] }, config.timeZone, questions[i] as MetricsQuestion)
  })
}

/** The counts of a tier's window, which are those of its metrics; without incidents. */
export async function readCounts(db: Db, config: Config, resolved: ResolvedScope, window: CountedWindow): Promise<Counts> {
  const at = await readServicesAt(db)
  const stored = byId(at.services)
  const asked: ReadingQuestion = { ...window, bucket: 'week', earliest: window.from }
  const question = questionOf(config, resolved, stored, asked)
  const days = { from: dayNumber(asked.from), to: dayNumber(asked.to) }
  if (!resolved.scope.startsWith('service:')) {
    const { reading } = await readTallyReading(db, config, { resolved, question }, asked, 'short', at)
    return reading.summarise([days], 'week')
  }
  const [from, to] = [startOfDay(days.from, config.timeZone), startOfDay(days.to, config.timeZone)]
  const parts = await blocksOf(db, resolved.services, stored, { tier: asked.environment, ...days }, { from, to })
  return countEntries(headsOf(parts, { from, to }), question)
}

type CountedWindow = Pick<ReadingQuestion, 'from' | 'to' | 'environment'>

function* headsOf(parts: Awaited<ReturnType<typeof blocksOf>>, { from, to }: { from: Instant; to: Instant }): Generator<EntryHead> {
  for (const { blocks } of parts) {
    for (const block of blocks) for (const { at, bytes } of entriesOf(block)) if (at >= from && at < to) yield entryHead(bytes)
  }
}

type Beside = Pick<MetricsQuestion, 'asOf' | 'services' | 'waiting'>

/** Of the services of a scope, as long as nothing changes: there may be thousands. */
const besides = new WeakMap<readonly ScopedService[], { stored: ReadonlyMap<string, StoredService>; beside: Beside }>()

function besideOf(services: readonly ScopedService[], stored: ReadonlyMap<string, StoredService>): Beside {
  const known = besides.get(services)
  if (known?.stored === stored) return known.beside
  const beside: Beside = {
    asOf: services.reduce<Instant | null>((newest, { service }) => {
      const asOf = stored.get(service)?.asOf ?? null
      return asOf === null ? newest : Math.max(asOf, newest ?? asOf)
    }, null),
    services: services.map((part) => serviceFacts(part, stored.get(part.service))),
    waiting: services
      .filter(({ to: left }) => left === null)
      .reduce((sum, { service }) => addWaiting(sum, stored.get(service)), waitingOf([])),
  }
  besides.set(services, { stored, beside })
  return beside
}

/** What is known of the scope beside its sums. */
function questionOf(
  config: Config,
  { scope, services }: ResolvedScope,
  stored: ReadonlyMap<string, StoredService>,
  { from, to, bucket, environment }: ReadingQuestion,
): MetricsQuestion {
  const { timeZone, definition } = config
  return { scope, from, to, timeZone, bucket, environment, definition, ...besideOf(services, stored) }
}

function addWaiting(sum: Waiting, service: StoredService | undefined): Waiting {
  if (service === undefined || service.waiting.oldest === null) return sum
  const { count, oldest } = service.waiting
  return { count: sum.count + count, oldest: Math.min(sum.oldest ?? oldest, oldest) }
}

/** An environment by its name: no block and no tally holds it apart. */
async function readRows(db: Db, config: Config, resolved: ResolvedScope, asked: ReadingQuestion, question: MetricsQuestion) {
  const input = await readMetricsInput(db, config, resolved, { ...asked, from: asked.earliest })
  return { question, reading: observedReading(observeRows(input), config.timeZone, question) }
}

async function readBlocksOf(
  db: Db,
  config: Config,
  resolved: ResolvedScope,
  asked: ReadingQuestion,
  stored: ReadonlyMap<string, StoredService>,
  question: MetricsQuestion,
): Promise<Reading> {
  const { scope, services } = resolved
  const isService = scope.startsWith('service:')
  const days = { from: dayNumber(asked.earliest), to: dayNumber(asked.to) }
  const window = { from: startOfDay(days.from, config.timeZone), to: startOfDay(days.to, config.timeZone) }
  // Within one service a change is delivered once; several that share a repository may each have it.
  const apart = services.filter(({ service }) => isService || !stored.get(service)?.overlaps)
  const blocks = await blocksOf(db, apart, stored, { tier: asked.environment, ...days }, window)
  const { environment } = asked
  const observed = { ...observeBlocks(blocks, isService ? null : config.definition.releaseWindow), incidents: [] }
  const shared = isService
    ? []
    : [observeRows(await readSharedRows(db, config, resolved, { environment, ...window }, [...stored.values()]))]
  const incidents = observeIncidents(await readIncidents(db, { services, ...window }))
  return observedReading({ ...joinObservations([observed, ...shared]), incidents }, config.timeZone, question)
}

/** The blocks of services, each with the times in which it counts. */
export async function blocksOf(
  db: Db,
  services: readonly ScopedService[],
  stored: ReadonlyMap<string, StoredService>,
  asked: { tier: string; from: number; to: number },
  window: { from: Instant; to: Instant },
) {
  const parts = new Map<number, { service: string; windows: { from: Instant; to: Instant }[]; blocks: Uint8Array[] }>()
  for (const { service, from, to } of services) {
    const number = stored.get(service)?.number
    if (number === undefined) continue
    const part = parts.get(number) ?? { service, windows: [], blocks: [] }
    part.windows.push({ from: Math.max(window.from, from ?? window.from), to: Math.min(window.to, to ?? window.to) })
    parts.set(number, part)
  }
  for (const { serviceId, data } of await readServiceBlocks(db, [...parts.keys()], asked)) parts.get(serviceId)?.blocks.push(data)
  return [...parts.values()]
}
