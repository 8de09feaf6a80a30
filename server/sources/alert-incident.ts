/** Alerts, as Alertmanager and Grafana send them, read as incidents: each time that one fires is one of its own. */

import { z } from 'zod'
import { type Fact, type Instant, Time } from '../facts.ts'
import { told, webAddress } from './fact-text.ts'
import { compiled, pattern, type ServiceRules, serviceBy } from './rules.ts'
import type { Filing } from './source.ts'

export type Labels = Readonly<Record<string, string>>

const LabelName = z.string().min(1, 'must be the name of a label, such as severity').max(300)

/** An expression for each of some labels; a label that an alert does not have is an empty text. */
export const LabelPatterns = z.record(LabelName, pattern('^critical$'))
export type LabelPatterns = z.output<typeof LabelPatterns>

/** Which alerts are incidents: those of which every label matches; true: all. */
export const AlertRule = z.union(
  [
    z.literal(true),
    LabelPatterns.refine(
      (rule) => Object.keys(rule).length > 0,
      'must name at least one label, such as severity: ^critical$; write true for all',
    ),
  ],
  'must be true, or an expression for each of some labels such as { severity: ^critical$ }',
)
export type AlertRule = z.output<typeof AlertRule>

/** What makes an incident of an alert, as the options of its source say. */
export interface AlertOptions {
  alerts: AlertRule
  /** Those of which one label matches are none. */
  except: LabelPatterns
  service: ServiceRules
  /** Name of the label that says how bad it is. */
  severity: string
}

/** Why the alert is no incident, in a sentence; null: it is one. */
export function whyNoIncident({ alerts, except }: Pick<AlertOptions, 'alerts' | 'except'>, labels: Labels): string | null {
  const has = (label: string, expression: string) =>
    compiled(expression)
      .matcher(labels[label] ?? '')
      .find()
  for (const [label, expression] of Object.entries(except)) {
    if (has(label, expression)) return `Its label ${label} is what \`except\` leaves out.`
  }
  for (const [label, expression] of alerts === true ? [] : Object.entries(alerts)) {
    if (has(label, expression)) continue
    return labels[label] === undefined ? `It has no label ${label}.` : `Its label ${label} is ${labels[label]}.`
  }
  return null
}

/** Go writes a time that it does not have as the year 1. */
const since1970 = (at: Instant) => at >= 0
const EndTime = Time.transform((at) => (since1970(at) ? at : null))

const Texts = z.record(z.string(), z.string())

/** One of `alerts` in the body of a webhook. */
export const Alert = z.object({
  status: z.string().nullish(),
  labels: Texts,
  annotations: Texts.nullish(),
  startsAt: Time.refine(since1970, 'must not be before 1970'),
  endsAt: EndTime.nullish(),
  generatorURL: z.string().nullish(),
  /** Missing in versions of Alertmanager before 0.20. */
  fingerprint: z.string().nullish(),
})
export type Alert = z.output<typeof Alert>

/** The body of a webhook, of those fields that both systems send. */
export const AlertGroup = z.object({
  alerts: z.array(Alert).max(100_000),
  /** How many were left out, so that the body is not too large. */
  truncatedAlerts: z.number().nullish(),
})
export type AlertGroup = z.output<typeof AlertGroup>

/** The incident that an alert is, whether by the rules it counts or not. */
export function alertFact(alert: Alert, options: AlertOptions, filing: Pick<Filing, 'sourceId' | 'receivedAt'>): Fact {
  const { labels, annotations, startsAt: openedAt } = alert
  const given = /^[\w-]{1,100}$/.exec(alert.fingerprint ?? '')?.[0]
  const resolvedAt = endOf(alert, filing.receivedAt)
  return {
    kind: 'incident',
    source: filing.sourceId,
    id: alertId(given ?? fingerprintOf(labels), openedAt),
    ...aboutAlert(labels, options),
    title: told(titleOf(labels.alertname, annotations?.summary), 1000) || 'An alert without a name',
    ...urlField(alert.generatorURL),
    openedAt,
    ...(resolvedAt === null ? {} : { resolvedAt }),
    updatedAt: resolvedAt ?? openedAt,
  }
}

/** When it was over; null: it fires. A body without a status, of old versions, says it by a time that has come. */
function endOf({ status, startsAt, endsAt = null }: Alert, receivedAt: Instant): Instant | null {
  const isOver = status == null ? endsAt !== null && endsAt <= receivedAt : status === 'resolved'
  return isOver ? Math.max(startsAt, endsAt ?? receivedAt) : null
}

/** Names one firing of one alert. */
export function alertId(fingerprint: string, openedAt: Instant): string {
  return `${fingerprint}@${new Date(openedAt).toISOString()}`
}

/** Service and severity of an incident, by labels; each is missing where none says it. */
export function aboutAlert(labels: Labels, options: Pick<AlertOptions, 'service' | 'severity'>): { service?: string; severity?: string } {
  const service = told(serviceBy(options.service, labels) ?? '', 200)
  const severity = told(labels[options.severity] ?? '', 100)
  return { ...(service === '' ? {} : { service }), ...(severity === '' ? {} : { severity }) }
}

/** The name of the alert, and what its summary says of this time. */
export function titleOf(name = '', summary = ''): string {
  return [name, summary].filter((text) => text.trim() !== '').join(': ')
}

export function urlField(text: string | null | undefined): { url?: string } {
  const url = webAddress(text)
  return url === undefined ? {} : { url }
}

/**
 * What Alertmanager names an alert by: FNV-1a, 64 bits, over names and values of its labels in the order of the names, each ended by the byte
 * 255 (prometheus/common, `model.LabelSet.Fingerprint`). Sixteen hexadecimal digits.
 */
export function fingerprintOf(labels: Labels): string {
  const texts = Object.keys(labels)
    .map((name) => [Buffer.from(name), Buffer.from(labels[name] ?? '')] as const)
    .sort(([a], [b]) => Buffer.compare(a, b))
    .flat()
  let hash = 0xcbf29ce484222325n
  for (const bytes of texts) {
    for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime)
    hash = BigInt.asUintN(64, (hash ^ 255n) * prime)
  }
  return hash.toString(16).padStart(16, '0')
}

const prime = 0x100000001b3n
