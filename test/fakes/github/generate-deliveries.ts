/** What a generated repository delivers: deployments with their statuses, releases with their tags, workflow runs. */
import { tip } from './generate-history.ts'
import type { Random } from './random.ts'
import {
  type Deployment,
  type DeploymentState,
  iso,
  nextId,
  oidOf,
  type Repository,
  type RunAttempt,
  type Workflow,
  type World,
} from './world.ts'

const minute = 60_000

/** Ids of GitHub are beyond 32 bits here: of deployments in fact, of runs by far. */
const deploymentIds = 3_000_000_000
const runIds = 12_000_000_000

export interface Deliveries {
  world: World
  repository: Repository
  workflow: Workflow
  /** Per environment, the one that the next success makes inactive. */
  active: Map<string, Deployment>
  version: number
}

export function startDeliveries(world: World, repository: Repository, from: number): Deliveries {
  const workflow = { id: nextId(world), name: 'Deploy', path: '.github/workflows/deploy.yml', createdAt: iso(from) }
  repository.workflows.push(workflow)
  return { world, repository, workflow, active: new Map(), version: 0 }
}

/** Most of them of the tip, some of an older commit; a few never end. */
export function addDelivery({ world, repository, active }: Deliveries, at: number, random: Random): void {
  const draw = random.next()
  const environment = draw < 0.6 ? 'production' : draw < 0.9 ? 'staging' : 'github-pages'
  const back = random.chance(0.03) ? repository.commits[Math.max(0, repository.commits.length - 8)]?.oid : undefined
  const creator = random.chance(0.9) ? 'github-actions[bot]' : 'ada'
  const deployment: Deployment = {
    id: deploymentIds + nextId(world),
    environment,
    originalEnvironment: environment,
    task: 'deploy',
    description: random.chance(0.2) ? 'Deploy by hand' : null,
    payload: random.chance(0.1) ? { version: `1.${random.between(0, 99)}` } : random.chance(0.5) ? {} : '',
    oid: back ?? tip(repository),
    ref: repository.defaultBranch,
    creator,
    createdAt: iso(at),
    updatedAt: iso(at),
    statuses: [],
    production: environment === 'production' && random.chance(0.5),
    transient: false,
  }
  repository.deployments.push(deployment)
  const set = (target: Deployment, instant: number, state: DeploymentState) => {
    const time = iso(instant)
    const logUrl = state === 'inactive' ? '' : `https://ci.example/${target.id}`
    target.statuses.push({
      id: nextId(world),
      state,
      createdAt: time,
      updatedAt: time,
      description: '',
      logUrl,
      environmentUrl: '',
      creator,
    })
    target.updatedAt = time
  }
  set(deployment, at, 'queued')
  if (random.chance(0.02)) return
  set(deployment, at + minute / 2, 'in_progress')
  const end = at + Math.floor(random.logNormal(5, 0.6) * minute)
  const outcome = random.next()
  if (outcome > 0.99) return
  set(deployment, Math.max(end, at + minute), outcome > 0.97 ? 'error' : outcome > 0.9 ? 'failure' : 'success')
  if (outcome > 0.9) return
  const before = active.get(environment)
  if (before) set(before, Math.max(end, at + minute), 'inactive')
  active.set(environment, deployment)
}

export function addReleaseOf(deliveries: Deliveries, at: number, random: Random): void {
  const { world, repository } = deliveries
  deliveries.version += 1
  const name = `v1.${deliveries.version}.0`
  const oid = tip(repository)
  const date = iso(at)
  const message = `Release ${name}`
  const annotated = { oid: oidOf(`${oid} ${name}`), date, name: 'Ada', email: 'ada@example.com', message }
  repository.tags.push(random.chance(0.5) ? { name, oid, annotated } : { name, oid })
  if (random.chance(0.2)) return
  repository.releases.push({
    id: nextId(world),
    name,
    tag: name,
    target: repository.defaultBranch,
    draft: random.chance(0.05),
    prerelease: random.chance(0.1),
    createdAt: repository.commits.at(-1)?.committedDate ?? date,
    publishedAt: date,
    author: 'ada',
    body: null,
  })
}

/** About one of twelve fails; half of those are run again, and pass. */
export function addRunOf({ world, repository, workflow }: Deliveries, at: number, random: Random): void {
  const attempt = (start: number, conclusion: 'success' | 'failure'): RunAttempt => {
    const startedAt = iso(start)
    const end = iso(start + random.between(2, 20) * minute)
    const job = { name: 'deploy', status: 'completed' as const, conclusion, createdAt: startedAt, startedAt, completedAt: end }
    const jobs = [{ id: runIds + nextId(world), ...job }]
    return { status: 'completed', conclusion, startedAt, updatedAt: end, actor: 'ada', jobs }
  }
  const failed = random.chance(0.08)
  const attempts = [attempt(at, failed ? 'failure' : 'success')]
  if (failed && random.chance(0.5)) attempts.push(attempt(at + 30 * minute, 'success'))
  repository.runs.push({
    id: runIds + nextId(world),
    workflowId: workflow.id,
    title: repository.commits.at(-1)?.message.split('\n')[0] ?? '',
    event: 'push',
    branch: repository.defaultBranch,
    oid: tip(repository),
    number: repository.runs.length + 1,
    createdAt: iso(at),
    actor: 'ada',
    attempts,
  })
}
