/** Tells what the rules would count of the last 90 days, and why not the rest, before anything is collected. */
import { readRefs, streamFirstParents } from '../../git/client.ts'
import { instantOf } from '../../git/commit-date.ts'
import { updateCopy } from '../../git/copy.ts'
import { explainFailure } from '../../git/git-failure.ts'
import { tagMatcher } from '../../git/rule.ts'
import { peelTags } from '../../git/tags.ts'
import type { Context, Preview, PreviewRow } from '../source.ts'
import { allOf, changesOf, createGitlabClient } from './client.ts'
import { copyOf } from './commits.ts'
import { type ProjectState, readCursor } from './cursor.ts'
import { pathOf, readTiers } from './lists.ts'
import type { BranchRule, GitlabOptions, JobsRule, TagsRule } from './options.ts'
import { Deployment, Job, PipelineListed } from './payloads.ts'
import { discover } from './projects.ts'
import { filingOf, hasGit, type Run } from './run.ts'
import { actualTier, instant, isOfRule } from './to-facts.ts'

const days = 90
const mostProjects = 20
const mostRows = 1000
const mostPipelines = 50

/** Throws SourceError. */
export async function previewGitlab(options: GitlabOptions, ctx: Context, retryMs: number): Promise<Preview> {
  const since = new Date(ctx.now.getTime() - days * 86_400_000).toISOString()
  const client = createGitlabClient(options, ctx, retryMs)
  const cursor = readCursor(null, since)
  const { projects, failures } = await discover(options, cursor, client, ctx)
  const [failure] = failures.values()
  if (failure !== undefined && projects.length === 0) throw failure
  const run: Run = { options, cursor, client, ctx, git: await hasGit(ctx.signal), failures, facts: [] }
  const looked = projects.slice(0, mostProjects)
  const rows: PreviewRow[] = []
  for (const state of looked) rows.push(...(await rowsOf(run, state)))
  rows.sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
  const hints = [...failures.values()].map(({ message }) => message)
  if (projects.length > looked.length) hints.push(`These are ${looked.length} projects, of ${projects.length}.`)
  if (projects.length === 0) hints.push('There is no project to look at: check group, include and exclude, and what the token may see.')
  else if (rows.length === 0)
    hints.push(`Nothing that the rule looks at happened in the last ${days} days. Other rules: deployments: true, jobs, tags, branch.`)
  else if (!rows.some(({ counted }) => counted))
    hints.push("Nothing is counted: the reasons say why. A tier can be set in GitLab, or by environments: { production: '^live' }.")
  const shown = rows.slice(0, mostRows)
  return {
    rule: ruleInWords(options),
    rows: shown,
    hints,
    ...(rows.length > shown.length ? { truncated: rows.length - shown.length } : {}),
  }
}

function ruleInWords({ deployments, environments }: GitlabOptions): string {
  if (deployments === true) {
    if (environments === undefined) return 'Each deployment of GitLab counts, its tier that of its environment in GitLab.'
    if (environments === true) return 'Each deployment of GitLab counts, its tier told by the name of its environment.'
    const mapped = Object.entries(environments).map(([tier, pattern]) => `${pattern} is ${tier}`)
    return `Each deployment of GitLab counts, by its environment: ${mapped.join(', ')}.`
  }
  const where = deployments.environment === 'production' ? '' : ` to ${deployments.environment}`
  if ('tags' in deployments) return `Each tag whose whole name matches ${deployments.tags} is a deployment${where}.`
  const of = deployments.branch === true ? 'the default branch' : deployments.branch
  if ('jobs' in deployments) {
    const on = deployments.branch === false ? '' : ` on ${of}`
    return `Each job whose name matches ${deployments.jobs}${on} is a deployment${where}.`
  }
  return `Each commit on the first-parent path of ${of} is a deployment${where}.`
}

async function rowsOf(run: Run, state: ProjectState): Promise<PreviewRow[]> {
  const { deployments } = run.options
  if (deployments === true) return state.off.includes('deployments') ? [] : deploymentRows(run, state)
  if ('jobs' in deployments) return state.off.includes('deployments') ? [] : jobRows(run, state, deployments)
  return state.off.includes('commits') ? [] : gitRows(run, state, deployments)
}

async function deploymentRows(run: Run, state: ProjectState): Promise<PreviewRow[]> {
  if (run.options.environments === undefined) await readTiers(run, state)
  const filing = filingOf(run, state)
  const rows: PreviewRow[] = []
  const path = `${pathOf(state)}/deployments`
  for await (const page of changesOf(run.client, `deployments of ${state.name}`, path, Deployment, run.cursor.since)) {
    for (const deployment of page) {
      const environment = deployment.environment?.name ?? ''
      const reason = deploymentReason(deployment.status, environment, actualTier(environment, filing))
      const name = `${environment} ${deployment.ref ?? deployment.sha?.slice(0, 12) ?? deployment.id}`
      const version = deployment.deployable?.tag && deployment.ref ? { version: deployment.ref } : {}
      const deploys = { environment, ...version }
      rows.push({ name, at: instant(deployment.created_at), counted: reason === null, reason, group: state.filed, deploys })
    }
  }
  return rows
}

function deploymentReason(status: string, environment: string, tier: string | null): string | null {
  if (tier === null) return `the environment ${environment} has no tier that counts`
  if (tier !== 'production') return tier === environment ? `${tier} is not production` : `the environment ${environment} is ${tier}`
  return statusReason(status)
}

function statusReason(status: string): string | null {
  if (status === 'success') return null
  const reasons: Record<string, string> = {
    running: 'it has not ended',
    failed: 'it failed',
    canceled: 'it was cancelled',
    skipped: 'it was skipped',
    blocked: 'it waits for an approval',
  }
  return reasons[status] ?? 'it has not begun'
}

async function jobRows(run: Run, state: ProjectState, rule: JobsRule): Promise<PreviewRow[]> {
  const ref = rule.branch === false ? undefined : rule.branch === true ? state.defaultBranch : rule.branch
  if (ref === null) return []
  const query = { per_page: mostPipelines, order_by: 'id', sort: 'desc', updated_after: run.cursor.since, ...(ref ? { ref } : {}) }
  const pipelines = await run.client.ask(`pipelines of ${state.name}`, `${pathOf(state)}/pipelines`, PipelineListed.array(), { query })
  const rows: PreviewRow[] = []
  for (const { id } of pipelines.data) {
    const jobs = await allOf(run.client, `jobs of ${state.name}`, `${pathOf(state)}/pipelines/${id}/jobs`, Job, { include_retried: 'true' })
    for (const job of jobs) {
      const reason = isOfRule(job, rule, state)
        ? statusReason(job.status)
        : `its name does not match ${rule.jobs}, or its pipeline is another's`
      const deploys = { environment: rule.environment }
      rows.push({
        name: `${job.name} ${job.id}`,
        at: instant(job.created_at),
        counted: reason === null,
        reason,
        group: state.filed,
        deploys,
      })
    }
  }
  return rows
}

async function gitRows(run: Run, state: ProjectState, rule: TagsRule | BranchRule): Promise<PreviewRow[]> {
  const { remote, own } = copyOf(run, state)
  const since = Date.parse(run.cursor.since)
  const rows: PreviewRow[] = []
  try {
    const repository = await updateCopy(remote, own)
    const refs = await readRefs(repository)
    if ('tags' in rule) {
      const match = tagMatcher(rule.tags)
      const objects = refs.tags.map(({ object }) => object)
      const peeled = await peelTags(repository, objects)
      for (const { name, object } of refs.tags) {
        const tag = peeled.get(object)
        if (tag === undefined || tag.finishedAt < since) continue
        const reason = match(name) === null ? 'does not match' : tag.commit === null ? `not a commit but a ${tag.type}` : null
        const deploys = { environment: rule.environment, version: name }
        rows.push({ name, at: tag.finishedAt, counted: reason === null, reason, group: state.filed, deploys })
      }
      return rows
    }
    const branch = rule.branch === true ? refs.head.branch : rule.branch
    const tip = refs.branches.find(({ name }) => name === branch)?.object
    if (tip === undefined) return [{ name: branch, at: null, counted: false, reason: 'there is no such branch', group: state.filed }]
    for await (const { sha, committed } of streamFirstParents(repository, tip, 'tip')) {
      const at = committed === null ? null : instantOf(committed)
      if (at !== null && at < since) break
      rows.push({ name: sha, at, counted: true, reason: null, group: state.filed, deploys: { environment: rule.environment } })
    }
    return rows
  } catch (error) {
    throw explainFailure(error, { name: remote.url, kind: 'url', token: true })
  }
}
