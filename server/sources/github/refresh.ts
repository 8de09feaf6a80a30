/** Asks for what deliveries say has changed, and makes the same facts of it as a collection does. */
import { z } from 'zod'
import type { Fact } from '../../facts.ts'
import type { Batch, Context } from '../source.ts'
import { type Client, createClient } from './client.ts'
import { hasGit, readByApi, readByGit } from './commits.ts'
import { type RepositoryState, readCursor } from './cursor.ts'
import { missingPermission, notUnderstood, permissionFor } from './failure.ts'
import type { GithubOptions } from './options.ts'
import type { Pace } from './pace.ts'
import { deploymentsToFacts, issuesToFacts, noteHead, type PageReading, pullsToFacts, releasesToFacts } from './pages.ts'
import { Deployment, Issue, PullRequest, Release, RepositoryPage, WorkflowRun } from './payloads.ts'
import { things } from './queries.ts'
import { parseChanged } from './receive.ts'
import { rulingsFor } from './rules.ts'
import { needsPullFiles } from './run.ts'
import { pullId, releaseId } from './to-facts.ts'
import { factsOfRun } from './workflows.ts'

/** Things of one question. */
const chunk = 50

/**
 * The cursor stays where it is: what it holds is changed in a copy, so that the next collection reads the same again and finds it known.
 * Throws SourceError.
 */
export async function* refreshGithub(
  options: GithubOptions,
  changed: string[],
  cursorText: string | null,
  ctx: Context,
  pace: Pace,
): AsyncGenerator<Pick<Batch, 'facts'>> {
  const states = Object.values(readCursor(cursorText).repositories)
  const byId = new Map(states.map((state) => [state.id, state]))
  const named = changed.flatMap((text) => {
    const parsed = parseChanged(text)
    // Of a repository that is not collected yet, the first collection brings everything.
    const state = parsed === null ? undefined : byId.get(parsed[0])
    return parsed === null || state === undefined || state.gone ? [] : [{ state, kind: parsed[1], id: parsed[2] }]
  })
  if (named.length === 0) return
  const client = await createClient(options, ctx, pace)
  const git = options.git && (await hasGit(ctx.signal))
  const readingOf = (state: RepositoryState): Omit<PageReading, 'size'> => ({
    state,
    rulings: rulingsFor(options, state.name),
    filing: { sourceId: ctx.sourceId, repository: state.filed, name: state.name, web: client.web },
    client,
    now: ctx.now,
    files: needsPullFiles({ ctx, git }, state),
  })
  const facts: Fact[] = []
  for (const { state, kind, id } of named) {
    const filing = readingOf(state).filing
    const gone = { kind: 'withdrawal' as const, source: ctx.sourceId, ifStanding: true }
    if (kind === 'gone-issue') facts.push({ ...gone, of: 'incident', id: pullId(filing.repository, Number(id)) })
    if (kind === 'gone-release') facts.push({ ...gone, of: 'deployment', id: releaseId(filing.repository, id) })
    if (kind === 'run') facts.push(...(await runFacts(id, readingOf(state))))
  }
  const nodes = named.filter(({ kind }) => ['pull', 'deployment', 'issue', 'release'].includes(kind))
  for (let start = 0; start < nodes.length; start += chunk) {
    facts.push(...(await thingFacts(nodes.slice(start, start + chunk), client, readingOf)))
  }
  yield { facts }
  yield* commitBatches(new Set(named.map(({ state }) => state)), git, client, readingOf, ctx)
}

const Things = z.object({ nodes: z.array(z.looseObject({ __typename: z.string() }).nullable()) })

async function thingFacts(
  some: { state: RepositoryState; id: string }[],
  client: Client,
  readingOf: (state: RepositoryState) => Omit<PageReading, 'size'>,
): Promise<Fact[]> {
  const { data, errors } = await client.graphql('what was delivered', things, { ids: some.map(({ id }) => id) }, Things)
  const forbidden = errors.find(({ type }) => type === 'FORBIDDEN')
  if (forbidden !== undefined) throw missingPermission('what was delivered', permissionFor(String(forbidden.path?.[2] ?? '')))
  const facts: Fact[] = []
  for (const [index, { state }] of some.entries()) {
    const node = data.nodes[index]
    const reading = readingOf(state)
    if (node?.__typename === 'PullRequest') facts.push(...(await pullsToFacts([understood(PullRequest, node)], reading)))
    if (node?.__typename === 'Deployment') facts.push(...deploymentsToFacts([understood(Deployment, node)], '', reading))
    if (node?.__typename === 'Issue') facts.push(...(await issuesToFacts([understood(Issue, node)], reading)))
    if (node?.__typename === 'Release') facts.push(...releasesToFacts([understood(Release, node)], undefined, reading))
  }
  return facts
}

function understood<T>(shape: z.ZodType<T>, node: unknown): T {
  const parsed = shape.safeParse(node)
  if (!parsed.success) throw notUnderstood('what was delivered', parsed.error)
  return parsed.data
}

async function runFacts(id: string, reading: Omit<PageReading, 'size'>): Promise<Fact[]> {
  const { state, rulings, client, filing, now } = reading
  if (rulings.workflows.length === 0) return []
  const { data } = await client.get(`run ${id} of ${state.name}`, `/repos/${state.name}/actions/runs/${id}`, WorkflowRun)
  const facts: Fact[] = []
  for (const ruling of data === null ? [] : rulings.workflows) {
    if (data !== null && isOfWorkflow(data, ruling.rule.workflow))
      facts.push(...(await factsOfRun(data, { state, ruling, filing, client, now })))
  }
  return facts
}

/** A rule names the workflow's file or its name. */
function isOfWorkflow(run: WorkflowRun, workflow: string): boolean {
  return run.name === workflow || run.path?.replace(/@.*$/, '').endsWith(`/${workflow}`) === true
}

const Heads = z.object({ nodes: z.array(RepositoryPage.nullable()) })
const heads = `query Heads($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository {
  id databaseId nameWithOwner pushedAt defaultBranchRef { name target { oid } }
} } }`

/** The commits of the repositories that were read before. */
async function* commitBatches(
  states: Set<RepositoryState>,
  git: boolean,
  client: Client,
  readingOf: (state: RepositoryState) => Omit<PageReading, 'size'>,
  ctx: Context,
): AsyncGenerator<Pick<Batch, 'facts'>> {
  const read = [...states].filter(({ commits }) => commits !== null)
  for (let start = 0; start < read.length; start += chunk) {
    const some = read.slice(start, start + chunk)
    const { data } = await client.graphql('the heads of branches', heads, { ids: some.map(({ node }) => node) }, Heads)
    for (const [index, state] of some.entries()) {
      const page = data.nodes[index]
      if (!page) continue
      noteHead(state, page)
      if (!state.stale && state.wanted.length === 0) continue
      const reading = { ...readingOf(state), ctx, seen: new Set<string>() }
      for await (const { facts } of git ? readByGit(reading) : readByApi(reading)) yield { facts }
    }
  }
}
