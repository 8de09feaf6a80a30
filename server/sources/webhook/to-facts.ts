/** Makes facts of a delivery by the rules of the configuration, and says why where it makes none. */
import { Change, Deployment, type Fact, Incident } from '../../facts.ts'
import { compiled, tierBy } from '../rules.ts'
import type { Filing } from '../source.ts'
import { fieldValue } from './field-value.ts'
import { type FactName, type Field, fields } from './fields.ts'
import type { Condition, Rule, WebhookOptions } from './options.ts'
import { elementsOf, pathText, type Scope, valueAt } from './template.ts'

export interface Made {
  name: FactName
  /** Null where a field that is needed has no value. */
  fact: Fact | null
  /** Why there is no fact. */
  fault: string | null
  /** What was left out of the fact, and why. */
  remarks: string[]
}

const rulesByName = { deployment: 'deployments', incident: 'incidents', change: 'changes' } as const
const names = Object.keys(rulesByName) as FactName[]
/** A delivery that names more things is not one that somebody meant to measure. */
const mostItems = 1000

/** What each rule that takes the delivery makes of it. */
export function madeOf(options: WebhookOptions, scope: Scope, filing: Pick<Filing, 'sourceId' | 'service'>): Made[] {
  return names.flatMap((name) =>
    options[rulesByName[name]].flatMap((rule) => takenBy(rule, scope).map((one) => make(name, rule, one, options, filing))),
  )
}

/** The scopes in which the rule's conditions hold: one for the delivery, or one for each element of its list. */
function takenBy(rule: Rule, scope: Scope): Scope[] {
  const list = rule.each === undefined ? null : valueAt(rule.each, scope)
  const scopes =
    list === null ? [scope] : (Array.isArray(list) ? list : elementsOf(list)).slice(0, mostItems).map((item) => ({ ...scope, item }))
  return scopes.filter((one) => rule.when.every((condition) => holds(condition, one)))
}

export function isTaken(options: WebhookOptions, scope: Scope): boolean {
  return names.some((name) => options[rulesByName[name]].some((rule) => takenBy(rule, scope).length > 0))
}

/** Why no rule takes the delivery: the first condition of each that does not hold. */
export function whyNot(options: WebhookOptions, scope: Scope): string {
  const reasons = names.flatMap((name) =>
    options[rulesByName[name]].map((rule) => {
      const failing = rule.when.find((condition) => condition.path.root !== 'item' && !holds(condition, scope))
      if (failing !== undefined) return conditionText(failing, scope)
      return rule.each === undefined ? 'no rule takes it' : `no element of ${pathText(rule.each)} keeps the conditions`
    }),
  )
  return reasons.length === 0 ? 'there is no rule yet' : [...new Set(reasons)].slice(0, 3).join('; ')
}

function holds(condition: Condition, scope: Scope): boolean {
  const value = valueAt(condition.path, scope)
  const isThere = value !== undefined && value !== null
  if ('exists' in condition) return isThere === condition.exists
  const texts = (Array.isArray(value) ? value : isThere ? [value] : []).filter((one) => typeof one !== 'object').map(String)
  if ('matches' in condition) return texts.some((text) => compiled(condition.matches).matcher(text).find())
  return texts.some((text) => condition.oneOf.includes(text)) !== condition.not
}

function conditionText(condition: Condition, scope: Scope): string {
  const value = valueAt(condition.path, scope)
  const said = value === undefined || value === null ? 'nothing' : (JSON.stringify(value) ?? '').slice(0, 60)
  const wanted =
    'exists' in condition
      ? condition.exists
        ? 'something'
        : 'nothing'
      : 'matches' in condition
        ? `what matches ${condition.matches}`
        : `${condition.not ? 'not ' : ''}${condition.oneOf.join(' or ')}`
  return `${pathText(condition.path)} is ${said}; the rule takes ${wanted}`.slice(0, 500)
}

const shapes = { deployment: Deployment, incident: Incident, change: Change }

function make(name: FactName, rule: Rule, scope: Scope, options: WebhookOptions, filing: Pick<Filing, 'sourceId' | 'service'>): Made {
  const values: Record<string, unknown> = {}
  const remarks: string[] = []
  for (const [field, about] of Object.entries(fields[name] as Record<string, Field>)) {
    const filling = rule.values[field]
    if (filling === undefined) continue
    const outcome = fieldValue(filling, about, scope)
    if ('value' in outcome) values[field] = outcome.value
    else if (about.required) return { name, fact: null, fault: `${field}: ${outcome.fault}`, remarks }
    else if (!outcome.fault.startsWith('nothing ')) remarks.push(`${field} left out: ${outcome.fault}`)
  }
  const complete = completed(name, values, scope.receivedAt, options, filing)
  const parsed = shapes[name].safeParse({ source: filing.sourceId, ...complete })
  if (parsed.success) return { name, fact: { kind: name, ...parsed.data } as Fact, fault: null, remarks }
  const [issue] = parsed.error.issues
  return { name, fact: null, fault: `${issue?.path.join('.')}: ${issue?.message}`, remarks }
}

type Values = Record<string, unknown>

/** With what follows from the rest. Times are texts of one form, so that their order is that of the letters. */
function completed(name: FactName, values: Values, receivedAt: number, options: WebhookOptions, filing: Pick<Filing, 'service'>): Values {
  if (name === 'deployment') return completeDeployment(values, receivedAt, options, filing)
  if (name === 'incident') return completeIncident(values, receivedAt)
  const place = values.service === undefined && values.repository === undefined ? { service: filing.service } : {}
  return { commits: [], ...place, ...values, updatedAt: values.updatedAt ?? values.mergedAt }
}

function completeDeployment(values: Values, receivedAt: number, options: WebhookOptions, { service }: Pick<Filing, 'service'>): Values {
  const { environment = 'production', status } = values
  const tier = tierBy(options.environments, String(environment))
  const isOver = status !== 'running'
  const finishedAt = isOver ? (values.finishedAt ?? values.updatedAt ?? instant(receivedAt)) : undefined
  const updatedAt = values.updatedAt ?? finishedAt ?? values.startedAt ?? instant(receivedAt)
  const { finishedAt: _, startedAt, ...rest } = values
  return {
    service,
    environment,
    ...(tier === undefined ? {} : { tier }),
    ...rest,
    ...(startedAt === undefined ? {} : { startedAt: finishedAt === undefined ? startedAt : earlier(startedAt, finishedAt) }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    updatedAt,
    reported: 'event',
  }
}

/** A state without its time has that of the version. */
function completeIncident({ status, ...values }: Values, receivedAt: number): Values {
  const stated = values.updatedAt ?? instant(receivedAt)
  const openedAt = values.openedAt ?? stated
  const complete: Values = { ...values, openedAt }
  const timeOfState = { acknowledged: 'acknowledgedAt', mitigated: 'mitigatedAt', resolved: 'resolvedAt' }[String(status)]
  if (timeOfState !== undefined) complete[timeOfState] ??= stated
  if (status !== undefined && status !== 'resolved') delete complete.resolvedAt
  for (const field of ['acknowledgedAt', 'mitigatedAt', 'resolvedAt']) {
    if (complete[field] !== undefined) complete[field] = later(complete[field], openedAt)
  }
  const last = [complete.resolvedAt, complete.mitigatedAt, complete.acknowledgedAt, openedAt].reduce((a, b) =>
    a === undefined ? b : b === undefined ? a : later(a, b),
  )
  return { ...complete, updatedAt: values.updatedAt ?? last }
}

function instant(at: number): string {
  return new Date(at).toISOString()
}

function earlier(one: unknown, other: unknown): unknown {
  return String(one) < String(other) ? one : other
}

function later(one: unknown, other: unknown): unknown {
  return String(one) > String(other) ? one : other
}
