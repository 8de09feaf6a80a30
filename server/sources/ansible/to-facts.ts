/** Turns jobs and runs into deployments, and says why the rest is none. */
import type { Deployment, DeploymentStatus, Instant } from '../../facts.ts'
import { tierOf } from '../../tiers.ts'
import { commitId, told, webAddress } from '../fact-text.ts'
import { compiled, serviceBy, tierBy } from '../rules.ts'
import type { AnsibleOptions, Rule } from './options.ts'
import type { Job, Notification, Playbook } from './payloads.ts'

type DeploymentFact = { kind: 'deployment' } & Deployment
type Labels = Readonly<Record<string, string | undefined>>

/** A job or a run, however it was told. */
export interface ToldRun {
  id: string
  /** What rules of deployments look at. */
  template: string
  status: string
  startedAt: Instant | null
  finishedAt: Instant | null
  url: string | undefined
  isCheck: boolean
  /** How many tasks or hosts were changed; null: not known. */
  changed: number | null
  /** All but the first of the slices that one launch is cut into. */
  isFurtherSlice: boolean
  labels: Labels
  marks: string[]
}

/** A run that was looked at: a deployment, or the reason why not. */
export interface Judged {
  name: string
  at: Instant | null
  fact: DeploymentFact | null
  reason: string | null
}

export function ruleFor({ deployments }: Pick<AnsibleOptions, 'deployments'>, template: string): Rule | undefined {
  return deployments.find((rule) => compiled(rule.template).matcher(template).find())
}

const statuses: Record<string, DeploymentStatus> = {
  running: 'running',
  successful: 'succeeded',
  failed: 'failed',
  error: 'failed',
  canceled: 'cancelled',
}

export function judgeRun(run: ToldRun, options: AnsibleOptions, sourceId: string): Judged {
  const name = `${run.template}, ${run.id}`
  const at = run.finishedAt ?? run.startedAt
  const none = (reason: string): Judged => ({ name, at, fact: null, reason })
  const rule = ruleFor(options, run.template)
  if (rule === undefined) return none('no rule takes it')
  if (run.isCheck) return none('it only checked')
  if (run.isFurtherSlice) return none('the first slice of its launch counts')
  const status = Object.hasOwn(statuses, run.status) ? statuses[run.status] : undefined
  if (status === undefined || at === null) return none('it has not started')
  if (status !== 'running' && run.finishedAt === null) return none('when it ended is not known')
  // What was seen running is to end, and counts nowhere.
  const isNothing = status === 'succeeded' && run.changed === 0 && !options.unchanged
  const fact = factOf(run, rule, isNothing ? 'cancelled' : status, at, options, sourceId)
  return { name, at, fact, reason: isNothing ? 'it changed nothing' : reasonOf(fact) }
}

function factOf(
  run: ToldRun,
  rule: Rule,
  status: DeploymentStatus,
  at: Instant,
  options: AnsibleOptions,
  sourceId: string,
): DeploymentFact {
  const by = (rules: AnsibleOptions['service'] | undefined, max: number) => {
    const found = rules && serviceBy(rules, run.labels)
    return found === undefined ? undefined : told(found, max)
  }
  const environment = told(rule.environment ?? by(options.environment, 200) ?? 'production', 200)
  const tier = tierBy(options.environments, environment)
  const startedAt = Math.min(run.startedAt ?? at, at)
  return {
    kind: 'deployment',
    source: sourceId,
    id: told(run.id, 500),
    ...defined('url', run.url),
    updatedAt: status === 'running' ? startedAt : at,
    service: told((rule.service ?? by(options.service, 200) ?? run.template) || 'ansible', 200),
    ...defined('repository', by(options.repository, 500)),
    environment,
    ...(tier === undefined ? {} : { tier }),
    ...defined('commit', commitId(by(options.commit, 100))),
    ...defined('version', by(options.version, 500)),
    status,
    startedAt,
    ...(status === 'running' ? {} : { finishedAt: at }),
    labels: [...run.marks, ...(run.status === 'successful' && run.changed === 0 ? ['unchanged'] : [])],
    reported: 'event',
  }
}

function reasonOf(fact: DeploymentFact): string | null {
  if (fact.status === 'running') return 'it has not ended'
  if (fact.status === 'failed') return 'it failed'
  if (fact.status === 'cancelled') return 'it was cancelled'
  const tier = fact.tier === undefined ? tierOf(fact.environment) : fact.tier
  if (tier === 'production') return null
  return tier === null ? `no rule maps the environment ${fact.environment}` : `the environment ${fact.environment} is ${tier}`
}

export const jobId = (id: number) => `job ${id}`

/** A job of the API. */
export function toldJob(job: Job, url: string): ToldRun {
  const { summary_fields: summary, host_status_counts: counts } = job
  const template = summary?.job_template?.name ?? job.name
  return {
    id: jobId(job.id),
    template,
    status: job.status,
    startedAt: job.started ?? job.created ?? null,
    finishedAt: job.finished ?? null,
    url: webAddress(`${url.replace(/\/api\/controller$/, '')}/#/jobs/playbook/${job.id}`),
    isCheck: job.job_type === 'check',
    changed: counts == null ? null : typeof counts.changed === 'number' ? counts.changed : 0,
    isFurtherSlice: (job.job_slice_count ?? 1) > 1 && (job.job_slice_number ?? 1) > 1,
    labels: {
      template,
      inventory: summary?.inventory?.name ?? undefined,
      project: summary?.project?.name ?? undefined,
      organization: summary?.organization?.name ?? undefined,
      playbook: job.playbook ?? undefined,
      limit: job.limit ?? undefined,
      scm_revision: job.scm_revision ?? undefined,
      scm_branch: job.scm_branch ?? undefined,
      ...namedLabels((summary?.labels?.results ?? []).map(({ name }) => name)),
      ...variables(objectOf(job.extra_vars)),
      // What a playbook found out says more than what it was given.
      ...variables(job.artifacts),
    },
    marks: job.launch_type == null || job.launch_type === '' ? [] : [told(`launch: ${job.launch_type}`, 200)],
  }
}

/** A webhook notification with AWX's usual body, which names the job like its template. */
export function toldNotification(given: Notification): ToldRun {
  const hosts = given.hosts == null ? null : Object.values(given.hosts)
  return {
    id: jobId(given.id),
    template: given.name,
    status: given.status,
    startedAt: given.started ?? null,
    finishedAt: given.finished ?? null,
    url: webAddress(given.url),
    isCheck: false,
    changed: hosts === null || hosts.length === 0 ? null : hosts.reduce((sum, { changed }) => sum + (changed ?? 0), 0),
    isFurtherSlice: false,
    labels: {
      template: given.name,
      inventory: given.inventory ?? undefined,
      project: given.project ?? undefined,
      playbook: given.playbook ?? undefined,
      limit: given.limit ?? undefined,
      ...variables(objectOf(given.extra_vars)),
    },
    marks: [],
  }
}

/** A run of ansible-playbook. */
export function toldPlaybook(given: Playbook): ToldRun {
  const variable = (name: string, value: string | null | undefined) => ({ [`var.shiplog_${name}`]: value ?? undefined })
  return {
    id: `playbook ${given.run}`,
    template: given.playbook,
    status: given.status,
    startedAt: given.started,
    finishedAt: given.finished ?? null,
    url: webAddress(given.url),
    isCheck: given.check === true,
    changed: given.changed ?? null,
    isFurtherSlice: false,
    labels: {
      template: given.playbook,
      playbook: given.playbook,
      inventory: given.inventory ?? undefined,
      limit: given.limit ?? undefined,
      ...variable('service', given.service),
      ...variable('environment', given.environment),
      ...variable('version', given.version),
      ...variable('commit', given.commit),
      ...variable('repository', given.repository),
    },
    marks: [],
  }
}

/** Labels of AWX are single words; those that read `NAME:VALUE` are found under `label.NAME`. */
function namedLabels(names: string[]): Labels {
  const pairs = names.flatMap((text) => {
    const [, name, value] = /^([^:=]+)[:=](.+)$/.exec(text) ?? []
    return name === undefined || value === undefined ? [] : [[`label.${name.trim()}`, value.trim()]]
  })
  return Object.fromEntries(pairs)
}

/** Those with a plain value; what else there is may be secret and is not looked at. */
function variables(value: unknown): Labels {
  if (value === null || typeof value !== 'object') return {}
  const plain = Object.entries(value).filter(([, one]) => ['string', 'number', 'boolean'].includes(typeof one))
  return Object.fromEntries(plain.slice(0, 1000).map(([name, one]) => [`var.${name}`, String(one)]))
}

function objectOf(json: string | null | undefined): unknown {
  try {
    return JSON.parse(json ?? '')
  } catch {
    // YAML, or nothing.
    return {}
  }
}

function defined<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V })
}
