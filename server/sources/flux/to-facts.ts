/** Turns the events of Flux into deployments. */

import { ShiplogError } from '../../errors.ts'
import type { Deployment, Fact, Instant } from '../../facts.ts'
import { told } from '../fact-text.ts'
import { compiled, serviceBy, tierBy } from '../rules.ts'
import type { FluxOptions } from './options.ts'
import type { Event } from './payloads.ts'

const outcomes: Record<string, Record<string, 'succeeded' | 'failed'>> = {
  Kustomization: {
    ReconciliationSucceeded: 'succeeded',
    ReconciliationFailed: 'failed',
    HealthCheckFailed: 'failed',
    BuildFailed: 'failed',
    ValidationFailed: 'failed',
  },
  HelmRelease: { InstallSucceeded: 'succeeded', UpgradeSucceeded: 'succeeded', InstallFailed: 'failed', UpgradeFailed: 'failed' },
}

function outcomeOf(kind: string, reason: string): 'succeeded' | 'failed' | null {
  const reasons = Object.hasOwn(outcomes, kind) ? outcomes[kind] : undefined
  return reasons !== undefined && Object.hasOwn(reasons, reason) ? (reasons[reason] ?? null) : null
}

/** Why an event tells of no deployment; null: it does. */
export function whyNot({ involvedObject: { kind, name }, reason }: Event, { deployments }: FluxOptions): string | null {
  if (!deployments.kinds.some((one) => one === kind)) return `The kind ${told(kind, 50)} is not needed.`
  if (outcomeOf(kind, reason) === null) return `The reason ${told(reason, 50)} is not needed.`
  if (deployments.name !== undefined && !compiled(deployments.name).matcher(name).find()) return 'Its name does not match deployments.name.'
  return null
}

/** Null where the event tells of no deployment; throws ShiplogError `invalid` where it does not say when. */
export function eventFact(event: Event, options: FluxOptions, sourceId: string): Fact | null {
  const { involvedObject: object, reason } = event
  const status = outcomeOf(object.kind, reason)
  if (status === null || whyNot(event, options) !== null) return null
  const labels = labelsOf(event)
  const revision = labels.revision ?? ''
  // Without a revision nothing tells it from the reconciliations of every few minutes.
  if (revision === '') return null
  const at = instant(event.timestamp)
  const tier = tierBy(options.environments, environmentOf(labels, options))
  const { commit, version } = versionOf(object.kind, labels, options)
  const fact: { kind: 'deployment' } & Deployment = {
    kind: 'deployment',
    source: sourceId,
    id: told(`${object.uid || `${object.kind}/${object.namespace ?? ''}/${object.name}`}:${releaseOf(event) ?? revision}`, 500),
    service: told(serviceBy(options.service, labels) ?? object.name, 200),
    environment: environmentOf(labels, options),
    ...(tier === undefined ? {} : { tier }),
    ...(commit === null ? {} : { commit }),
    ...(version === null ? {} : { version }),
    status,
    finishedAt: at,
    updatedAt: precedence(status, at),
    reported: 'event',
  }
  return fact
}

/** The releases that Helm made are numbered, as in `shop/cart.v12`; one that it could not make has no number. */
function releaseOf({ involvedObject: { kind }, message }: Event): string | null {
  if (kind !== 'HelmRelease') return null
  return /\brelease \S{1,300}\.(v\d{1,9})\b/.exec((message ?? '').slice(0, 2000))?.[1] ?? null
}

/** Reconciliations repeat what is live: the first success of a revision is its deployment, and comes before every failure. */
function precedence(status: 'succeeded' | 'failed', at: Instant): Instant {
  const origin = status === 'succeeded' ? Date.UTC(9000, 0, 1) : Date.UTC(5000, 0, 1)
  return Math.max(0, origin - at)
}

function versionOf(kind: string, labels: Record<string, string>, options: FluxOptions): { commit: string | null; version: string | null } {
  const said = options.commit.flatMap((key) => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.exec(labels[key] ?? '')?.[0] ?? [])[0]
  const synced = options.revision === 'application' ? (shaOf(labels.originRevision) ?? shaOf(labels.revision)) : null
  const chart = kind === 'HelmRelease' ? labels['app-version'] || labels.revision : undefined
  const version = labels.version || chart
  return { commit: (said ?? synced)?.toLowerCase() ?? null, version: version ? told(version, 500) : null }
}

/** Of `main@sha1:<id>`, or of `main/<id>` as older ones write it; a digest of an OCI artifact is no commit. */
function shaOf(revision: string | undefined): string | null {
  return /(?:^|[@/])(?:sha1:)?([0-9a-f]{40})$/i.exec(revision ?? '')?.[1] ?? null
}

/** What the rules of a configuration can ask for. Older controllers write their own name before keys. */
function labelsOf({ involvedObject: { kind, name, namespace }, metadata }: Event): Record<string, string> {
  const given = Object.entries(metadata ?? {}).flatMap(([key, value]): [string, string][] =>
    value === null ? [] : [[key.replace(/^(?:[\w.-]+\.toolkit\.fluxcd\.io)\//, ''), value]],
  )
  return { ...Object.fromEntries(given), kind, name, namespace: namespace ?? '' }
}

function environmentOf(labels: Record<string, string>, { environment }: FluxOptions): string {
  return told(serviceBy(environment, labels) || labels.namespace || 'default', 200)
}

function instant(text: string): Instant {
  const at = Date.parse(text)
  if (!Number.isNaN(at) && at >= 0 && at < Date.UTC(4000, 0, 1)) return at
  throw new ShiplogError('invalid', 'The delivery of an event is not as its system describes it: timestamp: it is no time.')
}
