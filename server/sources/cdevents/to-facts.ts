/** Turns CDEvents into facts. */
import type { Fact, Instant, Tier } from '../../facts.ts'
import { Time } from '../../facts.ts'
import { tierOf } from '../../tiers.ts'
import { commitId, idText, told, toldOrNone, webAddress } from '../fact-text.ts'
import { compiled, serviceBy, tierBy } from '../rules.ts'
import type { Filing } from '../source.ts'
import { customObject, type Labels, labelsOf } from './labels.ts'
import type { CdeventsOptions, RunRule } from './options.ts'
import type { CdEvent } from './specification.ts'

/** The facts that an event tells; or, in words, why it tells none. */
export function factsOf(event: CdEvent, options: CdeventsOptions, filing: Pick<Filing, 'sourceId' | 'service'>): Fact[] | string {
  const { kind } = event
  if (kind === null) return 'Events that are not of CDEvents itself are not needed.'
  const telling: Telling = { event, options, labels: labelsOf(event), ...filing }
  switch (kind) {
    case 'service.deployed':
    case 'service.upgraded':
    case 'service.rolledback':
      return options.deployments.services ? [serviceFact(telling)] : 'Events of services are no deployments here.'
    case 'pipelinerun.started':
    case 'pipelinerun.finished':
    case 'taskrun.started':
    case 'taskrun.finished':
      return runFacts(telling)
    case 'change.merged':
      return [changeFact(telling)]
    case 'incident.detected':
    case 'incident.reported':
    case 'incident.resolved':
      return incidentFacts(telling)
    case 'artifact.packaged':
    case 'artifact.published':
    case 'artifact.signed':
    case 'artifact.deleted':
      return artifactFacts(telling)
    default:
      return `The event ${kind} is not needed.`
  }
}

interface Telling {
  event: CdEvent
  options: CdeventsOptions
  labels: Labels
  sourceId: string
  service: string
}

/** A subject is named within its source, which is that of the event where it names none. */
function subjectId({ context, subject }: CdEvent): string {
  return `${subject.source || context.source}#${subject.id}`
}

function commonOf(telling: Telling) {
  return { source: telling.sourceId, updatedAt: telling.event.context.timestamp }
}

function tierIn(options: CdeventsOptions, environment: string): { tier?: Tier | null } {
  const tier = tierBy(options.environments, environment)
  return tier === undefined ? {} : { tier }
}

function commitOf({ options, labels }: Telling): { commit?: string } {
  for (const label of options.commit) {
    const commit = commitId(labels[label])
    if (commit !== undefined) return { commit }
  }
  return {}
}

function optionalText<N extends string>(name: N, text: string | undefined, max: number): { [key in N]?: string } {
  const kept = toldOrNone(text, max)
  return (kept === undefined ? {} : { [name]: kept }) as { [key in N]?: string }
}

function address(text: string | undefined): { url?: string } {
  const url = webAddress(text)
  return url === undefined ? {} : { url }
}

/** The version as its package URL says it, else all that names the artifact. */
function versionOf({ event, labels }: Telling): string | undefined {
  return labels['artifact.version'] ?? event.subject.content.artifactId
}

/** Each event of a service is a deployment of its own: nothing else names it. */
function serviceFact(telling: Telling): Fact {
  const { event, options, labels, service } = telling
  const { context, subject, kind } = event
  const environment = told(subject.content.environment?.id ?? '', 200)
  const isRollback = kind === 'service.rolledback'
  return {
    kind: 'deployment',
    ...commonOf(telling),
    id: idText(`${context.source}#${context.id}`),
    service: toldOrNone(serviceBy(options.service, labels) ?? subject.id, 200) ?? service,
    environment,
    ...tierIn(options, environment),
    ...commitOf(telling),
    ...optionalText('version', versionOf(telling), 500),
    ...optionalText('repository', labels['customData.repository'], 500),
    status: 'succeeded',
    finishedAt: context.timestamp,
    ...(isRollback ? { unplanned: true, labels: ['rollback'] } : {}),
    ...carried(event),
    reported: 'event',
  }
}

/** Ids of changes that a sender names of its own accord. */
function carried({ customData }: CdEvent): { changes?: string[] } {
  const { changes } = customObject(customData) ?? {}
  if (!Array.isArray(changes) || changes.length > 10_000) return {}
  const named = changes.filter((one): one is string => typeof one === 'string' && one !== '').map(idText)
  return named.length === 0 ? {} : { changes: [...new Set(named)] }
}

const outcomes: [RegExp, 'succeeded' | 'failed' | 'cancelled'][] = [
  [/^succe/i, 'succeeded'],
  [/^(?:fail|error)/i, 'failed'],
]

function runFacts(telling: Telling): Fact[] | string {
  const { event, options, labels, service } = telling
  const { context, subject, kind } = event
  const { content } = subject
  const rule = options.deployments.runs.find((one) => isRun(one, kind ?? '', labels))
  if (rule === undefined) return `Runs of ${labels.pipeline ?? labels.task ?? 'what has no name'} are no deployments here.`.slice(0, 300)
  const [about = '', predicate] = (kind ?? '').split('.')
  // An outcome that is missing, or none of those of the specification, says nothing that could be counted.
  const status = outcomes.find(([words]) => words.test(content.outcome ?? ''))?.[1] ?? 'cancelled'
  return [
    {
      kind: 'deployment',
      ...commonOf(telling),
      id: idText(`${about}:${subjectId(event)}`),
      ...address(content.uri ?? content.url),
      service: toldOrNone(rule.service ?? serviceBy(options.service, labels), 200) ?? service,
      environment: rule.environment,
      ...(rule.tier === undefined ? tierIn(options, rule.environment) : { tier: rule.tier }),
      ...commitOf(telling),
      ...optionalText('version', labels['customData.version'], 500),
      ...optionalText('repository', labels['customData.repository'], 500),
      ...(predicate === 'started' ? { status: 'running', startedAt: context.timestamp } : { status, finishedAt: context.timestamp }),
      ...carried(event),
      reported: 'event',
    },
  ]
}

function isRun(rule: RunRule, kind: string, labels: Labels): boolean {
  const [expression, name] = kind.startsWith('pipelinerun.') ? [rule.pipeline, labels.pipeline] : [rule.task, labels.task]
  return expression !== undefined && name !== undefined && compiled(expression).matcher(name).find()
}

/** Numbers of changes repeat from repository to repository. */
function changeFact(telling: Telling): Fact {
  const { event, options, labels, service } = telling
  const { context, subject } = event
  const repository = subject.content.repository?.id
  const own = customObject(event.customData) ?? {}
  const text = (...names: string[]) => names.map((name) => own[name]).find((value) => typeof value === 'string')
  const named = toldOrNone(serviceBy(options.service, labels), 200)
  const openedAt = Time.safeParse(text('openedAt', 'createdAt')).data
  const commits = (Array.isArray(own.commits) ? own.commits : []).flatMap((one) => commitId(typeof one === 'string' ? one : null) ?? [])
  const { commit } = commitOf(telling)
  const place = toldOrNone(repository, 500)
  return {
    kind: 'change',
    ...commonOf(telling),
    id: idText(repository === undefined ? subject.id : `${repository}/${subject.id}`),
    ...address(text('url', 'uri')),
    ...(named === undefined ? (place === undefined ? { service } : {}) : { service: named }),
    ...(place === undefined ? {} : { repository: place }),
    title: told(text('title', 'description') ?? `Change ${subject.id}`, 1000),
    ...optionalText('author', text('author'), 500),
    ...(openedAt !== undefined && openedAt <= context.timestamp ? { openedAt } : {}),
    mergedAt: context.timestamp,
    ...(commit === undefined ? {} : { mergeCommit: commit }),
    commits: [...new Set(commits)].slice(0, 10_000),
  }
}

/** Of an environment that is not production an incident is none of its users'. */
function isOfProduction(options: CdeventsOptions, environment: string): boolean {
  const tier = tierBy(options.environments, environment)
  if (tier !== undefined) return tier === 'production'
  return ['production', null].includes(tierOf(environment))
}

function incidentFacts(telling: Telling): Fact[] | string {
  const { event, options, labels } = telling
  const { context, subject, kind } = event
  const { content } = subject
  if (options.incidents === false) return 'Incidents are not taken from here.'
  const environment = content.environment?.id ?? ''
  if (!isOfProduction(options, environment)) return `Incidents of the environment ${environment.slice(0, 200)} are not counted.`
  const isEnd = kind === 'incident.resolved'
  const common = { source: telling.sourceId, ...versionTime(kind, context.timestamp) }
  return [
    {
      kind: 'incident',
      ...common,
      id: idText(subjectId(event)),
      ...address(content.ticketURI),
      ...optionalText('service', serviceBy(options.service, labels), 200),
      title: told(content.description || `Incident ${subject.id}`, 1000),
      ...optionalText('severity', labels['customData.severity'], 100),
      // The beginning is told by an event of its own, with which this one is joined.
      openedAt: context.timestamp,
      ...(isEnd ? { resolvedAt: context.timestamp } : {}),
      // The artifact that ends an incident is the remedy, not the culprit.
      ...(options.incidents.culprit === 'artifact' && !isEnd ? optionalText('version', versionOf(telling), 500) : {}),
    },
  ]
}

/** A report may be written after all is over, and opens nothing anew: it is no later version. */
function versionTime(kind: string | null, at: Instant): { updatedAt?: Instant } {
  return kind === 'incident.reported' ? {} : { updatedAt: at }
}

/** Artifacts are no facts yet: what links an artifact to its change (`artifact.packaged`) and to its place (`artifact.published`) goes here. */
function artifactFacts({ event }: Telling): Fact[] | string {
  return `The event ${event.kind} is not needed.`
}
