/** One run of a GitHub source: what it knows, how it saves, and whom a failure stops. */
import { SourceError } from '../../errors.ts'
import type { Fact, Instant } from '../../facts.ts'
import type { Batch, Context } from '../source.ts'
import type { Client } from './client.ts'
import { readByApi, readByGit } from './commits.ts'
import { type Cursor, type RepositoryState, writeCursor } from './cursor.ts'
import { concernsAll } from './failure.ts'
import type { GithubOptions } from './options.ts'
import { type Kind, type PageReading, readPage, type Wants } from './pages.ts'
import { rulingsFor } from './rules.ts'
import { type Filing, instant } from './to-facts.ts'
import { feedOf } from './workflows.ts'

/** Facts of one batch; with fewer the first pages of many repositories would wait for each other. */
export const batchFacts = 1500

/** What a run knows besides its options. */
export interface Run {
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

/** What was collected, with the cursor that stands once it is saved. */
export function batchOf(run: Run, more: Fact[] = []): Batch {
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

export function filingOf(run: { ctx: Pick<Context, 'sourceId'>; client: Client }, state: RepositoryState): Filing {
  return { sourceId: run.ctx.sourceId, repository: state.filed, name: state.name, web: run.client.web }
}

export function readingOf(run: Run, state: RepositoryState): PageReading {
  const rulings = rulingsFor(run.options, state.name)
  return {
    state,
    rulings,
    filing: filingOf(run, state),
    client: run.client,
    now: run.ctx.now,
    files: needsPullFiles(run, state),
    size: run.size,
  }
}

/** Git tells the files of every commit; without it the pull requests do. */
export function needsPullFiles(run: Pick<Run, 'ctx' | 'git'>, state: RepositoryState): boolean {
  return !run.git && run.ctx.needsFiles(state.filed)
}

/** One page; what is left. A fault is noted, and its list left alone for this run. */
export async function readOne(run: Run, state: RepositoryState, wants: Wants): Promise<Wants> {
  let left: Wants = {}
  await attempt(run, state, 'repository', async () => {
    const outcome = await readPage(readingOf(run, state), wants)
    run.facts.push(...outcome.facts)
    left = outcome.left
    for (const [kind, failure] of outcome.failures) fail(run, state, kind, failure)
  })
  return left
}

/** One repository's failure stops no other. What concerns all of them ends the run. */
export async function attempt(
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

export function fail(run: Run, state: RepositoryState, part: Kind | 'repository' | 'runs' | 'commits', failure: SourceError): void {
  run.blocked.add(`${state.id} ${part}`)
  run.failures.set(`${part} of ${state.name}`, failure)
}

function concernsOne(error: SourceError): boolean {
  if (concernsAll(error)) return false
  const status = (error.cause as { status?: number } | undefined)?.status
  return status === undefined || status === 404 || status === 403 || status === 409 || status === 422
}

/** The commits of repositories that were pushed to, or whose deployments name commits that were not read. */
export async function* readCommits(run: Run, states: RepositoryState[]): AsyncGenerator<Batch> {
  for (const state of states) {
    const files = run.ctx.needsFiles(state.filed)
    const behind = state.stale || state.wanted.length > 0 || state.commits === null || (run.git && files && !state.files)
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
      if (run.git) state.files = files
      state.wanted = []
    } catch (error) {
      run.ctx.signal.throwIfAborted()
      if (!(error instanceof SourceError) || concernsAll(error)) throw error
      fail(run, state, 'commits', error)
    }
  }
}
