/** Reads the lists of one project: what changed since the last look, oldest first. */
import type { Fact } from '../../facts.ts'
import type { Batch } from '../source.ts'
import { allOf, type Changed, changesOf } from './client.ts'
import { emptyFeed, type Feed, type FeedName, type ProjectState } from './cursor.ts'
import { incidentFact, isIncident, issueId } from './incident-facts.ts'
import type { JobsRule } from './options.ts'
import { Commit, Deployment, Diff, Environment, Issue, Job, MergeRequest, Note, PipelineListed } from './payloads.ts'
import { attempt, batchOf, filingOf, full, type Run } from './run.ts'
import { deploymentFact, deploymentPrefixes, instant, jobFact, mergeFacts } from './to-facts.ts'

/** Lists are asked for from a little before what was seen: copies of the database do not agree at once. */
const overlapMs = 600_000
/** Questions that are under way at the same time. */
const atOnce = 4

export const pathOf = ({ id }: Pick<ProjectState, 'id'>) => `/projects/${id}`

/** What is new in the lists of a project; the cursor moves with it. */
export async function* readLists(run: Run, state: ProjectState): AsyncGenerator<Batch> {
  const { deployments, incidents } = run.options
  const { name, off } = state
  if (deployments === true && !off.includes('deployments')) {
    yield* attempt(run, `deployments of ${name}`, () => readDeployments(run, state))
  } else if (deployments !== true && 'jobs' in deployments && !off.includes('deployments')) {
    yield* attempt(run, `jobs of ${name}`, () => readPipelines(run, state, deployments))
  }
  if (!off.includes('merges')) yield* attempt(run, `merge requests of ${name}`, () => readMerges(run, state))
  if (incidents !== false && !off.includes('issues')) yield* attempt(run, `issues of ${name}`, () => readIssues(run, state))
}

/** Where other rules hold than before, what the former ones made is withdrawn, and read anew. */
export function* followRules(run: Run, state: ProjectState): Generator<Batch> {
  const { deployments, environments = null, incidents, service } = run.options
  const rules = JSON.stringify({ deployments, environments, incidents, service })
  if (state.rules === rules) return
  const isNew = state.rules === ''
  state.rules = rules
  if (isNew) return
  for (const list of ['deployments', 'merges', 'issues'] satisfies FeedName[]) state[list] = emptyFeed()
  run.ctx.note(`The rules for ${state.name} are others now: its deployments, merge requests and incidents are read anew.`)
  yield {
    ...batchOf(run),
    withdraw: [
      ...deploymentPrefixes(state.filed).map((prefix) => ({ of: 'deployment' as const, prefix })),
      { of: 'change', prefix: `${state.filed}!` },
      { of: 'incident', prefix: `${state.filed}#` },
    ],
  }
}

/** Pages of what changed and was not met before, with the account of the list kept. */
async function* news<T extends Changed>(
  run: Run,
  state: ProjectState,
  list: FeedName,
  pages: (from: string) => AsyncGenerator<T[]>,
  nameOf: (item: T) => number,
): AsyncGenerator<T[]> {
  const feed: Feed = state[list]
  const from = feed.top === null ? run.cursor.since : new Date(instant(feed.top) - overlapMs).toISOString()
  for await (const page of pages(from)) {
    for (let start = 0; start < page.length; start += 20) {
      const some = page.slice(start, start + 20)
      yield some.filter((item) => feed.recent[nameOf(item)] !== (item.updated_at ?? ''))
      for (const item of some) keepAccount(feed, nameOf(item), item.updated_at)
    }
    run.ctx.progress({ step: `reading ${state.name}`, done: run.facts.length, total: null })
  }
}

function keepAccount(feed: Feed, name: number, time: string | null | undefined): void {
  if (!time) return
  if (feed.top === null || instant(time) > instant(feed.top)) feed.top = time
  feed.recent[name] = time
  const edge = instant(feed.top) - overlapMs
  for (const [other, at] of Object.entries(feed.recent)) if (instant(at) < edge) delete feed.recent[other]
}

const isIn = (run: Run, time: string) => instant(time) >= instant(run.cursor.since)

async function* readDeployments(run: Run, state: ProjectState): AsyncGenerator<Batch> {
  const what = `deployments of ${state.name}`
  const pages = (from: string) => changesOf(run.client, what, `${pathOf(state)}/deployments`, Deployment, from)
  let tiersKnown = run.options.environments !== undefined
  for await (const some of news(run, state, 'deployments', pages, ({ id }) => id)) {
    const changed = some.filter(({ created_at }) => isIn(run, created_at))
    if (changed.length > 0 && !tiersKnown) {
      tiersKnown = true
      if (await readTiers(run, state)) {
        yield { ...batchOf(run), withdraw: [{ of: 'deployment', prefix: `${state.filed}/deployments/` }] }
        return yield* readDeployments(run, state)
      }
    }
    run.facts.push(...deploymentsToFacts(run, state, changed))
    yield* full(run)
  }
}

/** Whether an environment that was known has another tier now, so that its deployments are to be read anew. */
export async function readTiers(run: Run, state: ProjectState): Promise<boolean> {
  const listed = await allOf(run.client, `environments of ${state.name}`, `${pathOf(state)}/environments`, Environment)
  const before = state.tiers
  const tiers = Object.fromEntries(listed.flatMap(({ name, tier }) => (tier ? [[name, tier]] : [])))
  // Those that were deleted keep what was known.
  state.tiers = { ...before, ...tiers }
  const moved = Object.keys(tiers).filter((name) => Object.hasOwn(before, name) && before[name] !== tiers[name])
  if (moved.length === 0) return false
  run.ctx.note(`${state.name}: the tier of ${moved.slice(0, 3).join(', ')} is another now: its deployments are read anew.`)
  state.deployments = emptyFeed()
  return true
}

export function deploymentsToFacts(run: Run, state: ProjectState, deployments: Deployment[]): Fact[] {
  const filing = filingOf(run, state)
  return wanting(
    state,
    deployments.flatMap((deployment) => deploymentFact(deployment, filing) ?? []),
  )
}

/** The commits that were deployed are to be read, wherever they are. */
function wanting(state: ProjectState, facts: Fact[]): Fact[] {
  const wanted = new Set(state.wanted)
  for (const fact of facts) if (fact.kind === 'deployment' && fact.commit !== undefined) wanted.add(fact.commit)
  state.wanted = [...wanted]
  return facts
}

async function* readPipelines(run: Run, state: ProjectState, rule: JobsRule): AsyncGenerator<Batch> {
  const ref = rule.branch === false ? undefined : rule.branch === true ? state.defaultBranch : rule.branch
  if (ref === null) return
  const query = ref === undefined ? {} : { ref }
  const what = `pipelines of ${state.name}`
  const pages = (from: string) => changesOf(run.client, what, `${pathOf(state)}/pipelines`, PipelineListed, from, query)
  for await (const some of news(run, state, 'deployments', pages, ({ id }) => id)) {
    const changed = some.filter(({ created_at, source }) => isIn(run, created_at) && source !== 'merge_request_event')
    for (const facts of await inParallel(changed, ({ id }) => pipelineToFacts(run, state, rule, id))) run.facts.push(...facts)
    yield* full(run)
  }
}

export async function pipelineToFacts(run: Run, state: ProjectState, rule: JobsRule, pipeline: number): Promise<Fact[]> {
  const path = `${pathOf(state)}/pipelines/${pipeline}/jobs`
  const jobs = await allOf(run.client, `jobs of ${state.name}`, path, Job, { include_retried: 'true' })
  const filing = filingOf(run, state)
  return wanting(
    state,
    jobs.flatMap((job) => jobFact(job, rule, filing) ?? []),
  )
}

async function* readMerges(run: Run, state: ProjectState): AsyncGenerator<Batch> {
  const what = `merge requests of ${state.name}`
  const query = { state: 'merged', scope: 'all' }
  const pages = (from: string) => changesOf(run.client, what, `${pathOf(state)}/merge_requests`, MergeRequest, from, query)
  for await (const some of news(run, state, 'merges', pages, ({ iid }) => iid)) {
    for (const facts of await inParallel(some, (merge) => mergeToFacts(run, state, merge))) run.facts.push(...facts)
    yield* full(run)
  }
}

/** With its commits and, where they are asked for, its notes and files; nothing of one that is not merged, or was before all that is read. */
export async function mergeToFacts(run: Run, state: ProjectState, merge: MergeRequest): Promise<Fact[]> {
  if (merge.state !== 'merged' || !merge.merged_at || !isIn(run, merge.merged_at)) return []
  const path = `${pathOf(state)}/merge_requests/${merge.iid}`
  const what = `of merge request ${merge.iid} of ${state.name}`
  const commits = (await allOf(run.client, `commits ${what}`, `${path}/commits`, Commit)).reverse()
  const oldestFirst = { sort: 'asc', order_by: 'created_at' }
  const notes = run.options.reviews ? await allOf(run.client, `notes ${what}`, `${path}/notes`, Note, oldestFirst) : []
  const needsFiles = !run.git && run.ctx.needsFiles(state.filed)
  const diffs = needsFiles ? await allOf(run.client, `files ${what}`, `${path}/diffs`, Diff) : []
  const paths = needsFiles ? [...new Set(diffs.flatMap(({ old_path, new_path }) => [old_path ?? [], new_path ?? []].flat()))] : undefined
  return mergeFacts(merge, commits, notes, filingOf(run, state), paths)
}

async function* readIssues(run: Run, state: ProjectState): AsyncGenerator<Batch> {
  const { incidents } = run.options
  if (incidents === false) return
  const query = { scope: 'all', ...(incidents.label === undefined ? { issue_type: 'incident' } : { labels: incidents.label }) }
  const pages = (from: string) => changesOf(run.client, `issues of ${state.name}`, `${pathOf(state)}/issues`, Issue, from, query)
  for await (const some of news(run, state, 'issues', pages, ({ iid }) => iid)) {
    for (const facts of await inParallel(some, (issue) => issueToFacts(run, state, issue))) run.facts.push(...facts)
    yield* full(run)
  }
}

/** One that is no incident, or no longer, is withdrawn. */
export async function issueToFacts(run: Run, state: ProjectState, issue: Issue): Promise<Fact[]> {
  const filing = filingOf(run, state)
  const path = `${pathOf(state)}/issues/${issue.iid}/notes`
  const isOne = isIncident(issue, run.options)
  if (isOne && !isIn(run, issue.created_at) && issue.state === 'closed') return []
  const notes = isOne ? await allOf(run.client, `notes of issue ${issue.iid} of ${state.name}`, path, Note) : []
  const fact = incidentFact(issue, notes, filing)
  if (fact !== null) return [fact]
  return [{ kind: 'withdrawal', of: 'incident', source: filing.sourceId, id: issueId(filing.project, issue.iid), ifStanding: true }]
}

/** In their order, a few at the same time. */
async function inParallel<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += atOnce)
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(work))))
  return results
}
