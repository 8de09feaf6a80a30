/** What one version of a workload's object tells of its newest rollout. */
import type { Instant } from '../../facts.ts'
import { instant } from './instant.ts'
import type { Kind } from './options.ts'
import type { Condition, DaemonSet, Deployment, ObjectMeta, Rollout, StatefulSet } from './payloads.ts'
import { firstRollout, newestNumber, numberOf, type Revision, type Revisions, revisionsOf } from './revisions.ts'
import type { Template } from './template.ts'

export interface Workload {
  uid: string
  kind: Kind
  namespace: string
  name: string
  labels: Record<string, string>
  annotations: Record<string, string>
}

export interface Sighting extends Workload {
  /** The number of the rollout, greater for each; null: it is that of the revision which was seen last. */
  number: number | null
  /** What its pods are labelled with; empty: not told. */
  hash: string
  template: Template
  outcome: 'running' | 'succeeded' | 'failed'
  /** When it came to that outcome; null: the object does not tell. */
  at: Instant | null
  startedAt: Instant | null
}

export type WorkloadObject =
  | ({ kind: 'Deployment' } & Deployment)
  | ({ kind: 'StatefulSet' } & StatefulSet)
  | ({ kind: 'DaemonSet' } & DaemonSet)
  | ({ kind: 'Rollout' } & Rollout)

/** Null where the object says nothing of a rollout: its controller has not seen it yet, it is paused, or it runs no pods. */
export function sightingOf(object: WorkloadObject, revisions: Revisions): Sighting | null {
  const known = revisionsOf(revisions, object.metadata.uid)
  if (object.kind === 'Deployment') return deploymentSighting(object, known)
  if (object.kind === 'StatefulSet') return statefulSetSighting(object, known)
  if (object.kind === 'DaemonSet') return daemonSetSighting(object, known)
  return rolloutSighting(object, known)
}

export function workloadOf(kind: Kind, { uid, namespace, name, labels, annotations }: ObjectMeta): Workload {
  return { uid, kind, namespace, name, labels, annotations }
}

/** The rule of `kubectl rollout status`, so that both say the same. */
function deploymentSighting({ metadata, spec, status }: Deployment, known: Revision[]): Sighting | null {
  const number = numberOf(metadata.annotations['deployment.kubernetes.io/revision'])
  const replicas = spec.replicas ?? 1
  if (number === null || !isObserved(metadata, status.observedGeneration) || spec.paused || replicas === 0) return null
  const revision = known.find(({ numbers }) => numbers.includes(number))
  const template = revision?.template ?? spec.template
  if (template === null) return null
  const progressing = ofRevision(status.conditions, revision)
  const updated = status.updatedReplicas ?? 0
  const isUpdated = updated >= replicas && (status.replicas ?? 0) <= updated
  const isTold = progressing?.reason === 'NewReplicaSetAvailable'
  // One that was told complete and whose pods are ill now is complete.
  const isWhole = isUpdated && (isTold || (status.availableReplicas ?? 0) >= updated)
  const hasFailed = progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded'
  const outcome = isWhole ? 'succeeded' : hasFailed ? 'failed' : 'running'
  return {
    ...workloadOf('Deployment', metadata),
    number,
    hash: revision?.hash ?? '',
    template,
    outcome,
    at: outcome === 'running' ? null : outcome === 'failed' || isTold ? changedAt(progressing) : statusWrittenAt(metadata),
    startedAt: startOf(number, revision, known),
  }
}

/** What is said of progress; that of an earlier ReplicaSet may stand until the next one makes some. */
function ofRevision(conditions: Condition[], revision: Revision | undefined): Condition | undefined {
  const progressing = conditions.find(({ type }) => type === 'Progressing')
  const named = /^ReplicaSet "([^"]+)"/.exec(progressing?.message ?? '')?.[1]
  return named === undefined || revision === undefined || named === revision.name ? progressing : undefined
}

function statefulSetSighting({ metadata, spec, status }: StatefulSet, known: Revision[]): Sighting | null {
  const replicas = spec.replicas ?? 1
  if (!isObserved(metadata, status.observedGeneration) || !status.updateRevision || replicas === 0) return null
  const revision = known.find(({ name }) => name === status.updateRevision)
  const template = revision?.template ?? spec.template
  if (template === null) return null
  const isUpdated = status.currentRevision === status.updateRevision || (status.updatedReplicas ?? 0) >= replicas
  const isWhole = isUpdated && (status.readyReplicas ?? 0) >= replicas && (status.replicas ?? 0) <= replicas
  return {
    ...workloadOf('StatefulSet', metadata),
    number: revision === undefined ? null : newestNumber(revision),
    hash: status.updateRevision,
    template,
    outcome: isWhole ? 'succeeded' : 'running',
    at: isWhole ? statusWrittenAt(metadata) : null,
    startedAt: revision === undefined ? null : startOf(newestNumber(revision), revision, known),
  }
}

function daemonSetSighting({ metadata, spec, status }: DaemonSet, known: Revision[]): Sighting | null {
  const wanted = status.desiredNumberScheduled ?? 0
  if (!isObserved(metadata, status.observedGeneration) || wanted === 0) return null
  const revision = known.toSorted((a, b) => newestNumber(b) - newestNumber(a))[0]
  const template = revision?.template ?? spec.template
  if (template === null) return null
  const isWhole = (status.updatedNumberScheduled ?? 0) >= wanted && (status.numberAvailable ?? 0) >= wanted
  return {
    ...workloadOf('DaemonSet', metadata),
    number: revision === undefined ? null : newestNumber(revision),
    hash: revision?.hash ?? '',
    template,
    outcome: isWhole ? 'succeeded' : 'running',
    at: isWhole ? statusWrittenAt(metadata) : null,
    startedAt: revision === undefined ? null : startOf(newestNumber(revision), revision, known),
  }
}

function rolloutSighting({ metadata, spec, status }: Rollout, known: Revision[]): Sighting | null {
  const number = numberOf(metadata.annotations['rollout.argoproj.io/revision'])
  const observed = numberOf(String(status.observedGeneration ?? ''))
  if (number === null || (observed !== null && !isObserved(metadata, observed)) || spec.paused || (spec.replicas ?? 1) === 0) return null
  const hash = status.currentPodHash ?? ''
  const revision = known.find((one) => one.hash === hash && hash !== '') ?? known.find(({ numbers }) => numbers.includes(number))
  const template = revision?.template ?? spec.template
  if (template === null) return null
  const progressing = ofRevision(status.conditions, revision)
  const completed = status.conditions.find(({ type, status: value }) => (type === 'Completed' || type === 'Healthy') && value === 'True')
  const isStable = hash !== '' && status.stableRS === hash
  const hasTimedOut = progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded'
  const outcome = isStable ? 'succeeded' : status.abort || hasTimedOut ? 'failed' : 'running'
  return {
    ...workloadOf('Rollout', metadata),
    number,
    hash,
    template,
    outcome,
    at: {
      running: () => null,
      failed: () => instant(status.abortedAt) ?? changedAt(progressing) ?? statusWrittenAt(metadata),
      succeeded: () =>
        changedAt(completed) ??
        (progressing?.reason === 'NewReplicaSetAvailable' ? changedAt(progressing) : null) ??
        statusWrittenAt(metadata),
    }[outcome](),
    startedAt: startOf(number, revision, known),
  }
}

/** Whether the controller has seen what the object asks for. */
function isObserved({ generation }: ObjectMeta, observed: number | null | undefined): boolean {
  return (observed ?? 0) >= (generation ?? 0)
}

/** A revision that is used again was made long before. */
function startOf(number: number, revision: Revision | undefined, known: Revision[]): Instant | null {
  const first = revision === undefined ? null : firstRollout(revision, known)
  return first?.number === number ? first.at : null
}

/** The transition stays where the status does, such as from one completed rollout to the next. */
function changedAt(condition: Condition | undefined): Instant | null {
  return instant(condition?.lastUpdateTime) ?? instant(condition?.lastTransitionTime)
}

function statusWrittenAt({ managedFields }: ObjectMeta): Instant | null {
  const times = (managedFields ?? []).flatMap(({ subresource, time }) => (subresource === 'status' ? (instant(time) ?? []) : []))
  return times.length === 0 ? null : Math.max(...times)
}
