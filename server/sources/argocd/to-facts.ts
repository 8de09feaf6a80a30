/** Turns applications into deployments: their history tells those that succeeded, their last operation one that failed. */

import type { Deployment, Fact, Instant } from '../../facts.ts'
import { told } from '../fact-text.ts'
import { compiled, serviceBy, tierBy } from '../rules.ts'
import type { ArgocdOptions } from './options.ts'
import type { Application, HistoryEntry } from './payloads.ts'

export interface Sync {
  status: 'succeeded' | 'failed'
  startedAt: Instant
  finishedAt: Instant
  revisions: string[]
  /** Null: not told, as of all but the last. */
  images: string[] | null
  /** Why it is no deployment; null: it is one. */
  reason: string | null
}

/** Oldest first; those that are told incompletely are left out. */
export function syncsOf(app: Application, options: ArgocdOptions): Sync[] {
  const history = [...(app.status?.history ?? [])].sort((a, b) => (a.id ?? 0) - (b.id ?? 0))
  const syncs = history.flatMap((entry, index): Sync[] => {
    const finishedAt = instant(entry.deployedAt)
    if (finishedAt === null) return []
    const startedAt = Math.min(instant(entry.deployStartedAt) ?? finishedAt, finishedAt)
    const before = history[index - 1]
    const isRepeat = before !== undefined && contentOf(before) === contentOf(entry)
    const images = index === history.length - 1 ? imagesOf(app, startedAt) : null
    const reason = isRepeat ? 'It was synced again; nothing was changed.' : notDeployed(app, options)
    return [{ status: 'succeeded', startedAt, finishedAt, revisions: revisionsOf(entry), images, reason }]
  })
  const failed = failedSync(app, options)
  return failed === null ? syncs : [...syncs, failed]
}

function failedSync(app: Application, options: ArgocdOptions): Sync | null {
  const state = app.status?.operationState
  if (state?.phase !== 'Failed' && state?.phase !== 'Error') return null
  const [startedAt, finishedAt] = [instant(state.startedAt), instant(state.finishedAt)]
  const sync = state.operation?.sync
  if (startedAt === null || finishedAt === null || sync?.dryRun || (sync?.resources?.length ?? 0) > 0) return null
  const revisions = revisionsOf(state.syncResult ?? {})
  const from = Math.min(startedAt, finishedAt)
  return { status: 'failed', startedAt: from, finishedAt, revisions, images: null, reason: notDeployed(app, options) }
}

/** One that brings no images brings other applications, or configuration. */
function notDeployed({ metadata, status }: Application, { revision, deployments }: ArgocdOptions): string | null {
  const { name } = deployments
  if (name !== undefined && !compiled(name).matcher(metadata.name).find()) return 'Its name does not match deployments.name.'
  const images = status?.summary?.images
  return revision === 'manifests' && Array.isArray(images) && images.length === 0 ? 'It runs no images.' : null
}

function revisionsOf({ revision, revisions }: { revision?: string | null; revisions?: string[] | null }): string[] {
  return revisions && revisions.length > 0 ? revisions : revision ? [revision] : []
}

function contentOf(entry: HistoryEntry): string {
  return JSON.stringify([revisionsOf(entry), entry.source ?? null, entry.sources ?? null])
}

/** What the sync itself tells, else what runs now. */
function imagesOf({ status }: Application, startedAt: Instant): string[] | null {
  const state = status?.operationState
  const isThis = instant(state?.startedAt) === startedAt
  const synced = isThis ? (state?.syncResult?.resources ?? []).flatMap(({ images }) => images ?? []) : []
  return synced.length > 0 ? synced : (status?.summary?.images ?? null)
}

export function appFacts(app: Application, options: ArgocdOptions, sourceId: string): Fact[] {
  return syncsOf(app, options)
    .filter(({ reason }) => reason === null)
    .map((sync) => syncFact(app, sync, options, sourceId))
}

function syncFact(app: Application, sync: Sync, options: ArgocdOptions, sourceId: string): Fact {
  const { status, startedAt, finishedAt, images } = sync
  const service = serviceOf(app, options)
  const environment = environmentOf(app, options)
  const tier = tierBy(options.environments, environment)
  const { commit, version, digest } = versionOf(app, sync, options, service)
  const fact: { kind: 'deployment' } & Deployment = {
    kind: 'deployment',
    source: sourceId,
    id: told(`${app.metadata.namespace ?? ''}/${app.metadata.name}:${new Date(startedAt).toISOString()}`, 500),
    service,
    environment,
    ...(tier === undefined ? {} : { tier }),
    ...(commit === null ? {} : { commit }),
    ...(version === null ? {} : { version }),
    status,
    startedAt,
    finishedAt,
    // What is read later without images knows less than what was told in time.
    updatedAt: images === null && status === 'succeeded' ? Math.min(startedAt, finishedAt - 1) : finishedAt,
    reported: 'event',
  }
  return digest === null ? fact : withDigest(fact, digest)
}

/** An artifact of this digest may tell the commit; without a tag that tells the version, the digest does. */
function withDigest(fact: { kind: 'deployment' } & Deployment, digest: string): Fact {
  return { ...fact, digest, ...(fact.version === undefined && fact.commit === undefined ? { version: digest } : {}) }
}

interface Version {
  commit: string | null
  version: string | null
  digest: string | null
}

export function versionOf(app: Application, { images, revisions }: Sync, options: ArgocdOptions, service: string): Version {
  const shas = revisions.flatMap((text) => /^[0-9a-f]{40}$/i.exec(text)?.[0].toLowerCase() ?? [])
  if (options.revision === 'application') {
    const [commit = null] = shas
    return { commit, version: commit === null ? version(revisions[0]) : null, digest: null }
  }
  const [named = '', digest] = mainImage(app, images ?? [], options, service)?.split('@', 2) ?? []
  const tag = /:([\w][\w.-]{0,127})$/.exec(named)?.[1] ?? ''
  const commit = /(?:^|[^0-9a-zA-Z])(?:git|sha|g)?([0-9a-f]{40})(?![0-9a-zA-Z])/i.exec(tag)?.[1]?.toLowerCase() ?? null
  const isMoving = /^(?:latest|stable|edge|nightly|main|master|dev|develop|prod|production|staging)$/i.test(tag)
  return {
    commit,
    version: isMoving ? null : version(tag),
    digest: /^sha256:[0-9a-f]{64}$/i.test(digest ?? '') ? (digest ?? '').toLowerCase() : null,
  }
}

function version(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : told(text, 500)
}

function mainImage(app: Application, images: string[], { image }: ArgocdOptions, service: string): string | undefined {
  const name = (text: string) => (text.split('@', 1)[0] ?? '').replace(/:[\w][\w.-]{0,127}$/, '')
  const distinct = [...new Set(images)].sort()
  if (image !== undefined) return distinct.find((one) => compiled(image).matcher(name(one)).find())
  const last = (text: string) => name(text).split('/').at(-1)
  return (
    distinct.find((one) => last(one) === service) ??
    distinct.find((one) => last(one) === app.metadata.name) ??
    (distinct.length === 1 ? distinct[0] : undefined)
  )
}

/** What the rules of a configuration can ask for. */
function labelsOf({ metadata, spec }: Application): Record<string, string | undefined> {
  const { name, namespace, server } = spec?.destination ?? {}
  const texts = { ...metadata.annotations, ...metadata.labels }
  return {
    ...Object.fromEntries(Object.entries(texts).flatMap(([key, value]): [string, string][] => (value === null ? [] : [[key, value]]))),
    application: metadata.name,
    project: spec?.project ?? undefined,
    namespace: namespace ?? undefined,
    cluster: name || server || undefined,
    repository: spec?.source?.repoURL ?? spec?.sources?.[0]?.repoURL ?? undefined,
  }
}

export function serviceOf(app: Application, { service }: ArgocdOptions): string {
  return told(serviceBy(service, labelsOf(app)) ?? app.metadata.name, 200)
}

export function environmentOf(app: Application, { environment }: ArgocdOptions): string {
  const labels = labelsOf(app)
  const named = environment === undefined ? undefined : serviceBy(environment, labels)
  return told(named || labels.namespace || labels.cluster || app.metadata.name, 200)
}

function instant(text: string | null | undefined): Instant | null {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) || at < 1000 || at >= Date.UTC(9999, 0, 1) ? null : at
}
