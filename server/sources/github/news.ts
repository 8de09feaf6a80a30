/** What is new in repositories that were read before: asked of many at once, then of those that have news. */
import { z } from 'zod'
import type { Batch } from '../source.ts'
import type { GraphqlError } from './client.ts'
import type { RepositoryState } from './cursor.ts'
import { missingPermission, permissionFor } from './failure.ts'
import { deploymentsToFacts, type Kind, kinds, newestRelease, noteHead, type Wants } from './pages.ts'
import { Deployment, Probe } from './payloads.ts'
import { probes, things } from './queries.ts'
import { type Rulings, rulingsFor } from './rules.ts'
import { attempt, batchFacts, batchOf, filingOf, type Run, readCommits, readingOf, readOne } from './run.ts'
import { readNewRuns } from './workflows.ts'

/** Repositories or things of one question. */
const chunk = 50

/** What is new in repositories that were read before: asked of many at once, then of those that have news. */
export async function* readNews(run: Run): AsyncGenerator<Batch> {
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
