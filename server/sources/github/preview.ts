/** Tells what the rules would count of the last 90 days, and why not the rest, before anything is collected. */
import { z } from 'zod'
import { readRefs, streamFirstParents } from '../../git/client.ts'
import { instantOf } from '../../git/commit-date.ts'
import { updateCopy } from '../../git/copy.ts'
import { explainFailure } from '../../git/git-failure.ts'
import { tagMatcher } from '../../git/rule.ts'
import { peelTags } from '../../git/tags.ts'
import { tierOf } from '../../tiers.ts'
import { tierBy } from '../rules.ts'
import type { Context, Preview, PreviewRow } from '../source.ts'
import { type Client, createClient } from './client.ts'
import { copyOf } from './commits.ts'
import { type RepositoryState, readCursor } from './cursor.ts'
import type { GithubOptions } from './options.ts'
import type { Pace } from './pace.ts'
import { type Deployment, RepositoryPage, type WorkflowRun, WorkflowRuns } from './payloads.ts'
import { repositoryPage } from './queries.ts'
import { discover } from './repositories.ts'
import {
  type BranchRule,
  type EnvironmentsRule,
  type ReleasesRule,
  type Ruling,
  ruleInWords,
  rulingsFor,
  type TagsRule,
  type WorkflowRule,
} from './rules.ts'
import { instant, isForPullRequest, isOfRule, outcomeOf } from './to-facts.ts'

const days = 90
const mostRepositories = 20
const mostRows = 1000
const pagesOfEach = 3

interface Looking {
  client: Client
  ctx: Context
  state: RepositoryState
  since: number
}

/** Looks at the repositories that were pushed to last. Throws SourceError. */
export async function previewGithub(options: GithubOptions, ctx: Context, pace: Pace): Promise<Preview> {
  const client = await createClient(options, ctx, pace)
  const { repositories, failures } = await discover(options, readCursor(null), client, ctx.now)
  const [failure] = failures.values()
  if (failure !== undefined && repositories.length === 0) throw failure
  const looked = repositories.slice(0, mostRepositories)
  const since = ctx.now.getTime() - days * 86_400_000
  const rows: PreviewRow[] = []
  let more = 0
  for (const state of looked) {
    const found = await rowsOf({ client, ctx, state, since }, options)
    rows.push(...found.slice(0, Math.max(0, mostRows - rows.length)))
    more += Math.max(0, found.length - Math.max(0, mostRows - rows.length))
  }
  const hints = [...failures.values()].map(({ message }) => message)
  if (repositories.length > looked.length)
    hints.push(`These are the ${looked.length} repositories pushed to last, of ${repositories.length}.`)
  if (repositories.length === 0)
    hints.push('There is no repository to look at: check owner, include and exclude, and what the token may see.')
  else if (rows.length === 0)
    hints.push(
      `Nothing that a rule looks at happened in the last ${days} days. Other rules: environments, releases, tags, workflow, branch.`,
    )
  else if (!rows.some(({ counted }) => counted)) hints.push(adviceFor(rows))
  const words = [...new Set(looked.flatMap((state) => rulingsFor(options, state.name).all.map(({ rule }) => ruleInWords(rule))))]
  return {
    rule: (words.length === 0 ? options.deployments.map(ruleInWords) : words).join(' '),
    rows,
    hints,
    ...(more > 0 ? { truncated: more } : {}),
  }
}

function adviceFor(rows: PreviewRow[]): string {
  const unmapped = rows.find(({ reason }) => reason?.startsWith('no rule maps'))
  if (unmapped === undefined) return 'Nothing is counted: the reasons say why.'
  return "Nothing is counted. Map the environments, such as deployments: { environments: { production: '^prod' } }."
}

async function rowsOf(looking: Looking, options: GithubOptions): Promise<PreviewRow[]> {
  const { state } = looking
  const rows: PreviewRow[] = []
  const rulings = rulingsFor(options, state.name)
  for (const { rule, tiers, taken } of rulings.all) {
    if (tiers.size > 0) continue
    const reason = `a rule before it counts ${taken.join(', ')}`
    rows.push({ name: ruleInWords(rule), at: null, counted: false, reason, group: state.name })
  }
  if (rulings.environments !== null) rows.push(...(await deploymentRows(looking, rulings.environments)))
  if (rulings.releases !== null) rows.push(...(await releaseRows(looking, rulings.releases)))
  for (const ruling of rulings.workflows) rows.push(...(await runRows(looking, ruling)))
  if (rulings.git !== null) rows.push(...(await gitRows(looking, rulings.git)))
  return rows.sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
}

const Answer = z.object({ node: RepositoryPage.nullable() })

/** Pages of one list, newest first, until one begins before the time that is looked at. */
async function* pagesOf(looking: Looking, list: 'deployments' | 'releases'): AsyncGenerator<RepositoryPage> {
  const { client, state, since } = looking
  let after: string | null = null
  for (let page = 0; page < pagesOfEach; page++) {
    const variables = {
      id: state.node,
      size: 50,
      pulls: false,
      issues: false,
      deployments: list === 'deployments',
      deploymentsAfter: after,
      releases: list === 'releases',
      releasesAfter: after,
    }
    const answer: { data: z.output<typeof Answer> } = await client.graphql(`${list} of ${state.name}`, repositoryPage, variables, Answer)
    const node = answer.data.node
    const found = node?.[list]
    if (!node || !found) return
    yield node
    const last = found.nodes.at(-1)
    if (!found.pageInfo?.hasNextPage || last === undefined || instant(last.createdAt) < since) return
    after = found.pageInfo.endCursor
  }
}

async function deploymentRows(looking: Looking, { rule, tiers }: Ruling<EnvironmentsRule>): Promise<PreviewRow[]> {
  const rows: PreviewRow[] = []
  for await (const { deployments } of pagesOf(looking, 'deployments')) {
    for (const deployment of deployments?.nodes ?? []) {
      const at = instant(deployment.createdAt)
      if (at < looking.since) continue
      const environment = deployment.environment ?? 'production'
      const tier = tierBy(rule.environments, environment)
      const told = tier === undefined ? tierOf(environment) : tier
      const reason = told !== null && !tiers.has(told) ? `a rule before it counts ${told}` : deploymentReason(deployment, environment, told)
      const name = `${environment} ${deployment.ref?.name ?? deployment.commitOid.slice(0, 12)}`
      const version = deployment.ref?.prefix === 'refs/tags/' ? { version: deployment.ref.name } : {}
      rows.push({ name, at, counted: reason === null, reason, group: looking.state.name, deploys: { environment, ...version } })
    }
  }
  return rows
}

function deploymentReason(deployment: Deployment, environment: string, tier: string | null): string | null {
  if (tier === null) return `no rule maps the environment ${environment}`
  if (tier !== 'production') return tier === environment ? `${tier} is not production` : `the environment ${environment} is ${tier}`
  const { status } = outcomeOf(deployment)
  if (status === 'succeeded') return null
  return { running: 'it has not ended', failed: 'it failed', cancelled: 'it was replaced before it succeeded' }[status]
}

async function releaseRows(looking: Looking, { rule }: Ruling<ReleasesRule>): Promise<PreviewRow[]> {
  const rows: PreviewRow[] = []
  for await (const { releases } of pagesOf(looking, 'releases')) {
    for (const release of releases?.nodes ?? []) {
      const at = instant(release.publishedAt ?? release.createdAt)
      if (at < looking.since) continue
      const isDraft = release.isDraft || release.publishedAt === null
      const reason = isDraft ? 'a draft' : release.isPrerelease && rule.releases === true ? 'a pre-release' : null
      const deploys = { environment: rule.environment, version: release.tagName }
      rows.push({ name: release.tagName, at, counted: reason === null, reason, group: looking.state.name, deploys })
    }
  }
  return rows
}

async function runRows({ client, state, since }: Looking, { rule }: Ruling<WorkflowRule>): Promise<PreviewRow[]> {
  const from = encodeURIComponent(`>=${new Date(since).toISOString().slice(0, 10)}`)
  const address = `/repos/${state.name}/actions/workflows/${encodeURIComponent(rule.workflow)}/runs?per_page=100&created=${from}`
  const { data } = await client.get(`runs of the workflow ${rule.workflow} of ${state.name}`, address, WorkflowRuns)
  return (data?.workflow_runs ?? []).map((run) => {
    const reason = runReason(run, rule, state.defaultBranch)
    const name = `${rule.job === undefined ? 'run' : `${rule.job} of run`} ${run.id}, attempt ${run.run_attempt}`
    const whose = rule.service === undefined ? { group: state.name, deploys: { environment: rule.environment } } : { group: rule.service }
    return { name, at: instant(run.created_at), counted: reason === null, reason, ...whose }
  })
}

function runReason(run: WorkflowRun, rule: WorkflowRule, defaultBranch: string | null): string | null {
  if (isForPullRequest(run)) return 'it ran for a pull request'
  if (!isOfRule(run, rule, defaultBranch)) return `it ran on ${run.head_branch}`
  if (run.status !== 'completed') return 'it has not ended'
  return run.conclusion === 'success' ? null : `it ended as ${run.conclusion}`
}

async function gitRows({ client, ctx, state, since }: Looking, { rule }: Ruling<TagsRule | BranchRule>): Promise<PreviewRow[]> {
  const { remote, own } = await copyOf({ state, client, ctx })
  try {
    const repository = await updateCopy(remote, own)
    const refs = await readRefs(repository)
    const rows: PreviewRow[] = []
    if ('tags' in rule) {
      const match = tagMatcher(rule.tags)
      const peeled = await peelTags(
        repository,
        refs.tags.map(({ object }) => object),
      )
      for (const { name, object } of refs.tags) {
        const tag = peeled.get(object)
        if (tag === undefined || tag.finishedAt < since) continue
        const reason = match(name) === null ? 'does not match' : tag.commit === null ? `not a commit but a ${tag.type}` : null
        const deploys = { environment: rule.environment, version: name }
        rows.push({ name, at: tag.finishedAt, counted: reason === null, reason, group: state.name, deploys })
      }
      return rows
    }
    const named = rule.branch === true ? refs.head.branch : rule.branch
    const tip = refs.branches.find(({ name }) => name === named)?.object
    if (tip === undefined) return [{ name: named, at: null, counted: false, reason: 'there is no such branch', group: state.name }]
    for await (const { sha, committed } of streamFirstParents(repository, tip, 'tip')) {
      const at = committed === null ? null : instantOf(committed)
      if (at !== null && at < since) break
      rows.push({ name: sha, at, counted: true, reason: null, group: state.name, deploys: { environment: rule.environment } })
    }
    return rows
  } catch (error) {
    throw explainFailure(error, { name: remote.url, kind: 'url', token: true })
  }
}
