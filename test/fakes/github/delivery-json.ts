/** Deployments, releases, tags and workflow runs in the shape of the REST API and of webhooks. */
import { commitGraph } from './commit-graph.ts'
import { headCommitJson, nodeId, pageUrl, repositoryJson, repositoryUrl, userJson } from './repository-json.ts'
import type { Deployment, DeploymentStatus, Job, Release, Repository, Tag, Workflow, WorkflowRun, World } from './world.ts'

type Json = Record<string, unknown>

export function deploymentJson(world: World, repository: Repository, deployment: Deployment): Json {
  const url = `${repositoryUrl(world, repository)}/deployments/${deployment.id}`
  return {
    url,
    id: deployment.id,
    node_id: nodeId('DE', repository.id, deployment.id),
    task: deployment.task,
    original_environment: deployment.originalEnvironment,
    environment: deployment.environment,
    description: deployment.description,
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(world, repository),
    creator: userJson(world, deployment.creator),
    sha: deployment.oid,
    ref: deployment.ref,
    payload: deployment.payload,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: null,
  }
}

export function deploymentStatusJson(world: World, repository: Repository, deployment: Deployment, status: DeploymentStatus): Json {
  const url = `${repositoryUrl(world, repository)}/deployments/${deployment.id}`
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DES', repository.id, deployment.id, status.id),
    state: status.state,
    creator: userJson(world, status.creator),
    description: status.description,
    environment: deployment.environment,
    target_url: status.logUrl,
    created_at: status.createdAt,
    updated_at: status.updatedAt,
    deployment_url: url,
    repository_url: repositoryUrl(world, repository),
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: null,
  }
}

export function releaseJson(world: World, repository: Repository, release: Release): Json {
  const url = `${repositoryUrl(world, repository)}/releases/${release.id}`
  return {
    url,
    assets_url: `${url}/assets`,
    html_url: `${pageUrl(world, repository)}/releases/tag/${release.tag}`,
    id: release.id,
    author: userJson(world, release.author),
    node_id: nodeId('RE', repository.id, release.id),
    tag_name: release.tag,
    target_commitish: release.target,
    name: release.name,
    draft: release.draft,
    immutable: false,
    prerelease: release.prerelease,
    created_at: release.createdAt,
    updated_at: release.publishedAt ?? release.createdAt,
    published_at: release.publishedAt,
    assets: [],
    tarball_url: `${repositoryUrl(world, repository)}/tarball/${release.tag}`,
    zipball_url: `${repositoryUrl(world, repository)}/zipball/${release.tag}`,
    body: release.body,
  }
}

export function tagJson(world: World, repository: Repository, tag: Tag): Json {
  const url = repositoryUrl(world, repository)
  return {
    name: tag.name,
    zipball_url: `${url}/zipball/refs/tags/${tag.name}`,
    tarball_url: `${url}/tarball/refs/tags/${tag.name}`,
    commit: { sha: tag.oid, url: `${url}/commits/${tag.oid}` },
    node_id: nodeId('REF', repository.id, `refs/tags/${tag.name}`),
  }
}

/** An annotated tag's ref points at the tag object, a lightweight one's at the commit. */
export function refJson(world: World, repository: Repository, ref: string, oid: string, type: 'commit' | 'tag'): Json {
  const url = repositoryUrl(world, repository)
  return {
    ref,
    node_id: nodeId('REF', repository.id, ref),
    url: `${url}/git/${ref}`,
    object: { sha: oid, type, url: `${url}/git/${type}s/${oid}` },
  }
}

export function workflowJson(world: World, repository: Repository, workflow: Workflow): Json {
  return {
    id: workflow.id,
    node_id: nodeId('W', repository.id, workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: 'active',
    created_at: workflow.createdAt,
    updated_at: workflow.createdAt,
    url: `${repositoryUrl(world, repository)}/actions/workflows/${workflow.id}`,
    html_url: `${pageUrl(world, repository)}/blob/${repository.defaultBranch}/${workflow.path}`,
    badge_url: `${pageUrl(world, repository)}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
  }
}

/** `attempt` counts from 1; the last one unless told. */
export function runJson(world: World, repository: Repository, run: WorkflowRun, attempt = run.attempts.length): Json {
  const url = `${repositoryUrl(world, repository)}/actions/runs/${run.id}`
  const workflow = repository.workflows.find((candidate) => candidate.id === run.workflowId)
  const current = run.attempts[attempt - 1]
  const commit = commitGraph(repository).commits.get(run.oid)
  return {
    id: run.id,
    name: workflow?.name ?? '',
    node_id: nodeId('WFR', repository.id, run.id),
    head_branch: run.branch,
    head_sha: run.oid,
    path: workflow?.path ?? '',
    display_title: run.title,
    run_number: run.number,
    event: run.event,
    status: current?.status ?? 'queued',
    conclusion: current?.conclusion ?? null,
    workflow_id: run.workflowId,
    check_suite_id: run.id + 1,
    check_suite_node_id: nodeId('CS', repository.id, run.id + 1),
    url,
    html_url: `${pageUrl(world, repository)}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: current?.updatedAt ?? run.createdAt,
    actor: userJson(world, run.actor),
    run_attempt: attempt,
    referenced_workflows: [],
    run_started_at: current?.startedAt ?? run.createdAt,
    triggering_actor: userJson(world, current?.actor ?? run.actor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    previous_attempt_url: attempt > 1 ? `${url}/attempts/${attempt - 1}` : null,
    workflow_url: `${repositoryUrl(world, repository)}/actions/workflows/${run.workflowId}`,
    head_commit: commit ? headCommitJson(commit) : null,
    repository: repositoryJson(world, repository),
    head_repository: repositoryJson(world, repository),
  }
}

export function jobJson(world: World, repository: Repository, run: WorkflowRun, attempt: number, job: Job): Json {
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: repository.workflows.find((workflow) => workflow.id === run.workflowId)?.name ?? null,
    head_branch: run.branch,
    run_url: `${repositoryUrl(world, repository)}/actions/runs/${run.id}`,
    run_attempt: attempt,
    node_id: nodeId('CR', repository.id, job.id),
    head_sha: run.oid,
    url: `${repositoryUrl(world, repository)}/actions/jobs/${job.id}`,
    html_url: `${pageUrl(world, repository)}/actions/runs/${run.id}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.createdAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: [],
    labels: ['ubuntu-latest'],
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
  }
}
