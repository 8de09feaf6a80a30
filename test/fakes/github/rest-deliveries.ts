/** REST routes of what a repository delivers: deployments, releases, and workflow runs with their jobs. */
import type { Permission } from './access.ts'
import { deploymentJson, deploymentStatusJson, jobJson, releaseJson, runJson, workflowJson } from './delivery-json.ts'
import { missing, page, type RepositoryContext, type RestAnswer, type Route, sortedBy } from './rest-route.ts'
import type { Deployment, Release, Workflow, WorkflowRun } from './world.ts'

const deployments: Permission[] = ['deployments']
const contents: Permission[] = ['contents']
const actions: Permission[] = ['actions']

export const deliveryRoutes: Route<RepositoryContext>[] = [
  { pattern: 'GET /deployments', permissions: deployments, answer: listDeployments },
  { pattern: 'GET /deployments/{id}', permissions: deployments, answer: oneDeployment },
  { pattern: 'GET /deployments/{id}/statuses', permissions: deployments, answer: listStatuses },
  { pattern: 'GET /environments', permissions: actions, answer: listEnvironments },
  { pattern: 'GET /releases', permissions: contents, answer: listReleases },
  { pattern: 'GET /releases/latest', permissions: contents, answer: latestRelease },
  { pattern: 'GET /releases/{id}', permissions: contents, answer: oneRelease },
  { pattern: 'GET /actions/workflows', permissions: actions, answer: listWorkflows },
  { pattern: 'GET /actions/workflows/{id}', permissions: actions, answer: oneWorkflow },
  {
    pattern: 'GET /actions/workflows/{id}/runs',
    permissions: actions,
    answer: (context, id) => listRuns(context, workflowOf(context, id).id),
  },
  { pattern: 'GET /actions/runs', permissions: actions, answer: (context) => listRuns(context, null) },
  { pattern: 'GET /actions/runs/{id}', permissions: actions, answer: oneRun },
  { pattern: 'GET /actions/runs/{id}/attempts/{attempt}', permissions: actions, answer: oneRun },
  { pattern: 'GET /actions/runs/{id}/jobs', permissions: actions, answer: listJobs },
  { pattern: 'GET /actions/runs/{id}/attempts/{attempt}/jobs', permissions: actions, answer: listJobs },
]

/** The filters that there are: none is about time or status. */
function listDeployments(context: RepositoryContext): RestAnswer {
  const { world, repository, query } = context
  const fields = { environment: 'environment', ref: 'ref', task: 'task', sha: 'oid' } as const
  const chosen = repository.deployments.filter((deployment) =>
    Object.entries(fields).every(([parameter, field]) => !query.has(parameter) || query.get(parameter) === deployment[field]),
  )
  const sorted = sortedBy(chosen, (deployment) => deployment.createdAt, 'desc')
  return page(context, sorted, (deployment) => deploymentJson(world, repository, deployment))
}

function deploymentOf(context: RepositoryContext, id: string): Deployment {
  return context.repository.deployments.find((deployment) => deployment.id === Number(id)) ?? missing()
}

function oneDeployment(context: RepositoryContext, id = ''): RestAnswer {
  return { body: deploymentJson(context.world, context.repository, deploymentOf(context, id)) }
}

/** The newest first. */
function listStatuses(context: RepositoryContext, id = ''): RestAnswer {
  const deployment = deploymentOf(context, id)
  return page(context, [...deployment.statuses].reverse(), (status) =>
    deploymentStatusJson(context.world, context.repository, deployment, status),
  )
}

function listEnvironments(context: RepositoryContext): RestAnswer {
  const names = [...new Set(context.repository.deployments.map((deployment) => deployment.environment))].sort()
  return page(context, names, (name) => ({ name }), { wrap: (environments) => ({ total_count: names.length, environments }) })
}

/** Drafts are for those who may push: never for a token that reads. */
function published(context: RepositoryContext): Release[] {
  const releases = context.repository.releases.filter((release) => !release.draft)
  return sortedBy(releases, (release) => release.createdAt, 'desc')
}

function listReleases(context: RepositoryContext): RestAnswer {
  return page(context, published(context), (release) => releaseJson(context.world, context.repository, release))
}

function latestRelease(context: RepositoryContext): RestAnswer {
  const latest = published(context).find((release) => !release.prerelease) ?? missing()
  return { body: releaseJson(context.world, context.repository, latest) }
}

function oneRelease(context: RepositoryContext, id = ''): RestAnswer {
  const release = context.repository.releases.find((candidate) => candidate.id === Number(id)) ?? missing()
  return { body: releaseJson(context.world, context.repository, release) }
}

function listWorkflows(context: RepositoryContext): RestAnswer {
  const { world, repository } = context
  return page(context, repository.workflows, (workflow) => workflowJson(world, repository, workflow), {
    wrap: (workflows) => ({ total_count: repository.workflows.length, workflows }),
  })
}

/** By number or by the name of its file. */
function workflowOf(context: RepositoryContext, id = ''): Workflow {
  const found = context.repository.workflows.find((workflow) => String(workflow.id) === id || workflow.path.split('/').at(-1) === id)
  return found ?? missing()
}

function oneWorkflow(context: RepositoryContext, id = ''): RestAnswer {
  return { body: workflowJson(context.world, context.repository, workflowOf(context, id)) }
}

const filters = ['actor', 'branch', 'check_suite_id', 'created', 'event', 'head_sha', 'status']

/** With any filter the first 1,000 are all that can be reached; `total_count` still counts the rest. */
function listRuns(context: RepositoryContext, workflowId: number | null): RestAnswer {
  const { world, repository, query } = context
  const status = query.get('status')
  const wanted = { branch: query.get('branch'), event: query.get('event'), oid: query.get('head_sha'), actor: query.get('actor') }
  const created = query.get('created')
  const chosen = repository.runs.filter((run) => {
    if (workflowId !== null && run.workflowId !== workflowId) return false
    for (const field of ['branch', 'event', 'oid', 'actor'] as const)
      if (wanted[field] !== null && wanted[field] !== run[field]) return false
    const attempt = run.attempts.at(-1)
    if (status !== null && attempt?.status !== status && attempt?.conclusion !== status) return false
    return created === null || isWithin(run.createdAt, created)
  })
  const sorted = sortedBy(chosen, (run) => run.createdAt, 'desc')
  const cap = filters.some((filter) => query.has(filter)) ? 1000 : undefined
  const wrap = (runs: unknown[]) => ({ total_count: sorted.length, workflow_runs: runs })
  return page(context, sorted, (run) => runJson(world, repository, run), { wrap, cap })
}

/**
 * The search syntax for dates: `>=D`, `>D`, `<=D`, `<D`, `D..D`, `D..*`, `*..D` or `D`, a day standing for all of it.
 * https://docs.github.com/en/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax
 */
function isWithin(instant: string, range: string): boolean {
  const at = Date.parse(instant)
  const first = (text: string) => Date.parse(text)
  const last = (text: string) => Date.parse(text) + (text.includes('T') ? 0 : 86_400_000 - 1)
  const [from, to] = range.split('..')
  if (to !== undefined) return (from === '*' || at >= first(from as string)) && (to === '*' || at <= last(to))
  const [, operator = '', date = ''] = /^([<>]?=?)(.*)$/.exec(range) ?? []
  if (operator === '>=') return at >= first(date)
  if (operator === '>') return at > last(date)
  if (operator === '<=') return at <= last(date)
  if (operator === '<') return at < first(date)
  return at >= first(date) && at <= last(date)
}

function runOf(context: RepositoryContext, id: string): WorkflowRun {
  return context.repository.runs.find((run) => run.id === Number(id)) ?? missing()
}

function oneRun(context: RepositoryContext, id = '', attempt?: string): RestAnswer {
  const run = runOf(context, id)
  if (attempt !== undefined && !run.attempts[Number(attempt) - 1]) missing()
  return { body: runJson(context.world, context.repository, run, attempt === undefined ? undefined : Number(attempt)) }
}

/** Of the last attempt unless one is named, or all are asked for. */
function listJobs(context: RepositoryContext, id = '', attempt?: string): RestAnswer {
  const { world, repository, query } = context
  const run = runOf(context, id)
  const last = run.attempts.length
  const chosen =
    attempt === undefined ? (query.get('filter') === 'all' ? run.attempts.map((_, index) => index + 1) : [last]) : [Number(attempt)]
  const jobs = chosen.flatMap((number) => (run.attempts[number - 1] ?? missing()).jobs.map((job) => ({ number, job })))
  const wrap = (shown: unknown[]) => ({ total_count: jobs.length, jobs: shown })
  return page(context, jobs, ({ number, job }) => jobJson(world, repository, run, number, job), { wrap })
}
