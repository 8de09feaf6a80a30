/** Collects a GitLab source: one project after another, each from where the last run ended. */
import type { Batch, Context } from '../source.ts'
import { createGitlabClient } from './client.ts'
import { readCommits } from './commits.ts'
import { emptyFeed, feeds, readCursor, writeCursor } from './cursor.ts'
import { followRules, readLists } from './lists.ts'
import type { GitlabOptions } from './options.ts'
import { discover, monthsBefore } from './projects.ts'
import { attempt, batchOf, full, hasGit, type Run, together } from './run.ts'

/** Yields batches until nothing is left to read; then throws a SourceError where a part could not be read. */
export async function* collectGitlab(
  options: GitlabOptions,
  cursorText: string | null,
  ctx: Context,
  retryMs: number,
): AsyncGenerator<Batch> {
  const since = monthsBefore(ctx.now, options.backfillMonths)
  const cursor = readCursor(cursorText, since)
  const client = createGitlabClient(options, ctx, retryMs)
  const { projects, failures } = await discover(options, cursor, client, ctx)
  // More months are asked for than before.
  if (Date.parse(since) < Date.parse(cursor.since) - 86_400_000) {
    cursor.since = since
    for (const state of projects) for (const list of feeds) state[list] = emptyFeed()
  }
  const run: Run = { options, cursor, client, ctx, git: options.git && (await hasGit(ctx.signal)), failures, facts: [] }
  for (const [index, state] of projects.entries()) {
    ctx.progress({ step: 'reading projects', done: index, total: projects.length })
    yield* followRules(run, state)
    yield* readLists(run, state)
    yield* attempt(run, `commits of ${state.name}`, async function* () {
      for await (const { facts } of readCommits(run, state)) yield batchOf(run, facts)
    })
    yield* full(run)
  }
  if (run.facts.length > 0 || writeCursor(cursor) !== cursorText) yield batchOf(run)
  if (failures.size > 0) throw together(failures)
}
