/** Collects a GitHub source: what is new since the last run first, then the backfill. */
import { SourceError } from '../../errors.ts'
import type { Batch, Context } from '../source.ts'
import { readBackfill } from './backfill.ts'
import { type Client, createClient } from './client.ts'
import { hasGit } from './commits.ts'
import type { RepositoryState } from './cursor.ts'
import { emptyFeed, readCursor, writeCursor } from './cursor.ts'
import { readNews } from './news.ts'
import type { GithubOptions } from './options.ts'
import type { Pace } from './pace.ts'
import { discover } from './repositories.ts'
import { fingerprint, rulingsFor } from './rules.ts'
import { batchOf, needsPullFiles, type Run, readCommits } from './run.ts'
import { deploymentPrefixes } from './to-facts.ts'

const pageSize = 50

/** More than this between the clocks is worth a word, in seconds. */
const clockTolerance = 300

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

/** Where other rules hold than before, the deployments of the former ones are withdrawn, and read anew. */
async function* followRules(run: Run): AsyncGenerator<Batch> {
  for (const state of run.repositories) {
    followFiles(run, state)
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

/** Where the files of pull requests are asked for that were read without them, they are read anew. */
function followFiles(run: Run, state: RepositoryState): void {
  if (run.git) return
  const files = needsPullFiles(run, state)
  if (files && !state.files && state.pulls.top !== null) {
    state.pulls = emptyFeed()
    run.ctx.note(`Services share ${state.name} by paths now: its pull requests are read anew, with the files they changed.`)
  }
  state.files = files
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
