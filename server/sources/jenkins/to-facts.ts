/** Turns builds and stages of Jenkins into deployments, and says why the rest is none. */
import type { Deployment, DeploymentStatus, Instant } from '../../facts.ts'
import { tierOf } from '../../tiers.ts'
import { commitId, latestInstant, told, webAddress } from '../fact-text.ts'
import { compiled, serviceBy, tierBy } from '../rules.ts'
import { branchOf, isPullRequest, type Job, lastOf, parentOf, pathOf, projectOf, repositoryOf } from './job-names.ts'
import type { JenkinsOptions, Rule } from './options.ts'
import type { Build, Stage } from './payloads.ts'

/** A build as the API or a notification tells it. */
export interface ToldBuild {
  job: Job
  number: number
  /** Tells it from the build that had its number before the job was made anew. */
  generation?: Instant
  url: string | undefined
  isPipeline: boolean
  startedAt: Instant
  /** Null while it is building. */
  finishedAt: Instant | null
  result: string | null
  checkout?: { remote?: string | undefined; branch?: string | undefined; commit?: string | undefined }
  parameters: Readonly<Record<string, string>>
  causes: string[]
}

type DeploymentFact = { kind: 'deployment' } & Deployment

/** A build or a stage that was looked at: a deployment, or the reason why not. */
export interface Judged {
  name: string
  at: Instant
  fact: DeploymentFact | null
  reason: string | null
}

/** The rules whose job matches; the first says whether builds or stages are the deployments. Empty: the job is none. */
export function rulesFor(options: Pick<JenkinsOptions, 'deployments' | 'pullRequests'>, job: Job): Rule[] {
  if (isPullRequest(job) && !options.pullRequests) return []
  const rules = options.deployments.filter((rule) => compiled(rule.job).matcher(job.name).find())
  const [first] = rules
  return first === undefined || first.stage === undefined ? rules.slice(0, 1) : rules.filter(({ stage }) => stage !== undefined)
}

/** What begins the ids of all deployments of a job, and of all of a build. */
export const jobPrefix = (job: string) => `${job}#`

export function buildId({ job, number, generation }: Pick<ToldBuild, 'job' | 'number' | 'generation'>): string {
  return told(`${jobPrefix(job.name)}${number}${generation === undefined ? '' : `@${generation}`}`, 280)
}

/** `stages`: those of a pipeline, in their order; needed where a rule names stages. */
export function judgeBuild(build: ToldBuild, rules: Rule[], stages: Stage[], options: JenkinsOptions, sourceId: string): Judged[] {
  const [rule] = rules
  const name = `${build.job.name} #${build.number}`
  if (rule === undefined) return [{ name, at: build.startedAt, fact: null, reason: reasonWithoutRule(build.job) }]
  if (rule.stage !== undefined) return judgeStages(build, rules, stages, options, sourceId)
  const status = build.finishedAt === null ? 'running' : statusOfResult(build.result, options)
  const fact = factOf(build, { id: buildId(build), rule, status, ...timesOf(build) }, options, sourceId)
  return [{ name, at: build.finishedAt ?? build.startedAt, fact, reason: reasonOf(fact) }]
}

function reasonWithoutRule(job: Job): string {
  return isPullRequest(job) ? 'it is of a pull request' : 'no rule takes the job'
}

function timesOf({ startedAt, finishedAt }: { startedAt: Instant; finishedAt: Instant | null }) {
  return finishedAt === null ? { startedAt } : { startedAt: Math.min(startedAt, finishedAt), finishedAt }
}

function judgeStages(build: ToldBuild, rules: Rule[], stages: Stage[], options: JenkinsOptions, sourceId: string): Judged[] {
  const of = `${build.job.name} #${build.number}`
  if (!build.isPipeline) return [{ name: of, at: build.startedAt, fact: null, reason: 'it is no pipeline and has no stages' }]
  const judged: Judged[] = []
  const seen = new Map<string, number>()
  for (const stage of stages) {
    const rule = ruleOfStage(rules, stage)
    if (rule === undefined) continue
    const count = (seen.get(stage.name) ?? 0) + 1
    seen.set(stage.name, count)
    const name = `${stage.name} of ${of}`
    const outcome = outcomeOfStage(build, stage, options)
    if (typeof outcome === 'string') {
      judged.push({ name, at: stage.startTimeMillis || build.startedAt, fact: null, reason: outcome })
      continue
    }
    const id = `${buildId(build)}/${told(stage.name, 200)}${count > 1 ? ` ${count}` : ''}`
    const fact = factOf(build, { id, rule, stage, ...outcome }, options, sourceId)
    judged.push({ name, at: outcome.finishedAt ?? outcome.startedAt, fact, reason: reasonOf(fact) })
  }
  if (judged.length > 0) return judged
  const reason = build.finishedAt === null ? 'its pipeline has not come to such a stage' : 'none of its stages matches'
  return [{ name: of, at: build.startedAt, fact: null, reason }]
}

export function ruleOfStage(rules: Rule[], { name }: Pick<Stage, 'name'>): Rule | undefined {
  return rules.find(({ stage }) => stage !== undefined && compiled(stage).matcher(name).find())
}

interface Outcome {
  status: DeploymentStatus
  startedAt: Instant
  finishedAt?: Instant
}

/** Waiting for a person before the work began is no part of it. A text: why it is no deployment. */
function outcomeOfStage(build: ToldBuild, stage: Stage, options: JenkinsOptions): Outcome | string {
  const began = stage.startTimeMillis
  const ended = Math.min(latestInstant, began + (stage.durationMillis ?? 0))
  const times = timesOf({ startedAt: began + (stage.pauseDurationMillis ?? 0), finishedAt: ended }) as {
    startedAt: Instant
    finishedAt: Instant
  }
  switch (stage.status) {
    case 'SUCCESS':
      return { status: 'succeeded', ...times }
    case 'UNSTABLE':
      return { status: options.unstable, ...times }
    case 'FAILED':
    case 'FAILURE':
      return { status: 'failed', ...times }
    case 'ABORTED':
      return { status: 'cancelled', ...times }
    case 'NOT_EXECUTED':
      return 'it was not executed'
    case 'IN_PROGRESS':
    case 'PAUSED_PENDING_INPUT':
      break
    default:
      return `its outcome is not known (${told(stage.status ?? 'none', 50)})`
  }
  // A pipeline that was torn down leaves its stages as they were.
  if (build.finishedAt !== null) {
    const status = build.result === 'FAILURE' ? 'failed' : 'cancelled'
    return { status, ...timesOf({ startedAt: began, finishedAt: Math.max(began, build.finishedAt) }) }
  }
  return stage.status === 'IN_PROGRESS' ? { status: 'running', startedAt: began } : 'it waits for a person'
}

function statusOfResult(result: string | null, { unstable }: Pick<JenkinsOptions, 'unstable'>): DeploymentStatus {
  if (result === 'SUCCESS') return 'succeeded'
  if (result === 'UNSTABLE') return unstable
  return result === 'FAILURE' ? 'failed' : 'cancelled'
}

function reasonOf(fact: DeploymentFact): string | null {
  if (fact.status === 'running') return 'it has not ended'
  if (fact.status === 'failed') return 'it failed'
  if (fact.status === 'cancelled') return 'it was aborted or not built'
  const tier = fact.tier === undefined ? tierOf(fact.environment) : fact.tier
  if (tier === 'production') return null
  return tier === null ? `no rule maps the environment ${fact.environment}` : `the environment ${fact.environment} is ${tier}`
}

interface Attempt extends Outcome {
  id: string
  rule: Rule
  stage?: Stage
}

function factOf(build: ToldBuild, attempt: Attempt, options: JenkinsOptions, sourceId: string): DeploymentFact {
  const { id, rule, stage, status, startedAt, finishedAt } = attempt
  const labels = labelsOf(build, stage)
  const by = (rules: JenkinsOptions['service'] | undefined, max: number) => {
    const found = rules && serviceBy(rules, labels)
    return found === undefined ? undefined : told(found, max)
  }
  const environment = told(rule.environment ?? by(options.environment, 200) ?? 'production', 200)
  const tier = tierBy(options.environments, environment)
  // Another commit than that of the checkout is deployed where a rule says so.
  const commit = options.commit === undefined ? build.checkout?.commit : by(options.commit, 100)
  return {
    kind: 'deployment',
    source: sourceId,
    id,
    ...defined('url', build.url),
    updatedAt: finishedAt ?? startedAt,
    service: told(rule.service ?? by(options.service, 200) ?? projectOf(build.job), 200),
    ...defined('repository', by(options.repository, 500)),
    environment,
    ...(tier === undefined ? {} : { tier }),
    ...defined('commit', commitId(commit)),
    ...defined('version', by(options.version, 500)),
    status,
    startedAt,
    ...defined('finishedAt', finishedAt),
    labels: [...build.causes.map((cause) => `cause: ${cause}`), ...(isUnstable(build, stage) ? ['unstable'] : [])],
    reported: 'event',
  }
}

function isUnstable({ result }: ToldBuild, stage: Stage | undefined): boolean {
  return (stage === undefined ? result : stage.status) === 'UNSTABLE'
}

function labelsOf(build: ToldBuild, stage: Stage | undefined): Record<string, string | undefined> {
  const { job, checkout, parameters } = build
  const project = projectOf(job)
  return {
    job: job.name,
    project,
    name: lastOf(project),
    folder: parentOf(project),
    branch: job.isBranch ? branchOf(job.name) : checkout?.branch,
    repository: checkout?.remote === undefined ? undefined : repositoryOf(checkout.remote),
    stage: stage?.name,
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`parameter.${name}`, value])),
  }
}

/** A build of the API. */
export function toldBuild(build: Build, job: Job, options: Pick<JenkinsOptions, 'url' | 'checkout'>, generation?: Instant): ToldBuild {
  const isBuilding = build.building ?? (build.result === null || build.result === undefined)
  const actions = (build.actions ?? []).flatMap((action) => action ?? [])
  const parameters = actions.flatMap(({ parameters: given }) => given ?? []).map(({ name, value }) => [name, value] as const)
  const checkout = checkoutOf(actions, job, options.checkout)
  return {
    job,
    number: build.number,
    ...defined('generation', generation),
    url: options.url === undefined ? undefined : webAddress(`${options.url}${pathOf(job.name)}/${build.number}/`),
    isPipeline: /\.WorkflowRun$/.test(build._class ?? ''),
    startedAt: build.timestamp,
    finishedAt: isBuilding ? null : Math.min(latestInstant, build.timestamp + (build.duration ?? 0)),
    result: build.result ?? null,
    ...defined('checkout', checkout),
    parameters: parametersOf(parameters),
    causes: causesOf(actions.flatMap(({ causes }) => causes ?? []).map(({ _class }) => _class ?? '')),
  }
}

type Action = NonNullable<NonNullable<Build['actions']>[number]>

/** Shared libraries are checked out too: of several repositories that which is named, else the one with the name of the project, else none. */
function checkoutOf(actions: Action[], job: Job, expression: string | undefined): ToldBuild['checkout'] {
  const found = actions.flatMap(({ lastBuiltRevision, remoteUrls }) => {
    const remotes = remoteUrls ?? []
    const branch = lastBuiltRevision?.branch?.find(({ name }) => name)?.name ?? undefined
    const commit = commitId(lastBuiltRevision?.SHA1)
    return commit === undefined ? [] : [{ remotes, remote: remotes[0], branch: branch && plainBranch(branch), commit }]
  })
  if (expression !== undefined) return found.find(({ remotes }) => remotes.some((remote) => compiled(expression).matcher(remote).find()))
  if (new Set(found.map(({ remote }) => remote)).size <= 1) return found[0]
  const name = lastOf(projectOf(job)).toLowerCase()
  return found.find(({ remote }) => lastOf(repositoryOf(remote ?? '') ?? '').toLowerCase() === name)
}

export function plainBranch(ref: string): string {
  return ref.replace(/^refs\/(?:remotes\/[^/]+|heads|tags)\//, '').replace(/^origin\//, '')
}

/** Those with a plain value, without empty ones. */
export function parametersOf(given: (readonly [string, unknown])[]): Record<string, string> {
  const plain = given.filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value) && value !== '')
  return Object.fromEntries(plain.slice(0, 500).map(([name, value]) => [name, String(value)]))
}

const causes: [RegExp, string][] = [
  [/UserId|\$UserCause/, 'person'],
  [/Replay/, 'replay'],
  [/Rebuild|Restart/, 'rebuild'],
  [/Timer/, 'timer'],
  [/Upstream/, 'upstream'],
  [/Remote/, 'remote'],
  [/SCM|Branch|Push|GitHub|GitLab|Bitbucket/, 'scm'],
]

function causesOf(classes: string[]): string[] {
  return [...new Set(classes.flatMap((name) => causes.find(([expression]) => expression.test(name))?.[1] ?? []))].sort()
}

function defined<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V })
}
