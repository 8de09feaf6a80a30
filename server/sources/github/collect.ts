/** Collects a GitHub source: what is new since the last run first, then the backfill, newest first in every repository. */
import { z } from 'zod'
import { SourceError } from '../../errors.ts'
import type { Fact, Instant } from '../../facts.ts'
import type { Batch, Context } from '../source.ts'
import { type Client, createClient, type GraphqlError } from './client.ts'
import { hasGit, readByApi, readByGit } from './commits.ts'
import { type Cursor, emptyFeed, type Feed, type RepositoryState, readCursor, writeCursor } from './cursor.ts'
import { concernsAll, missingPermission, permissionFor } from './failure.ts'
import type { GithubOptions } from './options.ts'
import type { Pace } from './pace.ts'
import { deploymentsToFacts, type Kind, kinds, newestRelease, noteHead, type PageReading, readPage, type Wants } from './pages.ts'
import { Deployment, Probe } from './payloads.ts'
import { probes, things } from './queries.ts'
import { discover } from './repositories.ts'
import { fingerprint, type Rulings, rulingsFor } from './rules.ts'
import { deploymentPrefixes, type Filing, instant } from './to-facts.ts'
import { feedOf, readNewRuns, readOlderRuns } from './workflows.ts'

/** Facts of one batch; with fewer the first pages of many repositories would wait for each other. */
const batchFacts = 1500
const pageSize = 50
/** Repositories or things of one question. */
const chunk = 50
/** More than this between the clocks is worth a word, in seconds. */
const clockTolerance = 300

/** What a run knows besides its options. */
interface Run {
  options: GithubOptions
  cursor: Cursor
  client: Client
  ctx: Context
  repositories: RepositoryState[]
  failures: Map<string, SourceError>
  /** Lists that are not to be asked for again in this run. */
  blocked: Set<string>
  size: { value: number }
  /** By repository: commits that were read through the API. */
  seen: Map<number, Set<string>>
  /** Facts that wait for the next batch. */
  facts: Fact[]
  git: boolean
}

/** Yields batches until nothing is left to read; then throws a SourceError where a part could not be read. */
export async function* collectGithub(options: GithubOptions, cursorText: string | null, ctx: Context, pace: Pace): AsyncGenerator<Batch> {
  const cursor = readCursor(cursorText)
  const client = await createClient(options, ctx, pace)
  const { repositories, failures, notes } = await discover(options, cursor, client, ctx.now)
  for (const note of notes) ctx.note(note)
  noteClock(client, ctx)
  const git = options.git && (await hasGit(ctx.signal))
  const size = { value: pageSize }
  const run: Run = { options, cursor, client, ctx, repositories, failures, blocked: new Set(), size, seen: new Map(), facts: [], git }
  yield* followRules(run)
  yield* readNews(run)
  yield* readBackfill(run)
  yield* readCommits(run, run.repositories)
  const end = writeCursor(cursor)
  if (run.facts.length > 0 || end !== cursorText) yield batchOf(run)
  if (failures.size > 0) throw together(failures)
}

function noteClock(client: Client, ctx: Context): void {
  const skew = client.budget.skew()
  if (skew === null || Math.abs(skew) <= clockTolerance) return
  const minutes = Math.round(Math.abs(skew) / 60)
  ctx.note(
    `The clock of this machine is ${minutes} minutes ${skew > 0 ? 'behind' : 'ahead of'} GitHub's. Set it by a time server: coverage and pending deployments rest on it.`,
  )
}

export function filingOf(run: { ctx: Pick<Context, 'sourceId'>; client: Client }, state: RepositoryState): Filing {
  return { sourceId: run.ctx.sourceId, repository: state.filed, name: state.name, web: run.client.web }
}

/** What was collected, with the cursor that stands once it is saved. */
function batchOf(run: Run, more: Fact[] = []): Batch {
  const facts = [...run.facts, ...more]
  run.facts = []
  return { facts, cursor: writeCursor(run.cursor), coveredFrom: coveredFrom(run) }
}

/** From where on every repository's deployments are read; none while one is not begun, or where git tells them all. */
function coveredFrom(run: Run): Instant | undefined {
  let latest: Instant | undefined
  for (const state of run.repositories) {
    const rulings = rulingsFor(run.options, state.name)
    const feeds = [
      ...(rulings.environments === null ? [] : [state.deployments]),
      ...(rulings.releases === null ? [] : [state.releases]),
      ...rulings.workflows.map((ruling) => feedOf(state, ruling)),
    ]
    for (const feed of feeds) {
      if (feed.top === null) return undefined
      const from = instant(feed.done || feed.oldest === null ? state.since : feed.oldest)
      latest = latest === undefined ? from : Math.max(latest, from)
    }
  }
  return latest
}

/** Where other rules hold than before, the deployments of the former ones are withdrawn, and read anew. */
async function* followRules(run: Run): AsyncGenerator<Batch> {
  for (const state of run.repositories) {
    const rulings = rulingsFor(run.options, state.name)
    const incidentRule = JSON.stringify(rulings.incidents)
    if (state.incidentRule !== incidentRule) {
      const isFirst = state.incidentRule === ''
      state.incidentRule = incidentRule
      if (!isFirst) {
        state.issues = emptyFeed()
        run.ctx.note(`The rule for incidents of ${state.name} is another now: its incidents are read anew.`)
        yield { ...batchOf(run), withdraw: [{ of: 'incident', prefix: `${state.filed}#` }] }
      }
    }
    const rules = fingerprint(rulings)
    if (state.rules === rules) continue
    const isNew = state.rules === ''
    state.rules = rules
    if (isNew) continue
    state.deployments = emptyFeed()
    state.releases = emptyFeed()
    state.runs = {}
    state.open = []
    state.published = {}
    run.ctx.note(`The rules for deployments of ${state.name} are others now: its deployments are read anew.`)
    const prefixes = Object.values(deploymentPrefixes(state.filed))
    yield { ...batchOf(run), withdraw: prefixes.map((prefix) => ({ of: 'deployment' as const, prefix })) }
  }
}

/** What is new in repositories that were read before: asked of many at once, then of those that have news. */
async function* readNews(run: Run): AsyncGenerator<Batch> {
  const begun = run.repositories.filter((state) => kinds.some((kind) => state[kind].top !== null))
  for (let start = 0; start < begun.length; start += chunk) {
    const some = begun.slice(start, start + chunk)
    const found = await probe(run, some)
    for (const [index, state] of some.entries()) {
      const news = found[index]
      if (news === undefined || news === null) continue
      run.ctx.signal.throwIfAborted()
      const wants = newsOf(news, state, rulingsFor(run.options, state.name))
      await readDown(run, state, wants)
      noteHead(state, news)
      if (run.facts.length >= batchFacts) yield batchOf(run)
    }
  }
  await lookAgain(run)
  for (const state of begun) {
    for (const ruling of rulingsFor(run.options, state.name).workflows) {
      await attempt(run, state, 'runs', async () => {
        run.facts.push(...(await readNewRuns({ state, ruling, filing: filingOf(run, state), client: run.client, now: run.ctx.now })))
      })
    }
    if (run.facts.length >= batchFacts) yield batchOf(run)
  }
  yield* readCommits(run, begun)
}

const Probes = z.object({ nodes: z.array(Probe.nullable()) })

async function probe(run: Run, states: RepositoryState[]): Promise<(Probe | null)[]> {
  const rulings = states.map((state) => rulingsFor(run.options, state.name))
  const asked: Record<Kind, boolean> = {
    pulls: true,
    deployments: rulings.some(({ environments }) => environments !== null),
    issues: rulings.some(({ incidents }) => incidents !== null),
    releases: rulings.some(({ releases }) => releases !== null),
  }
  for (;;) {
    const variables = { ids: states.map(({ node }) => node), ...asked }
    const { data, errors } = await run.client.graphql(`news of ${states.length} repositories`, probes, variables, Probes)
    const forbidden = new Set<Kind>()
    for (const error of errors) {
      const kind = noteFault(run, states, error)
      if (kind !== null && asked[kind]) forbidden.add(kind)
    }
    // GitHub withholds the whole repository where one of its lists may not be read.
    if (forbidden.size === 0) return data.nodes
    for (const kind of forbidden) asked[kind] = false
  }
}

const kindOf: Record<string, Kind> = { pullRequests: 'pulls', deployments: 'deployments', issues: 'issues', releases: 'releases' }

/** A fault of one repository among many; the list that may not be read, where it is one. */
function noteFault(run: Run, states: RepositoryState[], { path, type, message }: GraphqlError): Kind | null {
  const state = states[Number(path?.[1] ?? -1)]
  if (state === undefined) return null
  const field = path?.[2]
  if (type === 'NOT_FOUND' || field === undefined) {
    state.gone = true
    run.ctx.note(`${state.name} is gone (deleted, made private, or no longer among what the token may read): what is stored of it stays.`)
    return null
  }
  const kind = kindOf[String(field)] ?? null
  const what = `${kind ?? field} of ${state.name}`
  run.failures.set(what, missingPermission(what, permissionFor(String(field)), new Error(message)))
  if (kind !== null) run.blocked.add(`${state.id} ${kind}`)
  return kind
}

/** The lists that have something newer than what was seen. */
function newsOf(news: Probe, state: RepositoryState, rulings: Rulings): Wants {
  const wants: Wants = {}
  const want = (kind: Kind) => {
    if (state[kind].top !== null) wants[kind] = { direction: 'newer', after: null }
  }
  const pull = news.pullRequests?.nodes[0]?.updatedAt
  if (pull !== undefined && pull > (state.pulls.top ?? '')) want('pulls')
  const deployment = news.deployments?.nodes[0]?.id
  if (rulings.environments !== null && deployment !== undefined && deployment !== state.newestDeployment) want('deployments')
  const issue = news.issues?.nodes[0]?.updatedAt
  if (rulings.incidents !== null && issue !== undefined && issue > (state.issues.top ?? '')) want('issues')
  if (rulings.releases !== null) {
    if (newestRelease(news.releases?.nodes[0]) !== state.newestRelease) want('releases')
  }
  return wants
}

/** From the top down to what was seen before. */
async function readDown(run: Run, state: RepositoryState, wants: Wants): Promise<void> {
  let left = wants
  while (Object.keys(left).length > 0) left = await readOne(run, state, left)
}

/** One page; what is left. A fault is noted, and its list left alone for this run. */
async function readOne(run: Run, state: RepositoryState, wants: Wants): Promise<Wants> {
  let left: Wants = {}
  await attempt(run, state, 'repository', async () => {
    const outcome = await readPage(readingOf(run, state), wants)
    run.facts.push(...outcome.facts)
    left = outcome.left
    for (const [kind, failure] of outcome.failures) fail(run, state, kind, failure)
  })
  return left
}

function readingOf(run: Run, state: RepositoryState): PageReading {
  const rulings = rulingsFor(run.options, state.name)
  return { state, rulings, filing: filingOf(run, state), client: run.client, now: run.ctx.now, size: run.size }
}

function fail(run: Run, state: RepositoryState, part: Kind | 'repository' | 'runs' | 'commits', failure: SourceError): void {
  run.blocked.add(`${state.id} ${part}`)
  run.failures.set(`${part} of ${state.name}`, failure)
}

/** One repository's failure stops no other. What concerns all of them ends the run. */
async function attempt(
  run: Run,
  state: RepositoryState,
  part: 'repository' | 'runs' | 'commits',
  work: () => Promise<void>,
): Promise<void> {
  if (run.blocked.has(`${state.id} ${part}`)) return
  try {
    await work()
  } catch (error) {
    run.ctx.signal.throwIfAborted()
    if (!(error instanceof SourceError) || !concernsOne(error)) throw error
    fail(run, state, part, error)
  }
}

function concernsOne(error: SourceError): boolean {
  if (concernsAll(error)) return false
  const status = (error.cause as { status?: number } | undefined)?.status
  return status === undefined || status === 404 || status === 403 || status === 409 || status === 422
}

const Things = z.object({ nodes: z.array(z.looseObject({ __typename: z.string() }).nullable()) })

/** Deployments that had not ended well are looked at again, all repositories together. */
async function lookAgain(run: Run): Promise<void> {
  const open = run.repositories.flatMap((state) => state.open.map((id) => ({ id, state })))
  for (let start = 0; start < open.length; start += chunk) {
    const some = open.slice(start, start + chunk)
    const { data, errors } = await run.client.graphql('deployments under way', things, { ids: some.map(({ id }) => id) }, Things)
    if (errors.some(({ type }) => type === 'FORBIDDEN')) return
    for (const [index, { id, state }] of some.entries()) {
      const parsed = Deployment.safeParse(data.nodes[index])
      // One that was deleted keeps what is known of it.
      if (!parsed.success) state.open = state.open.filter((other) => other !== id)
      else run.facts.push(...deploymentsToFacts([parsed.data], null, readingOf(run, state)))
    }
  }
}

/** Round after round, a page of each list of each repository, so that the newest of everything is there first. */
async function* readBackfill(run: Run): AsyncGenerator<Batch> {
  for (let busy = true; busy; ) {
    busy = false
    for (const state of run.repositories) {
      if (run.blocked.has(`${state.id} repository`)) continue
      run.ctx.signal.throwIfAborted()
      const isFirst = state.pulls.top === null
      const wants = olderWants(run, state)
      if (Object.keys(wants).length > 0) {
        await readOne(run, state, wants)
        report(run)
        busy ||= kinds.some((kind) => wants[kind] !== undefined && !state[kind].done && !run.blocked.has(`${state.id} ${kind}`))
      }
      for (const ruling of rulingsFor(run.options, state.name).workflows) {
        if (feedOf(state, ruling).done || run.blocked.has(`${state.id} runs`)) continue
        const reading = { state, ruling, filing: filingOf(run, state), client: run.client, now: run.ctx.now }
        await attempt(run, state, 'runs', async () => {
          run.facts.push(...(await readOlderRuns(reading)))
        })
        busy ||= !feedOf(state, ruling).done && !run.blocked.has(`${state.id} runs`)
      }
      if (isFirst) yield* readCommits(run, [state])
      if (run.facts.length >= batchFacts) yield batchOf(run)
    }
  }
}

function olderWants(run: Run, state: RepositoryState): Wants {
  const rulings = rulingsFor(run.options, state.name)
  const asked: Record<Kind, boolean> = {
    pulls: true,
    deployments: rulings.environments !== null,
    issues: rulings.incidents !== null,
    releases: rulings.releases !== null,
  }
  const wants: Wants = {}
  for (const kind of kinds) {
    if (!asked[kind] || state[kind].done || run.blocked.has(`${state.id} ${kind}`)) continue
    wants[kind] = { direction: 'older', after: state[kind].after }
  }
  return wants
}

/** How much was read of what there is in the time that is asked for, as far as can be told. */
function report(run: Run): void {
  const now = run.ctx.now.getTime()
  const feeds = run.repositories
    .flatMap((state) => kinds.map((kind) => ({ state, feed: state[kind] })))
    .filter(({ feed }) => feed.top !== null)
  let read = 0
  let expected = 0
  for (const { state, feed } of feeds) {
    read += feed.read
    expected += feed.done ? feed.read : expectedOf(feed, instant(state.since), now)
  }
  const begun = run.repositories.filter(({ pulls }) => pulls.top !== null).length
  const total = begun === 0 ? null : Math.round((expected * run.repositories.length) / begun)
  run.ctx.progress({ step: 'reading GitHub', done: read, total: total === null ? null : Math.max(total, read) })
}

/** By the share of the time that its pages went back so far. */
function expectedOf(feed: Feed, since: Instant, now: Instant): number {
  const back = feed.oldest === null ? 0 : now - instant(feed.oldest)
  const share = back <= 0 ? 0 : Math.min(1, back / (now - since))
  const guess = share === 0 ? (feed.total ?? feed.read) : feed.read / share
  return Math.max(feed.read, Math.min(guess, feed.total ?? guess))
}

/** The commits of repositories that were pushed to, or whose deployments name commits that were not read. */
async function* readCommits(run: Run, states: RepositoryState[]): AsyncGenerator<Batch> {
  for (const state of states) {
    const behind = state.stale || state.wanted.length > 0 || state.commits === null
    if (!behind || run.blocked.has(`${state.id} commits`) || run.blocked.has(`${state.id} repository`)) continue
    run.ctx.signal.throwIfAborted()
    const seen = run.seen.get(state.id) ?? new Set<string>()
    run.seen.set(state.id, seen)
    const reading = {
      state,
      rulings: rulingsFor(run.options, state.name),
      filing: filingOf(run, state),
      client: run.client,
      ctx: run.ctx,
      seen,
    }
    try {
      for await (const batch of run.git ? readByGit(reading) : readByApi(reading)) {
        state.commits = batch.cursor
        yield batchOf(run, [...batch.facts])
      }
      state.stale = false
      state.wanted = []
    } catch (error) {
      run.ctx.signal.throwIfAborted()
      if (!(error instanceof SourceError) || concernsAll(error)) throw error
      fail(run, state, 'commits', error)
    }
  }
}

/** One failure as it is; several by the first few. */
function together(failures: Map<string, SourceError>): SourceError {
  const [first, ...others] = [...failures.values()]
  if (first === undefined) throw new Error('together: there is no failure')
  if (others.length === 0) return first
  const names = [...failures.keys()].slice(0, 5).join(', ')
  const rest = failures.size > 5 ? ` and ${failures.size - 5} more` : ''
  const said = first.message.slice(0, first.message.length - first.mend.length).trimEnd()
  return new SourceError(`${failures.size} parts could not be read: ${names}${rest}. The first: ${said}`, first.mend, { cause: first })
}
