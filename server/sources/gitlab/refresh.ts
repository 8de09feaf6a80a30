/** Asks for what deliveries say has changed, and makes the same facts of it as a collection does. */
import type { z } from 'zod'
import type { Fact } from '../../facts.ts'
import type { Batch, Context } from '../source.ts'
import { createGitlabClient } from './client.ts'
import { readCommits } from './commits.ts'
import { type ProjectState, readCursor } from './cursor.ts'
import { deploymentsToFacts, issueToFacts, mergeToFacts, pathOf, pipelineToFacts, readTiers } from './lists.ts'
import type { GitlabOptions } from './options.ts'
import { Deployment, Issue, MergeRequest, Project } from './payloads.ts'
import { monthsBefore } from './projects.ts'
import { type Changed, parseChanged } from './receive.ts'
import { hasGit, type Run } from './run.ts'

/**
 * The cursor stays where it is: what it holds is changed in a copy, so that the next collection reads the same again and finds it known.
 * Throws SourceError.
 */
export async function* refreshGitlab(
  options: GitlabOptions,
  changed: string[],
  cursorText: string | null,
  ctx: Context,
  retryMs: number,
): AsyncGenerator<Pick<Batch, 'facts' | 'withdraw'>> {
  const cursor = readCursor(cursorText, monthsBefore(ctx.now, options.backfillMonths))
  const named = changed.flatMap((text) => {
    const parsed = parseChanged(text)
    // Of a project that is not collected yet, the first collection brings everything.
    const state = parsed === null ? undefined : cursor.projects[parsed[0]]
    return parsed === null || state === undefined || state.gone || state.rules === '' ? [] : [{ state, kind: parsed[1], id: parsed[2] }]
  })
  if (named.length === 0) return
  const client = createGitlabClient(options, ctx, retryMs)
  const run: Run = { options, cursor, client, ctx, git: options.git && (await hasGit(ctx.signal)), failures: new Map(), facts: [] }
  for (const { state, kind, id } of named) {
    ctx.signal.throwIfAborted()
    const facts = await factsOf(run, state, kind, id)
    if (facts.length > 0) yield { facts }
  }
  for (const state of new Set(named.map((one) => one.state))) {
    if (state.commits === null) continue
    // Renamed since the last collection: git finds it by its name alone.
    const project = await client.find(`the project ${state.name}`, pathOf(state), Project)
    if (project === null) continue
    state.name = project.data.path_with_namespace
    state.defaultBranch = project.data.default_branch ?? null
    yield* readCommits(run, state)
  }
}

/** None where the thing is gone. */
async function factsOf(run: Run, state: ProjectState, kind: Changed[1], id: number): Promise<Fact[]> {
  async function find<T>(what: string, path: string, shape: z.ZodType<T>): Promise<T | null> {
    return (await run.client.find(`${what} ${id} of ${state.name}`, `${pathOf(state)}/${path}/${id}`, shape))?.data ?? null
  }
  const { deployments } = run.options
  if (kind === 'deployment' && deployments === true) {
    const deployment = await find('deployment', 'deployments', Deployment)
    if (deployment === null || Date.parse(deployment.created_at) < Date.parse(run.cursor.since)) return []
    const environment = deployment.environment?.name
    const isKnown = environment === undefined || Object.hasOwn(state.tiers, environment)
    if (!isKnown && run.options.environments === undefined) await readTiers(run, state)
    return deploymentsToFacts(run, state, [deployment])
  }
  if (kind === 'pipeline' && deployments !== true && 'jobs' in deployments) return pipelineToFacts(run, state, deployments, id)
  if (kind === 'merge') {
    const merge = await find('merge request', 'merge_requests', MergeRequest)
    return merge === null ? [] : mergeToFacts(run, state, merge)
  }
  if (kind === 'issue') {
    const issue = await find('issue', 'issues', Issue)
    return issue === null ? [] : issueToFacts(run, state, issue)
  }
  return []
}
