/** One run of a GitLab source: what it knows, how it saves, and whom a failure stops. */
import { SourceError } from '../../errors.ts'
import type { Fact } from '../../facts.ts'
import { readGit } from '../../git/run-git.ts'
import { type HttpClient, refusalOf } from '../http-client.ts'
import type { Batch, Context } from '../source.ts'
import { type Cursor, type ProjectState, writeCursor } from './cursor.ts'
import type { GitlabOptions } from './options.ts'
import type { Filing } from './to-facts.ts'

/** Facts of one batch. */
export const batchFacts = 500

export interface Run {
  options: GitlabOptions
  cursor: Cursor
  client: HttpClient
  ctx: Context
  /** Whether git can be run here, and is to be. */
  git: boolean
  failures: Map<string, SourceError>
  /** Facts that wait for the next batch. */
  facts: Fact[]
}

/** Whether git can be run here. */
export async function hasGit(signal: AbortSignal): Promise<boolean> {
  try {
    await readGit({ args: ['--version'], signal })
    return true
  } catch {
    signal.throwIfAborted()
    return false
  }
}

export function filingOf({ options, ctx }: Pick<Run, 'options' | 'ctx'>, state: ProjectState): Filing {
  return {
    sourceId: ctx.sourceId,
    project: state.filed,
    name: state.name,
    web: options.url,
    defaultBranch: state.defaultBranch,
    tiers: state.tiers,
    rules: options,
  }
}

/** What was collected, with the cursor that stands once it is saved. */
export function batchOf(run: Run, more: Iterable<Fact> = []): Batch {
  const facts = [...run.facts, ...more]
  run.facts = []
  const { deployments } = run.options
  // Tags and branches tell their whole history.
  const told = deployments === true || 'jobs' in deployments
  return { facts, cursor: writeCursor(run.cursor), ...(told ? { coveredFrom: Date.parse(run.cursor.since) } : {}) }
}

/** Yields once enough has come together. */
export function* full(run: Run): Generator<Batch> {
  if (run.facts.length >= batchFacts) yield batchOf(run)
}

/** One list's failure stops no other; what concerns all of them ends the run. */
export async function* attempt(run: Run, what: string, work: () => AsyncGenerator<Batch>): AsyncGenerator<Batch> {
  run.ctx.signal.throwIfAborted()
  try {
    yield* work()
  } catch (error) {
    run.ctx.signal.throwIfAborted()
    if (!(error instanceof SourceError) || !concernsOne(error)) throw error
    run.failures.set(what, error)
  }
}

/** What no answer, no credentials or an overloaded server would do to every other question too. */
function concernsOne(error: SourceError): boolean {
  const status = refusalOf(error)
  if (status !== null) return [400, 403, 404, 409, 422].includes(status)
  return !(error.cause instanceof Error && /^(?:TypeError|TimeoutError|AbortError)$/.test(error.cause.name))
}

/** One failure as it is; several by the first few. */
export function together(failures: Map<string, SourceError>): SourceError {
  const [first, ...others] = [...failures.values()]
  if (first === undefined) throw new Error('together: there is no failure')
  if (others.length === 0) return first
  const names = [...failures.keys()].slice(0, 5).join(', ')
  const rest = failures.size > 5 ? ` and ${failures.size - 5} more` : ''
  const said = first.message.slice(0, first.message.length - first.mend.length).trimEnd()
  return new SourceError(`${failures.size} parts could not be read: ${names}${rest}. The first: ${said}`, first.mend, { cause: first })
}
