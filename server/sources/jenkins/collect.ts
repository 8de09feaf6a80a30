/** Collects a Jenkins source: of each job that a rule takes, the builds that are new or had not ended. */
import type { Fact, Instant } from '../../facts.ts'
import type { Batch, Context } from '../source.ts'
import { type Client, createClient } from './client.ts'
import { type Cursor, emptyState, fingerprint, generationOf, isReset, type JobState, readCursor, writeCursor } from './cursor.ts'
import { discoverJobs, type FoundJob } from './jobs.ts'
import type { JenkinsOptions, Rule } from './options.ts'
import type { Build } from './payloads.ts'
import { buildId, jobPrefix, judgeBuild, rulesFor, toldBuild } from './to-facts.ts'

const pageSize = 100
const dayMs = 86_400_000

interface Run {
  client: Client
  options: JenkinsOptions
  cursor: Cursor
  ctx: Context
}

/** Where no address is given there is nothing to ask. Throws SourceError. */
export async function* collectJenkins(
  options: JenkinsOptions,
  cursorText: string | null,
  ctx: Context,
  retryMs?: number,
): AsyncGenerator<Batch> {
  if (options.url === undefined) return
  const run: Run = { client: createClient(options, ctx, retryMs), options, cursor: readCursor(cursorText), ctx }
  const { cursor } = run
  const jobs = await discoverJobs(run.client)
  const taken = jobs.map((job) => ({ job, rules: rulesFor(options, job) })).filter(({ rules }) => rules.length > 0)
  if (taken.length === 0) ctx.note(`No rule takes any of the ${jobs.length} jobs: the preview lists them.`)
  yield* followRules(run, new Map(jobs.map((job) => [job.name, job])))
  for (const [index, { job, rules }] of taken.entries()) {
    ctx.progress({ step: 'reading builds', done: index, total: taken.length })
    yield* readJob(run, job, rules)
  }
  if (cursor.covered === null) {
    cursor.covered = coveredFrom(run)
    yield { facts: [], cursor: writeCursor(cursor), coveredFrom: cursor.covered }
  } else if (writeCursor(cursor) !== cursorText) {
    yield { facts: [], cursor: writeCursor(cursor) }
  }
}

/** Where Jenkins discards old builds, that there are none says nothing of the time before the oldest that it kept. */
function coveredFrom({ cursor, ctx }: Run): Instant {
  const kept = Object.entries(cursor.jobs).map(([name, state]) => ({ name, from: state.kept ?? 0 }))
  const latest = kept.reduce((one, other) => (other.from > one.from ? other : one), { name: '', from: cursor.since })
  if (latest.name !== '') {
    const day = new Date(latest.from).toISOString().slice(0, 10)
    ctx.note(`Older builds of ${latest.name} are discarded: what is known of this source begins on ${day}.`)
  }
  return latest.from
}

/**
 * Where other rules hold than before, jobs that are none any more are withdrawn, and the builds that Jenkins still has are judged anew. Of a job
 * that is gone, or not shown now, all that can be told is whether a rule has its name: if so, what is stored of it stays.
 */
async function* followRules({ options, cursor, ctx }: Run, shown: ReadonlyMap<string, FoundJob>): AsyncGenerator<Batch> {
  const rules = fingerprint(options)
  if (cursor.rules === rules) return
  const isFirst = cursor.rules === ''
  Object.assign(cursor, { rules, since: ctx.now.getTime() - options.backfillDays * dayMs, covered: null })
  if (isFirst) return
  ctx.note('The rules are others now: builds are read anew.')
  for (const [name, state] of Object.entries(cursor.jobs)) {
    const job = shown.get(name)
    const rulesOfJob = job === undefined ? rulesFor({ ...options, pullRequests: true }, { name, isBranch: true }) : rulesFor(options, job)
    if (rulesOfJob.length > 0) {
      Object.assign(state, { top: 0, at: 0, open: [], kept: undefined, redo: true })
      continue
    }
    delete cursor.jobs[name]
    yield { facts: [], cursor: writeCursor(cursor), withdraw: [{ of: 'deployment', prefix: jobPrefix(name) }] }
  }
}

/** The state of the job moves once all its builds are read: a run that is cut reads them again, and repeats change nothing. */
async function* readJob(run: Run, job: FoundJob, rules: Rule[]): AsyncGenerator<Batch> {
  const { cursor, client } = run
  const state = structuredClone(cursor.jobs[job.name] ?? emptyState())
  if (job.newest === null || (job.newest === state.top && state.open.length === 0)) return
  let kept = state.kept
  const read = new Set<number>()
  const open: number[] = []
  const reached = { top: 0, at: 0 }
  for (let from = 0; ; from += pageSize) {
    const page = await client.builds(job.name, from, from + pageSize)
    // It was deleted meanwhile: what is stored stays.
    if (page === null) return
    const builds = (page.allBuilds ?? []).filter(({ number }) => !read.has(number))
    const first = builds.at(0)
    if (from === 0 && first !== undefined) {
      Object.assign(reached, { top: first.number, at: first.timestamp })
      followReset(run, job, state, builds)
    }
    if (kept === undefined) kept = page.firstBuild && page.firstBuild.number > 1 ? page.firstBuild.timestamp : 0
    const wanted = builds.filter(({ number, timestamp }) => isWanted(number, timestamp, state, cursor.since))
    const facts: Fact[] = []
    const withdraw: NonNullable<Batch['withdraw']> = []
    for (const build of wanted) {
      read.add(build.number)
      const judged = await judge(run, job, rules, build, state)
      facts.push(...judged.facts)
      withdraw.push(...judged.withdraw)
      if (judged.isOpen) open.push(build.number)
    }
    if (facts.length > 0) yield { facts, withdraw, cursor: writeCursor(cursor) }
    const last = builds.at(-1)
    const isPast = last === undefined || last.timestamp < cursor.since || (last.number <= state.top && state.top > 0)
    if (isPast || (page.allBuilds?.length ?? 0) < pageSize) break
  }
  const facts: Fact[] = []
  for (const number of state.open.filter((one) => !read.has(one))) {
    const build = await client.build(job.name, number)
    if (build === null) continue
    const judged = await judge(run, job, rules, build, state)
    facts.push(...judged.facts)
    if (judged.isOpen) open.push(number)
  }
  const { reset } = state
  const { top, at } = reached.top > 0 ? reached : state
  open.sort((a, b) => a - b)
  cursor.jobs[job.name] = { top, at, open, ...(kept === undefined ? {} : { kept }), ...(reset === undefined ? {} : { reset }) }
  yield { facts, cursor: writeCursor(cursor) }
}

function isWanted(number: number, timestamp: Instant, state: JobState, since: Instant): boolean {
  return timestamp >= since && (number > state.top || state.open.includes(number))
}

/** A job that was deleted and made anew under its name counts from 1 again. */
function followReset({ ctx }: Run, job: FoundJob, state: JobState, builds: Build[]): void {
  const isAnew = state.top > 0 && builds.some((build) => isReset(state, build))
  if (!isAnew) return
  ctx.note(`The numbers of ${job.name} began anew: its builds are told from the former ones by when they began.`)
  state.reset = { top: Math.max(state.top, state.reset?.top ?? 0), at: state.at }
  Object.assign(state, { top: 0, at: 0, open: [] })
}

async function judge({ client, options, ctx }: Run, job: FoundJob, rules: Rule[], build: Build, state: JobState) {
  const told = toldBuild(build, job, options, generationOf(state, build))
  const stages = await client.stages(told, rules)
  const facts: Fact[] = judgeBuild(told, rules, stages, options, ctx.sourceId).flatMap(({ fact }) => fact ?? [])
  const withdraw: NonNullable<Batch['withdraw']> = []
  if (state.redo) {
    const id = buildId(told)
    facts.unshift({ kind: 'withdrawal', of: 'deployment', source: ctx.sourceId, id, ifStanding: true })
    withdraw.push({ of: 'deployment', prefix: `${id}/` })
  }
  return { facts, withdraw, isOpen: told.finishedAt === null }
}
