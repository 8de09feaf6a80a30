/** The commits of a repository: from git where it is installed, else through the API. */
import path from 'node:path'
import { z } from 'zod'
import { SourceError } from '../../errors.ts'
import type { Fact } from '../../facts.ts'
import { collectRepository } from '../../git/collect.ts'
import { type Remote, remotePlace, removeCopy, updateCopy } from '../../git/copy.ts'
import { explainFailure, isDamage } from '../../git/git-failure.ts'
import type { DeploymentRule } from '../../git/rule.ts'
import { readGit } from '../../git/run-git.ts'
import type { Batch, Context } from '../source.ts'
import type { Client } from './client.ts'
import type { RepositoryState } from './cursor.ts'
import type { Rulings } from './rules.ts'
import { commitFact, type Filing } from './to-facts.ts'

export interface CommitReading {
  /** Commits that this run has read already. */
  seen: Set<string>
  state: RepositoryState
  rulings: Rulings
  filing: Filing
  client: Client
  ctx: Context
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

/** Where git finds a repository, and the folder in which its copy is kept. */
export async function copyOf({
  state,
  client,
  ctx,
}: Pick<CommitReading, 'state' | 'client' | 'ctx'>): Promise<{ remote: Remote; own: Context }> {
  const own: Context = {
    ...ctx,
    dataDir: path.join(ctx.dataDir, 'repositories', String(state.id)),
    progress: () => {},
    note: (text) => ctx.note(`${state.name}: ${text}`),
  }
  return { remote: { url: `${client.web}/${state.name}.git`, token: await client.token() }, own }
}

/** Batches whose cursor is that of the repository's commits, deployments of tags or a branch included. Throws SourceError. */
export async function* readByGit({ state, rulings, filing, client, ctx }: CommitReading): AsyncGenerator<Batch> {
  const { remote, own } = await copyOf({ state, client, ctx })
  remote.files = ctx.needsFiles(filing.repository)
  const rule = rulings.git?.rule ?? null
  const environment = rule?.environment ?? 'production'
  const kind = rule !== null && 'tags' in rule ? 'tags' : 'commits'
  const { sourceId, repository: name } = filing
  const origin = { sourceId, service: name, repository: name, environment, tier: environment, prefix: `${name}/${kind}/` }
  const deployments: DeploymentRule = rule === null ? 'none' : 'tags' in rule ? { tags: rule.tags } : { branch: rule.branch }
  try {
    const repository = await updateCopy(remote, own)
    yield* collectRepository({ repository, deployments, cursor: state.commits, origin, ctx: own, alsoFrom: state.wanted })
  } catch (error) {
    if (isDamage(error)) await removeCopy(own)
    throw explainFailure(error, remotePlace(remote))
  }
}

/** Commits of one batch: each batch derives anew what its repository delivers. */
const batchCommits = 1500

/** How far the API was read: `after` is the page of the history to go on from, `head` what is read whole. */
const Position = z.object({ api: z.literal(1), head: z.string().nullable(), after: z.string().nullable(), reading: z.string().nullable() })

const History = z.object({
  node: z
    .object({
      object: z
        .object({
          history: z.object({
            pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
            nodes: z.array(
              z.object({
                oid: z.string(),
                authoredDate: z.string(),
                committedDate: z.string(),
                message: z.string(),
                author: z.object({ name: z.string().nullable(), email: z.string().nullable() }).nullable(),
                parents: z.object({ nodes: z.array(z.object({ oid: z.string() }).nullable()) }),
              }),
            ),
          }),
        })
        .nullable(),
    })
    .nullable(),
})

const history = `query History($id: ID!, $oid: GitObjectID!, $after: String, $since: GitTimestamp) {
  node(id: $id) { ... on Repository { object(oid: $oid) { ... on Commit { history(first: 100, after: $after, since: $since) {
    pageInfo { hasNextPage endCursor }
    nodes { oid authoredDate committedDate message author { name email } parents(first: 20) { nodes { oid } } }
  } } } } }
}`

const Compared = z.object({
  commits: z.array(
    z.object({
      sha: z.string(),
      parents: z.array(z.object({ sha: z.string() })),
      commit: z.object({
        message: z.string(),
        author: z.object({ name: z.string().nullish(), email: z.string().nullish(), date: z.string() }),
        committer: z.object({ date: z.string() }),
      }),
    }),
  ),
})

/** As `readByGit`, a hundred commits a request and only as far back as the source is read. Throws SourceError. */
export async function* readByApi({ state, rulings, filing, client, seen }: CommitReading): AsyncGenerator<Batch> {
  if (rulings.git !== null) {
    throw new SourceError(
      `Deployments of ${state.name} are told by its tags or a branch, which are read by git, and git is not installed (or git: false is set).`,
      'Install git 2.33 or newer where Shiplog runs, or let releases, environments or a workflow tell.',
    )
  }
  if (state.head === null) return
  const known = Position.safeParse(parse(state.commits)).data ?? { api: 1, head: null, after: null, reading: null }
  const write = (position: z.output<typeof Position>) => JSON.stringify(position)
  const done = write({ api: 1, head: state.head, after: null, reading: null })
  const head: Fact = {
    kind: 'head',
    source: filing.sourceId,
    repository: filing.repository,
    branch: state.defaultBranch ?? 'HEAD',
    sha: state.head,
  }
  if (known.head === null) {
    // A history that was begun at another head goes on there: what came since is compared afterwards.
    const tip = known.reading ?? state.head
    let facts: Fact[] = []
    for (let after = known.after; ; ) {
      const { data } = await client.graphql(
        `the history of ${state.name}`,
        history,
        { id: state.node, oid: tip, after, since: state.since },
        History,
      )
      const read = data.node?.object?.history
      if (read === undefined) break
      for (const commit of read.nodes) {
        facts.push(commitFact(commit, filing))
        seen.add(commit.oid)
      }
      if (!read.pageInfo.hasNextPage) {
        yield { facts: [...facts, { ...head, sha: tip }], cursor: write({ api: 1, head: tip, after: null, reading: null }) }
        known.head = tip
        break
      }
      after = read.pageInfo.endCursor
      if (facts.length < batchCommits) continue
      yield { facts, cursor: write({ api: 1, head: null, after, reading: tip }) }
      facts = []
    }
  }
  if (known.head !== null && known.head !== state.head) {
    const facts = await comparedFacts(known.head, state.head, state, filing, client)
    for (const fact of facts) if (fact.kind === 'commit') seen.add(fact.sha)
    yield { facts: [...facts, head], cursor: done }
  }
  // Those that were deployed and are on no way to the head: of a maintenance branch, or of one that was never merged.
  for (const sha of state.wanted) {
    if (sha === state.head || seen.has(sha)) continue
    const facts = await comparedFacts(state.head, sha, state, filing, client)
    for (const fact of facts) if (fact.kind === 'commit') seen.add(fact.sha)
    yield { facts, cursor: done }
  }
}

/** The commits that one has and the other has not; none where GitHub knows one of them no longer. */
async function comparedFacts(base: string, head: string, state: RepositoryState, filing: Filing, client: Client): Promise<Fact[]> {
  const facts: Fact[] = []
  const what = `the commits of ${state.name} since ${base.slice(0, 12)}`
  try {
    for (let url: string | null = `/repos/${state.name}/compare/${base}...${head}?per_page=100`; url !== null; ) {
      const answer: { data: z.output<typeof Compared> | null; next: string | null } = await client.get(what, url, Compared)
      for (const { sha, parents, commit } of answer.data?.commits ?? []) {
        const { name = null, email = null, date } = commit.author
        const author = { name, email }
        const nodes = parents.map((parent) => ({ oid: parent.sha }))
        facts.push(
          commitFact(
            { oid: sha, authoredDate: date, committedDate: commit.committer.date, message: commit.message, author, parents: { nodes } },
            filing,
          ),
        )
      }
      url = answer.next
    }
  } catch (error) {
    if ((error as { cause?: { status?: number } }).cause?.status !== 404) throw error
  }
  return facts
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}
