/** Turns executions in environments of Qovery into deployments, one for each service. */
import type { Deployment, Fact, Tier } from '../../facts.ts'
import { commitId, idText, told, toldOrNone, webAddress } from '../fact-text.ts'
import { serviceBy, tierBy } from '../rules.ts'
import type { QoveryOptions } from './options.ts'
import type { DeployedService, Execution } from './payloads.ts'

export interface Environment {
  id: string
  name: string
  mode: string | null
  project: { id: string; name: string }
}

/** A deployment, and what it is shown as in a preview. */
export interface Told {
  service: string
  at: number
  /** Null: it is none. */
  fact: Fact | null
  /** Why it counts nowhere. */
  reason: string | null
}

const tiers: Record<string, Tier> = { PRODUCTION: 'production', STAGING: 'staging', DEVELOPMENT: 'development' }

type Outcome = { status: Deployment['status']; reason?: string } | { none: string }

/** Each service of an execution, whether it was deployed or not. */
export function toldBy(execution: Execution, environment: Environment, options: QoveryOptions, source: string): Told[] {
  return (execution.stages ?? []).flatMap(({ services }) =>
    (services ?? []).map((service) => toldOf(service, execution, environment, options, source)),
  )
}

function toldOf(service: DeployedService, execution: Execution, environment: Environment, options: QoveryOptions, source: string): Told {
  const at = (service.auditing_data ?? execution.auditing_data).created_at
  const common = { service: told(service.identifier.name ?? service.identifier.service_id, 200), at }
  const outcome = outcomeOf(service, execution, options)
  if ('none' in outcome) return { ...common, fact: null, reason: outcome.none }
  const fact = factOf(service, execution, environment, outcome.status, options, source)
  return { ...common, fact, reason: outcome.reason ?? null }
}

function outcomeOf(
  { identifier, status, status_details: details }: DeployedService,
  execution: Execution,
  { deployments }: QoveryOptions,
): Outcome {
  const type = identifier.service_type?.toUpperCase() ?? 'APPLICATION'
  const trigger = execution.trigger_action?.toUpperCase() ?? ''
  const action = details?.action?.toUpperCase() ?? trigger
  if (!deployments.types.some((one) => one === type)) return { none: `a ${type.toLowerCase().slice(0, 50)} is no deployment here` }
  if (trigger.includes('DRY_RUN') || action.includes('DRY_RUN')) return { none: 'a dry run' }
  if (action !== 'DEPLOY') return { none: `the action is ${(action || 'unknown').toLowerCase().slice(0, 50)}, not deploy` }
  const state = status?.toUpperCase() ?? ''
  switch (details?.status?.toUpperCase() ?? stateOf(state)) {
    case 'SUCCESS':
      return { status: 'succeeded' }
    case 'ERROR':
      // The old version runs on, and nothing was tried in the environment.
      return state === 'BUILD_ERROR'
        ? { status: 'cancelled', reason: 'the build failed: nothing reached the environment' }
        : { status: 'failed' }
    case 'CANCELED':
    case 'CANCELLED':
      return { status: 'cancelled', reason: 'it was cancelled' }
    case 'ONGOING':
    case 'CANCELING':
      return { status: 'running', reason: 'it is under way' }
    case 'QUEUED':
      return { none: 'it waits for its turn' }
    default:
      return { none: 'it was skipped' }
  }
}

/** Where only the state of the service is told. */
function stateOf(state: string): string {
  if (state === 'DEPLOYED') return 'SUCCESS'
  if (state === 'DEPLOYMENT_ERROR' || state === 'BUILD_ERROR') return 'ERROR'
  return /^(?:DEPLOYING|BUILDING|EXECUTING)$/.test(state) ? 'ONGOING' : state
}

/** The execution and the service name a deployment. */
function factOf(
  service: DeployedService,
  execution: Execution,
  environment: Environment,
  status: Deployment['status'],
  options: QoveryOptions,
  source: string,
): Fact {
  const { created_at: startedAt, updated_at: updated } = service.auditing_data ?? execution.auditing_data
  const finishedAt = Math.max(startedAt, updated ?? startedAt + durationMs(service.total_duration))
  const labels = labelsOf(service, environment)
  const commit = commitId(service.details?.commit?.git_commit_id)
  const version = toldOrNone(labels.version, 500)
  const repository = toldOrNone(labels.repository, 500)
  const url = webAddress(
    `${options.console}/organization/${options.organization}/project/${environment.project.id}/environment/${environment.id}`,
  )
  const name = told(environment.name, 200) || environment.id
  const tier =
    options.environments === undefined ? (tiers[environment.mode?.toUpperCase() ?? ''] ?? undefined) : tierBy(options.environments, name)
  return {
    kind: 'deployment',
    source,
    id: idText(`${execution.identifier.execution_id}:${service.identifier.service_id}`),
    ...(url === undefined ? {} : { url }),
    updatedAt: finishedAt,
    service: toldOrNone(serviceBy(options.service, labels), 200) ?? (told(service.identifier.service_id, 200) || 'unknown'),
    environment: name,
    ...(tier === undefined ? {} : { tier }),
    ...(commit === undefined ? {} : { commit }),
    ...(version === undefined ? {} : { version }),
    ...(repository === undefined ? {} : { repository }),
    status,
    startedAt,
    ...(status === 'running' ? {} : { finishedAt }),
    reported: 'event',
  }
}

function labelsOf({ identifier, details }: DeployedService, { name, mode, project }: Environment): Record<string, string | undefined> {
  const { commit, image_name: image, tag, repository: chart } = details ?? {}
  const imageVersion = image && tag ? `${image}:${tag}` : (tag ?? undefined)
  const chartVersion = chart?.chart_name && chart.chart_version ? `${chart.chart_name} ${chart.chart_version}` : undefined
  return {
    service: identifier.name ?? undefined,
    'service.id': identifier.service_id,
    'service.type': identifier.service_type ?? undefined,
    environment: name,
    mode: mode ?? undefined,
    project: project.name,
    image: image ?? undefined,
    chart: chart?.chart_name ?? undefined,
    repository: repositoryIn(commit?.commit_page_url),
    version: commit?.tag || imageVersion || chartVersion,
  }
}

/** Owner and name, of the page of a commit at one of the known hosts. */
function repositoryIn(page: string | null | undefined): string | undefined {
  return /^https?:\/\/[^/]+\/(.+?)(?:\/-)?\/commits?\/[0-9a-f]+/i.exec(page ?? '')?.[1]
}

/** Of an ISO 8601 duration in days, hours, minutes and seconds. */
function durationMs(text: string | null | undefined): number {
  const found = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,9})?)S)?)?$/.exec(text ?? '')
  if (found === null) return 0
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0))
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}

export function isPreview({ mode }: Environment): boolean {
  return mode?.toUpperCase() === 'PREVIEW'
}
