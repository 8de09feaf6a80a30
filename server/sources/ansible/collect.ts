/** Collects an Ansible source from AWX: jobs in the order in which they finished, and those that run. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Fact } from '../../facts.ts'
import type { Batch, Context } from '../source.ts'
import { type Client, createClient } from './client.ts'
import type { AnsibleOptions } from './options.ts'
import type { Job } from './payloads.ts'
import { jobId, judgeRun, ruleFor, toldJob } from './to-facts.ts'

const dayMs = 86_400_000
/** A job is seen after the time at which it says it finished. */
const overlapMs = 600_000

const Cursor = z.object({
  v: z.literal(1),
  /** The rules under which it was read. */
  rules: z.string(),
  /** Jobs that finished before are read. */
  read: z.int(),
  /** Jobs that finished before were judged by other rules. */
  redo: z.int(),
})
type Cursor = z.output<typeof Cursor>

interface Run {
  options: AnsibleOptions
  url: string
  client: Client
  ctx: Context
}

/** Where no address is given there is nothing to ask. Throws SourceError. */
export async function* collectAnsible(
  options: AnsibleOptions,
  cursorText: string | null,
  ctx: Context,
  retryMs?: number,
): AsyncGenerator<Batch> {
  const { url } = options
  if (url === undefined) return
  const run: Run = { options, url, client: createClient(options, url, ctx, retryMs), ctx }
  const now = ctx.now.getTime()
  const since = now - options.backfillDays * dayMs
  const former = readCursor(cursorText)
  const rules = fingerprint(options)
  const isSame = former?.rules === rules
  const cursor: Cursor = isSame ? former : { v: 1, rules, read: since, redo: former === null ? 0 : now }
  if (former !== null && !isSame) ctx.note('The rules are others now: jobs are read anew.')
  const coverage = isSame ? {} : { coveredFrom: await coveredFrom(run, since) }
  const from = isSame ? Math.max(0, cursor.read - overlapMs) : cursor.read
  yield { facts: [], cursor: JSON.stringify(cursor), ...coverage }
  let done = 0
  for await (const page of run.client.jobs({ finished__gte: new Date(from).toISOString(), order_by: 'finished,id' })) {
    ctx.progress({ step: 'reading jobs', done, total: null })
    const facts: Fact[] = []
    for (const job of page) facts.push(...(await factsOf(run, job, (job.finished ?? 0) < cursor.redo)))
    cursor.read = Math.max(cursor.read, ...page.map(({ finished }) => Math.min(finished ?? 0, now)))
    done += page.length
    yield { facts, cursor: JSON.stringify(cursor) }
  }
  for await (const page of run.client.jobs({ status: 'running', order_by: 'id' })) {
    const facts: Fact[] = []
    for (const job of page) facts.push(...(await factsOf(run, job, false)))
    if (facts.length > 0) yield { facts, cursor: JSON.stringify(cursor) }
  }
}

/** `changed`: ids of jobs. Throws SourceError. */
export async function* refreshAnsible(
  options: AnsibleOptions,
  changed: string[],
  ctx: Context,
  retryMs?: number,
): AsyncGenerator<Pick<Batch, 'facts'>> {
  const { url } = options
  if (url === undefined) return
  const client = createClient(options, url, ctx, retryMs)
  for (const id of changed.filter((text) => /^\d{1,15}$/.test(text))) {
    const job = await client.job(Number(id))
    // It is no job, or was deleted meanwhile: what is stored stays.
    if (job === null) continue
    const { fact } = judgeRun(toldJob(job, url), options, ctx.sourceId)
    if (fact !== null) yield { facts: [fact] }
  }
}

/** AWX removes old jobs: that there are none says nothing of the time before the oldest that it keeps. */
async function coveredFrom({ client, ctx }: Run, since: number): Promise<number> {
  for await (const [oldest] of client.jobs({ order_by: 'id', page_size: 1 })) {
    const from = Math.min(oldest?.created ?? oldest?.started ?? since, ctx.now.getTime())
    if (from > since)
      ctx.note(`AWX keeps no job from before ${new Date(from).toISOString().slice(0, 10)}: what is known of this source begins then.`)
    return Math.max(since, from)
  }
  return since
}

/** Lists leave out what `set_stats` told and what was changed: of jobs that a rule takes it is asked for. */
async function factsOf({ options, url, client, ctx }: Run, listed: Job, isRedone: boolean): Promise<Fact[]> {
  const withdrawal: Fact = { kind: 'withdrawal', of: 'deployment', source: ctx.sourceId, id: jobId(listed.id), ifStanding: true }
  const before = isRedone ? [withdrawal] : []
  if (ruleFor(options, toldJob(listed, url).template) === undefined || listed.job_type === 'check') return before
  const { fact } = judgeRun(toldJob((await client.job(listed.id)) ?? listed, url), options, ctx.sourceId)
  return fact === null ? before : [...before, fact]
}

function readCursor(text: string | null): Cursor | null {
  try {
    return text === null ? null : Cursor.parse(JSON.parse(text))
  } catch {
    // One of another version is as none: everything is read anew, and repeats change nothing.
    return null
  }
}

/** All that decides what becomes of a job. */
function fingerprint(options: AnsibleOptions): string {
  const { deployments, service, repository, environment, environments, version, commit, unchanged, backfillDays } = options
  const rules = [deployments, service, repository, environment, environments, version, commit, unchanged, backfillDays]
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 16)
}
