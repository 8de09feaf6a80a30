/** Runs of workflows as deployments: newest first, in windows that GitHub lists whole. */
import type { Fact } from '../../facts.ts'
import type { Client, RestAnswer } from './client.ts'
import { emptyFeed, type Feed, type RepositoryState } from './cursor.ts'
import { type WorkflowJob, WorkflowJobs, WorkflowRun, WorkflowRuns } from './payloads.ts'
import type { Ruling, WorkflowRule } from './rules.ts'
import { type Filing, instant, isOfRule, runFact } from './to-facts.ts'

/** More runs than these are not listed for one question. */
const listable = 1000
const day = 86_400_000
/** A run may be tried again for so long. */
const changingDays = 30

export interface RunReading {
  state: RepositoryState
  ruling: Ruling<WorkflowRule>
  filing: Filing
  client: Client
  now: Date
}

/** The feed of a rule's runs; made where it is missing. */
export function feedOf(state: RepositoryState, { rule }: Ruling<WorkflowRule>): Feed {
  const key = JSON.stringify([rule.workflow, rule.job ?? null, rule.branch ?? null, rule.environment])
  const feed = state.runs[key] ?? emptyFeed()
  state.runs[key] = feed
  return feed
}

/** Runs that are new, or may have changed since the last look. */
export async function readNewRuns(reading: RunReading): Promise<Fact[]> {
  const feed = feedOf(reading.state, reading.ruling)
  if (feed.top === null) return []
  const from = new Date(Math.max(instant(feed.top) - changingDays * day, instant(reading.state.since)))
  // `after` holds the tag of this answer once the backfill is through.
  const etag = feed.done ? feed.after : null
  const { runs, tag } = await listRuns(reading, `>=${from.toISOString().slice(0, 10)}`, etag)
  if (runs === null) return []
  // Deliveries of one second may come in any order, so that the last ones are looked at again.
  const changed = runs.filter((run) => feed.changed === null || instant(run.updated_at) >= instant(feed.changed) - 600_000)
  feed.top = runs[0]?.created_at ?? feed.top
  if (feed.done) feed.after = tag
  noteChanges(feed, runs)
  return factsOf(changed, reading)
}

/** The next window of the backfill, a month or as much less as GitHub lists whole. */
export async function readOlderRuns(reading: RunReading): Promise<Fact[]> {
  const feed = feedOf(reading.state, reading.ruling)
  const since = instant(reading.state.since)
  const until = feed.oldest === null ? reading.now.getTime() + day : instant(feed.oldest)
  for (let span = 30 * day; ; span = span / 2) {
    const from = Math.max(since, until - span)
    const { runs, total } = await listRuns(reading, `${iso(from)}..${iso(until)}`, null)
    if (total > listable && span > day / 24) continue
    feed.top ??= runs?.[0]?.created_at ?? iso(reading.now.getTime())
    feed.oldest = iso(from)
    feed.read += runs?.length ?? 0
    noteChanges(feed, runs ?? [])
    feed.done = from <= since
    if (feed.done) feed.after = null
    return factsOf(runs ?? [], reading)
  }
}

function noteChanges(feed: Feed, runs: WorkflowRun[]): void {
  for (const { updated_at: at } of runs) if (feed.changed === null || at > feed.changed) feed.changed = at
}

async function listRuns(
  { state, ruling, client }: RunReading,
  created: string,
  etag: string | null,
): Promise<{ runs: WorkflowRun[] | null; total: number; tag: string | null }> {
  const what = `runs of the workflow ${ruling.rule.workflow} of ${state.name}`
  const runs: WorkflowRun[] = []
  let total = 0
  let tag: string | null = null
  const workflow = encodeURIComponent(ruling.rule.workflow)
  let url: string | null = `/repos/${state.name}/actions/workflows/${workflow}/runs?per_page=100&created=${encodeURIComponent(created)}`
  for (let first = true; url !== null; first = false) {
    const answer: RestAnswer<WorkflowRuns> = await client.get(what, url, WorkflowRuns, first ? etag : null)
    if (answer.data === null) return { runs: null, total: 0, tag: etag }
    if (first) tag = answer.etag
    total = answer.data.total_count
    runs.push(...answer.data.workflow_runs)
    if (total > listable) break
    url = answer.next
  }
  return { runs, total, tag }
}

async function factsOf(runs: WorkflowRun[], reading: RunReading): Promise<Fact[]> {
  const facts: Fact[] = []
  for (const run of runs) facts.push(...(await factsOfRun(run, reading)))
  return facts
}

/** Every attempt of a run is a deployment of its own; the list shows the last. */
export async function factsOfRun(run: WorkflowRun, reading: RunReading): Promise<Fact[]> {
  const { state, ruling, filing, client } = reading
  if (!isOfRule(run, ruling.rule, state.defaultBranch)) return []
  const facts: Fact[] = []
  for (let attempt = 1; attempt <= run.run_attempt; attempt++) {
    const what = `attempt ${attempt} of run ${run.id} of ${state.name}`
    const address = `/repos/${state.name}/actions/runs/${run.id}/attempts/${attempt}`
    const tried = attempt === run.run_attempt ? run : (await client.get(what, address, WorkflowRun)).data
    if (tried === null) continue
    const job = ruling.rule.job === undefined ? null : await jobOf(`${address}/jobs?per_page=100`, what, ruling.rule.job, client)
    if (ruling.rule.job !== undefined && job === null) continue
    const fact = runFact(tried, job, ruling, state.defaultBranch, filing)
    if (fact !== null) facts.push(fact)
  }
  return facts
}

/** The job by its name; a matrix or a called workflow puts more behind or before it. */
async function jobOf(address: string, what: string, name: string, client: Client): Promise<WorkflowJob | null> {
  for (let url: string | null = address; url !== null; ) {
    const answer: RestAnswer<WorkflowJobs> = await client.get(`jobs of ${what}`, url, WorkflowJobs)
    const found = answer.data?.jobs.find((job) => job.name === name)
    if (found !== undefined) return found
    url = answer.next
  }
  return null
}

function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}
