/** The commits of a project: from git where it is installed, else through the API. */
import path from 'node:path'
import { z } from 'zod'
import { SourceError } from '../../errors.ts'
import type { Fact } from '../../facts.ts'
import { collectRepository } from '../../git/collect.ts'
import { type Remote, remotePlace, removeCopy, updateCopy } from '../../git/copy.ts'
import { explainFailure, isDamage } from '../../git/git-failure.ts'
import type { DeploymentRule } from '../../git/rule.ts'
import { refusalOf } from '../http-client.ts'
import type { Batch, Context } from '../source.ts'
import { pagesOf } from './client.ts'
import type { ProjectState } from './cursor.ts'
import { pathOf } from './lists.ts'
import { Branch, Commit } from './payloads.ts'
import { filingOf, type Run } from './run.ts'
import { commitFact, serviceOf } from './to-facts.ts'

/** Batches of the commits of a project that was pushed to, or whose deployments name commits that were not read; the state moves with them. */
export async function* readCommits(run: Run, state: ProjectState): AsyncGenerator<{ facts: Iterable<Fact> }> {
  if (state.off.includes('commits')) return
  const { deployments } = run.options
  const told = deployments !== true && !('jobs' in deployments)
  if (told && !run.git) {
    throw new SourceError(
      `Deployments of ${state.name} are told by its tags or a branch, which are read by git, and git is not installed (or git: false is set).`,
      'Install git 2.33 or newer where Shiplog runs, or let deployments: true or jobs tell.',
    )
  }
  const head = await readHead(run, state)
  const files = run.ctx.needsFiles(state.filed)
  const behind = head !== state.head || state.wanted.length > 0 || state.commits === null || (run.git && files && !state.files)
  // A tag moves no branch.
  if (head === null || (!behind && !told)) return
  for await (const batch of run.git ? readByGit(run, state) : readByApi(run, state, head)) {
    state.commits = batch.cursor
    yield batch
  }
  state.head = head
  state.wanted = []
  state.files = run.git && files
}

/** Null where there is no commit. */
async function readHead(run: Run, state: ProjectState): Promise<string | null> {
  if (state.defaultBranch === null) return null
  const branch = `${pathOf(state)}/repository/branches/${encodeURIComponent(state.defaultBranch)}`
  const answer = await run.client.find(`the default branch of ${state.name}`, branch, Branch)
  return answer?.data.commit?.id ?? null
}

/** Where git finds a project, and the folder in which its copy is kept: by the project's id, which outlives its name. */
export function copyOf({ options, ctx }: Pick<Run, 'options' | 'ctx'>, state: ProjectState): { remote: Remote; own: Context } {
  const own: Context = {
    ...ctx,
    dataDir: path.join(ctx.dataDir, 'projects', String(state.id)),
    progress: () => {},
    note: (text) => ctx.note(`${state.name}: ${text}`),
  }
  return { remote: { url: `${options.url}/${state.name}.git`, token: options.token }, own }
}

async function* readByGit(run: Run, state: ProjectState): AsyncGenerator<Batch> {
  const { remote, own } = copyOf(run, state)
  remote.files = run.ctx.needsFiles(state.filed)
  const { deployments: option } = run.options
  const rule = option === true || 'jobs' in option ? null : option
  const environment = rule?.environment ?? 'production'
  const origin = {
    sourceId: run.ctx.sourceId,
    service: serviceOf(filingOf(run, state), { environment, tier: environment }),
    repository: state.filed,
    environment,
    tier: environment,
    prefix: `${state.filed}/${rule !== null && 'tags' in rule ? 'tags' : 'commits'}/`,
  }
  const deployments: DeploymentRule = rule === null ? 'none' : 'tags' in rule ? { tags: rule.tags } : { branch: rule.branch }
  try {
    const repository = await updateCopy(remote, own)
    yield* collectRepository({ repository, deployments, cursor: state.commits, origin, ctx: own, alsoFrom: state.wanted })
  } catch (error) {
    if (isDamage(error)) await removeCopy(own)
    throw explainFailure(error, remotePlace(remote))
  }
}

/** How far the API was read: up to which head all of it is known. */
const Position = z.object({ api: z.literal(1), head: z.string() })

/** A hundred commits a request, and only as far back as the source is read. */
async function* readByApi(run: Run, state: ProjectState, head: string): AsyncGenerator<Batch> {
  const filing = filingOf(run, state)
  const known = Position.safeParse(parse(state.commits)).data?.head ?? null
  const cursor = JSON.stringify({ api: 1, head })
  const before = state.commits ?? ''
  const seen = new Set<string>()
  async function* read(range: string, query: Record<string, string> = {}): AsyncGenerator<Fact[]> {
    const path = `${pathOf(state)}/repository/commits`
    for await (const page of pagesOf(run.client, `commits of ${state.name}`, path, Commit, { ref_name: range, ...query })) {
      for (const { id } of page) seen.add(id)
      yield page.flatMap((commit) => commitFact(commit, filing) ?? [])
    }
  }
  const newer = known === null || known === head ? [] : [`${known}..${head}`]
  try {
    for (const range of newer) for await (const facts of read(range)) yield { facts, cursor: before }
  } catch (error) {
    // The old head is gone: the branch was rewritten.
    if (refusalOf(error) !== 404) throw error
    newer.length = 0
  }
  if (known !== head && newer.length === 0)
    for await (const facts of read(head, { since: run.cursor.since })) yield { facts, cursor: before }
  // Those that were deployed and are on no way to the head: of a maintenance branch, or of one that was never merged.
  for (const sha of state.wanted) {
    if (sha === head || seen.has(sha)) continue
    try {
      for await (const facts of read(`${head}..${sha}`)) yield { facts, cursor: before }
    } catch (error) {
      if (refusalOf(error) !== 404) throw error
    }
  }
  const fact: Fact = { kind: 'head', source: filing.sourceId, repository: filing.project, branch: state.defaultBranch ?? 'HEAD', sha: head }
  yield { facts: [fact], cursor }
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}
