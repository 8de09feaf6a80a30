/** Tells which builds and stages of the last 90 days the rules would count, and why not the rest. */

import { SourceError } from '../../errors.ts'
import type { Context, Preview, PreviewRow } from '../source.ts'
import { createClient } from './client.ts'
import { isPullRequest } from './job-names.ts'
import { discoverJobs, type FoundJob } from './jobs.ts'
import type { JenkinsOptions, Rule } from './options.ts'
import { type Judged, judgeBuild, rulesFor, toldBuild } from './to-facts.ts'

const days = 90
const mostJobs = 20
const mostOthers = 200
/** Each takes a question where a stage is the deployment. */
const buildsOfEach = { build: 100, stage: 20 }

/** Throws SourceError. */
export async function previewJenkins(options: JenkinsOptions, ctx: Context, retryMs?: number): Promise<Preview> {
  if (options.url === undefined) {
    throw new SourceError(
      'There is nobody to ask: this source has no url.',
      'Write url, user and token, or look at what the notifications told.',
    )
  }
  const client = createClient(options, ctx, retryMs)
  const jobs = await discoverJobs(client)
  const judged = jobs.map((job) => ({ job, rules: rulesFor(options, job) }))
  const taken = judged.filter(({ rules, job }) => rules.length > 0 && job.newest !== null)
  const others = judged.filter(({ rules, job }) => rules.length === 0 && job.newest !== null).map(({ job }) => job)
  const since = ctx.now.getTime() - days * 86_400_000
  const rows: PreviewRow[] = []
  for (const { job, rules } of taken.slice(0, mostJobs)) {
    const count = rules[0]?.stage === undefined ? buildsOfEach.build : buildsOfEach.stage
    const page = await client.builds(job.name, 0, count)
    for (const build of page?.allBuilds ?? []) {
      if (build.timestamp < since) break
      const told = toldBuild(build, job, options)
      rows.push(...judgeBuild(told, rules, await client.stages(told, rules), options, ctx.sourceId).map((one) => rowOf(one, job)))
    }
  }
  rows.push(...others.slice(0, mostOthers).map(otherRow))
  const hints: string[] = []
  if (taken.length === 0)
    hints.push(
      `No rule takes a job. Jobs here are such as ${others
        .slice(0, 5)
        .map(({ name }) => name)
        .join(', ')}.`,
    )
  else if (!rows.some(({ counted }) => counted)) hints.push(`Nothing of the last ${days} days is counted: the reasons say why.`)
  if (taken.length > mostJobs) hints.push(`These are the builds of ${mostJobs} jobs, of ${taken.length} that a rule takes.`)
  const truncated = Math.max(0, others.length - mostOthers)
  return { rule: options.deployments.map(inWords).join(' '), rows, hints, ...(truncated > 0 ? { truncated } : {}) }
}

function rowOf({ name, at, fact, reason }: Judged, job: FoundJob): PreviewRow {
  const counted = fact !== null && reason === null
  return {
    name,
    at,
    counted,
    reason,
    group: fact?.service ?? job.name,
    ...(fact === null
      ? {}
      : { deploys: { environment: fact.environment, ...(fact.version === undefined ? {} : { version: fact.version }) } }),
  }
}

function otherRow(job: FoundJob): PreviewRow {
  const reason = isPullRequest(job) ? 'it is of a pull request' : 'no rule takes the job'
  return { name: job.name, at: null, counted: false, reason, group: job.name }
}

function inWords({ job, stage, environment }: Rule): string {
  const where = environment === undefined ? '' : ` to ${environment}`
  const what = stage === undefined ? 'Each build' : `Each stage in which ${stage} is found,`
  return `${what} of the jobs in whose name ${job} is found is a deployment${where}.`
}
