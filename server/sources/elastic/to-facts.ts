/** Alerts of Kibana and executions of watches as incidents. */
import { ShiplogError } from '../../errors.ts'
import type { Fact, Incident, Instant } from '../../facts.ts'
import { clip } from '../../git/text.ts'
import { tierOf } from '../../tiers.ts'
import { matched, serviceBy, tierBy } from '../rules.ts'
import type { ElasticOptions } from './options.ts'
import { type Document, instantOf } from './payloads.ts'

/** Why an alert is no incident. */
export type Reading = { fact: Fact } | { reason: string }

/** Fields that every alert is read by, besides those that rules name. */
export const alertFields = [
  '@timestamp',
  'kibana.alert.uuid',
  'kibana.alert.status',
  'kibana.alert.start',
  'kibana.alert.end',
  'kibana.alert.severity',
  'kibana.alert.workflow_status',
  'kibana.alert.workflow_status_updated_at',
  'kibana.alert.instance.id',
  'kibana.alert.url',
  'kibana.alert.rule.name',
  'kibana.alert.rule.producer',
  'kibana.alert.rule.tags',
  'service.name',
  'service.environment',
]

/** Fields that the rules of the options name. */
export function ruleFields({ service, severity }: Pick<ElasticOptions, 'service' | 'severity'>): string[] {
  return [...service, ...severity].map((rule) => (typeof rule === 'string' ? rule : rule.label))
}

/** The incident of an alert's document, as it is collected or sent; throws ShiplogError `invalid` where it does not say what it must. */
export function readAlert(options: ElasticOptions, sourceId: string, document: Document): Reading {
  const uuid = document['kibana.alert.uuid']
  if (uuid === undefined) throw lacking('kibana.alert.uuid')
  const reason = whyNot(options, document)
  if (reason !== null) return { reason }
  const openedAt = instantOf(document['kibana.alert.start'])
  if (openedAt === undefined) throw lacking('kibana.alert.start')
  const status = document['kibana.alert.status'] ?? ''
  if (!['active', 'recovered', 'untracked'].includes(status)) throw lacking('kibana.alert.status')
  const ended = status === 'active' ? closedAt(document) : (instantOf(document['kibana.alert.end']) ?? instantOf(document['@timestamp']))
  if (status !== 'active' && ended === undefined) throw lacking('kibana.alert.end')
  const rule = document['kibana.alert.rule.name'] ?? 'Alert'
  const instance = document['kibana.alert.instance.id'] ?? '*'
  const times = timesOf(openedAt, acknowledgedAt(document), ended)
  const title = instance === '*' || instance === rule ? rule : `${rule}: ${instance}`
  return { fact: incidentOf(options, sourceId, document, { id: clip(uuid, 500), title, ...times }) }
}

/** The incident of one execution of a watch, or of what ended it. */
export function readWatch(options: ElasticOptions, sourceId: string, document: Document): Reading {
  const watch = document.watch_id
  if (watch === undefined) throw lacking('watch_id')
  const reason = whyNot(options, { 'kibana.alert.rule.name': watch, ...document })
  if (reason !== null) return { reason }
  // Each execution is an incident of its own unless the watch names it, such as by the monitor and when it went down.
  const name = document.incident ?? document['metadata.incident'] ?? document['vars.incident'] ?? document.id
  if (name === undefined) throw lacking('id')
  const at = instantOf(document.execution_time) ?? instantOf(document['trigger.triggered_time'])
  const status = document.status ?? 'active'
  if (status !== 'active' && status !== 'recovered') throw lacking('status')
  const openedAt = instantOf(document.start) ?? (status === 'active' ? at : undefined)
  if (openedAt === undefined) throw lacking(status === 'active' ? 'execution_time' : 'start')
  const ended = status === 'active' ? undefined : (instantOf(document.end) ?? at)
  if (status === 'recovered' && ended === undefined) throw lacking('end')
  const title = document.title ?? document['metadata.name'] ?? watch
  const id = clip(`watch:${watch}:${name}`, 500)
  return { fact: incidentOf(options, sourceId, document, { id, title, ...timesOf(openedAt, undefined, ended) }) }
}

type Times = Pick<Incident, 'openedAt' | 'acknowledgedAt' | 'resolvedAt' | 'updatedAt'>

/** Clocks of several machines: nothing comes before the opening. The time of the version is that of the last thing that happened. */
function timesOf(openedAt: Instant, acknowledged: Instant | undefined, ended: Instant | undefined): Times {
  const from = (at: Instant | undefined) => (at === undefined ? undefined : Math.max(at, openedAt))
  const [acknowledgedAt, resolvedAt] = [from(acknowledged), from(ended)]
  return {
    openedAt,
    ...(acknowledgedAt === undefined ? {} : { acknowledgedAt }),
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    updatedAt: Math.max(openedAt, acknowledgedAt ?? openedAt, resolvedAt ?? openedAt),
  }
}

function incidentOf(
  options: ElasticOptions,
  source: string,
  document: Document,
  { id, title, ...times }: Times & { id: string; title: string },
): Fact {
  const service = whole(serviceBy(options.service, document))
  const severity = whole(serviceBy(options.severity, document))
  const url = urlOf(document)
  return {
    kind: 'incident',
    source,
    id,
    title: clip(title, 1000),
    ...(service === undefined ? {} : { service }),
    ...(severity === undefined ? {} : { severity: clip(severity, 100) }),
    ...(url === undefined ? {} : { url }),
    ...times,
  }
}

/** A name that was cut may end in half a character. */
function whole(name: string | undefined): string | undefined {
  return name?.replace(/\p{Cs}/gu, '') || undefined
}

function whyNot({ rules, securityAlerts, environments }: ElasticOptions, document: Document): string | null {
  const rule = document['kibana.alert.rule.name'] ?? ''
  if (rules !== undefined && matched(rule, rules) === null) return 'its rule is not among those of the option rules'
  if (!securityAlerts && document['kibana.alert.rule.producer'] === 'siem') return 'it is an alert of security, and securityAlerts is false'
  const environment = document['service.environment'] ?? document['metadata.environment']
  if (environment === undefined) return null
  const mapped = tierBy(environments, environment)
  const tier = mapped === undefined ? tierOf(environment) : mapped
  return tier === 'production' || (tier === null && mapped === undefined) ? null : `${clip(environment, 100)} is not production`
}

/** People acknowledge and close alerts in Kibana; without a time of that it is not known when. */
function acknowledgedAt(document: Document): Instant | undefined {
  if (!['acknowledged', 'closed'].includes(document['kibana.alert.workflow_status'] ?? '')) return undefined
  return instantOf(document['kibana.alert.workflow_status_updated_at'])
}

/** A person may close what its rule still finds, or, as in security, never looks at again. */
function closedAt(document: Document): Instant | undefined {
  if (document['kibana.alert.workflow_status'] !== 'closed') return undefined
  return instantOf(document['kibana.alert.workflow_status_updated_at'])
}

/** Kibana leaves out its own address where it does not know it. */
function urlOf(document: Document): string | undefined {
  const url = document['kibana.alert.url'] ?? document.url
  if (url === undefined || url.length > 2000 || !/^https?:\/\//.test(url) || !URL.canParse(url)) return undefined
  return url
}

function lacking(field: string): ShiplogError {
  return new ShiplogError(
    'invalid',
    `The delivery does not say ${field} as it should. Use the body that docs/sources/elastic.md shows, and see what it becomes in Kibana's log of the action.`,
  )
}
