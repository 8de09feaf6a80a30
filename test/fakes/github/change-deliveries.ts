/** Changes of deployments, releases, tags and workflow runs, each with the webhooks that it sends. */
import { pushEvent } from './change-pulls.ts'
import { commitGraph, resolveCommit } from './commit-graph.ts'
import { deploymentJson, deploymentStatusJson, releaseJson, runJson, workflowJson } from './delivery-json.ts'
import { type Change, type WebhookEvent, webhookEvent } from './webhook-event.ts'
import {
  type Conclusion,
  type Deployment,
  type DeploymentState,
  type DeploymentStatus,
  iso,
  type Job,
  nextId,
  oidOf,
  type Release,
  type Repository,
  type Tag,
  type Workflow,
  type WorkflowRun,
  type World,
} from './world.ts'

export type DeploymentFields = Partial<Deployment> & { environment: string }

/** Of the tip of `ref`, which is the default branch unless told. */
export function addDeployment(world: World, repository: Repository, at: string, fields: DeploymentFields): Change<Deployment> {
  const ref = fields.ref ?? repository.defaultBranch
  const deployment: Deployment = {
    id: nextId(world),
    originalEnvironment: fields.environment,
    task: 'deploy',
    description: null,
    payload: {},
    oid: resolveCommit(repository, ref) ?? '0'.repeat(40),
    creator: 'github-actions[bot]',
    createdAt: iso(at),
    updatedAt: iso(at),
    statuses: [],
    production: fields.environment === 'production',
    transient: false,
    ...fields,
    ref,
  }
  repository.deployments.push(deployment)
  const payload = { action: 'created', deployment: deploymentJson(world, repository, deployment), workflow: null, workflow_run: null }
  return { item: deployment, events: [webhookEvent(world, repository, 'deployment', payload, deployment.creator)] }
}

/**
 * A success makes the earlier successes of the same lasting environment inactive, for which GitHub sends no webhook.
 * `run` is the workflow run that set it, for the webhook to name.
 */
export function addStatus(
  world: World,
  repository: Repository,
  deployment: Deployment,
  at: string,
  state: DeploymentState,
  fields: Partial<DeploymentStatus> = {},
  run?: WorkflowRun,
): Change<DeploymentStatus> {
  const status = newStatus(world, deployment, at, state, fields)
  deployment.statuses.push(status)
  deployment.updatedAt = iso(at)
  if (state === 'success' && !deployment.transient) {
    for (const other of repository.deployments) {
      if (other === deployment || other.environment !== deployment.environment || other.statuses.at(-1)?.state !== 'success') continue
      other.statuses.push(newStatus(world, other, at, 'inactive', {}))
      other.updatedAt = iso(at)
    }
  }
  const payload = {
    action: 'created',
    deployment_status: deploymentStatusJson(world, repository, deployment, status),
    deployment: deploymentJson(world, repository, deployment),
    check_run: null,
    workflow: null,
    workflow_run: run ? runJson(world, repository, run) : null,
  }
  return { item: status, events: [webhookEvent(world, repository, 'deployment_status', payload, status.creator)] }
}

/** Makes the tag when there is none of that name. */
export function publishRelease(
  world: World,
  repository: Repository,
  at: string,
  fields: Partial<Release> & { tag: string },
): Change<Release> {
  const target = fields.target ?? repository.defaultBranch
  const events: WebhookEvent[] = []
  if (!fields.draft && !repository.tags.some((tag) => tag.name === fields.tag)) {
    const oid = resolveCommit(repository, target)
    if (oid !== null) events.push(...addTag(world, repository, at, { name: fields.tag, oid }).events)
  }
  const oid = repository.tags.find((tag) => tag.name === fields.tag)?.oid
  const release: Release = {
    id: nextId(world),
    name: fields.tag,
    draft: false,
    prerelease: false,
    createdAt: commitGraph(repository).commits.get(oid ?? '')?.committedDate ?? iso(at),
    publishedAt: fields.draft ? null : iso(at),
    author: 'octocat',
    body: null,
    ...fields,
    target,
  }
  repository.releases.push(release)
  const payload = { action: 'published', release: releaseJson(world, repository, release) }
  if (!release.draft) events.unshift(webhookEvent(world, repository, 'release', payload, release.author))
  return { item: release, events }
}

/** `annotated: true` makes a tag object that is dated `at`. */
export function addTag(
  world: World,
  repository: Repository,
  at: string,
  fields: { name: string; oid?: string; annotated?: boolean; by?: string },
): Change<Tag> {
  const oid = fields.oid ?? resolveCommit(repository, 'HEAD') ?? '0'.repeat(40)
  const by = fields.by ?? 'octocat'
  const tag: Tag = { name: fields.name, oid }
  if (fields.annotated) {
    const email = `${by}@users.noreply.github.com`
    tag.annotated = { oid: oidOf(`tag ${fields.name} ${oid}`), date: iso(at), name: by, email, message: fields.name }
  }
  if (repository.gitDir === null) repository.tags.push(tag)
  repository.pushedAt = iso(at)
  repository.updatedAt = iso(at)
  const commit = commitGraph(repository).commits.get(oid)
  if (!commit) return { item: tag, events: [] }
  return { item: tag, events: [pushEvent(world, repository, `refs/tags/${tag.name}`, '0'.repeat(40), commit, [], by)] }
}

export function addWorkflow(world: World, repository: Repository, at: string, fields: Partial<Workflow> & { path: string }): Workflow {
  const workflow: Workflow = { id: nextId(world), name: fields.path.replace(/^.*\/|\.ya?ml$/g, ''), createdAt: iso(at), ...fields }
  repository.workflows.push(workflow)
  return workflow
}

/** Queued, without jobs, on the tip of its branch. */
export function startRun(
  world: World,
  repository: Repository,
  workflow: Workflow,
  at: string,
  fields: Partial<WorkflowRun> = {},
): Change<WorkflowRun> {
  const branch = fields.branch ?? repository.defaultBranch
  const actor = fields.actor ?? 'octocat'
  const run: WorkflowRun = {
    id: nextId(world),
    workflowId: workflow.id,
    title: workflow.name,
    event: 'push',
    oid: resolveCommit(repository, branch) ?? '0'.repeat(40),
    number: repository.runs.filter((other) => other.workflowId === workflow.id).length + 1,
    createdAt: iso(at),
    attempts: [{ status: 'queued', conclusion: null, startedAt: iso(at), updatedAt: iso(at), actor, jobs: [] }],
    ...fields,
    branch,
    actor,
  }
  repository.runs.push(run)
  return { item: run, events: [runEvent(world, repository, run, 'requested')] }
}

/** The jobs end with the run unless they are given. */
export function completeRun(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  at: string,
  conclusion: Conclusion,
  jobs: (Partial<Job> & { name: string })[] = [],
): Change<WorkflowRun> {
  const attempt = run.attempts.at(-1)
  if (!attempt) throw new Error('a workflow run has at least one attempt')
  attempt.status = 'completed'
  attempt.conclusion = conclusion
  attempt.updatedAt = iso(at)
  for (const job of jobs) {
    const { startedAt } = attempt
    attempt.jobs.push({ id: nextId(world), status: 'completed', conclusion, createdAt: startedAt, startedAt, completedAt: iso(at), ...job })
  }
  return { item: run, events: [runEvent(world, repository, run, 'completed')] }
}

/** The id stays, the attempt counts on. */
export function rerun(world: World, repository: Repository, run: WorkflowRun, at: string, actor = run.actor): Change<WorkflowRun> {
  run.attempts.push({ status: 'queued', conclusion: null, startedAt: iso(at), updatedAt: iso(at), actor, jobs: [] })
  return { item: run, events: [runEvent(world, repository, run, 'requested')] }
}

function newStatus(
  world: World,
  deployment: Deployment,
  at: string,
  state: DeploymentState,
  fields: Partial<DeploymentStatus>,
): DeploymentStatus {
  return {
    id: nextId(world),
    state,
    createdAt: iso(at),
    updatedAt: iso(at),
    description: '',
    logUrl: '',
    environmentUrl: '',
    creator: deployment.creator,
    ...fields,
  }
}

function runEvent(world: World, repository: Repository, run: WorkflowRun, action: string): WebhookEvent {
  const workflow = repository.workflows.find((candidate) => candidate.id === run.workflowId)
  const json = workflow ? workflowJson(world, repository, workflow) : null
  const payload = { action, workflow_run: runJson(world, repository, run), workflow: json }
  return webhookEvent(world, repository, 'workflow_run', payload, run.attempts.at(-1)?.actor ?? run.actor)
}
