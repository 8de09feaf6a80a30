/** A small cluster: what its objects look like, version by version, as its controllers bring rollouts about. */
import { createHash } from 'node:crypto'

// biome-ignore lint/suspicious/noExplicitAny: any JSON
export type Json = any

export interface Event {
  version: number
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: Json
}

export interface World {
  version: number
  /** By plural: every version of every object, in order. */
  events: Record<string, Event[]>
  objects: Record<string, Map<string, Json>>
  /** Versions before it are forgotten: 410. */
  compacted: number
}

export function createWorld(): World {
  return { version: 1000, events: {}, objects: {}, compacted: 0 }
}

export function put(world: World, plural: string, object: Json): Json {
  world.version++
  const stored = structuredClone(object)
  stored.metadata.resourceVersion = String(world.version)
  world.objects[plural] ??= new Map()
  const objects = world.objects[plural]
  const type = objects.has(stored.metadata.uid) ? 'MODIFIED' : 'ADDED'
  objects.set(stored.metadata.uid, stored)
  eventsOf(world, plural).push({ version: world.version, type, object: structuredClone(stored) })
  return stored
}

export function remove(world: World, plural: string, uid: string): void {
  const object = world.objects[plural]?.get(uid)
  if (object === undefined) return
  world.version++
  world.objects[plural]?.delete(uid)
  const last = structuredClone(object)
  last.metadata.resourceVersion = String(world.version)
  eventsOf(world, plural).push({ version: world.version, type: 'DELETED', object: last })
}

function eventsOf(world: World, plural: string): Event[] {
  world.events[plural] ??= []
  return world.events[plural]
}

export interface Rolling {
  name: string
  namespace?: string
  image: string
  env?: string
  restartedAt?: string
  labels?: Record<string, string>
  templateAnnotations?: Record<string, string>
  replicas?: number
}

function template({ name, image, env = '', restartedAt, templateAnnotations = {} }: Rolling): Json {
  const annotations = { ...templateAnnotations, ...(restartedAt === undefined ? {} : { 'kubectl.kubernetes.io/restartedAt': restartedAt }) }
  return {
    metadata: { creationTimestamp: null, labels: { app: name }, annotations },
    spec: { containers: [{ name, image, env: [{ name: 'MODE', value: env }] }], restartPolicy: 'Always' },
  }
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 10)

export const uidOf = (plural: string, namespace: string, name: string) => `${plural}-${namespace}-${name}`

/** The objects of a Deployment from when its template is changed: its controller makes, or finds again, the ReplicaSet. */
export function roll(world: World, at: string, rolling: Rolling): void {
  const { name, namespace = 'shop', labels = {}, replicas = 2 } = rolling
  const uid = uidOf('deployment', namespace, name)
  const old = world.objects.deployments?.get(uid)
  const generation = (old?.metadata.generation ?? 0) + 1
  const revision = Number(old?.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0) + 1
  const wanted = template(rolling)
  const metadata = { uid, name, namespace, generation, labels, creationTimestamp: old?.metadata.creationTimestamp ?? at }
  const spec = { replicas, progressDeadlineSeconds: 600, template: wanted }
  const before = old?.status ?? { observedGeneration: 0, conditions: [] }
  put(world, 'deployments', { metadata: { ...metadata, annotations: old?.metadata.annotations ?? {} }, spec, status: before })
  const hash = hashOf(wanted)
  const setUid = `${uid}-${hash}`
  const set = world.objects.replicasets?.get(setUid)
  const history =
    set === undefined
      ? undefined
      : [
          set.metadata.annotations['deployment.kubernetes.io/revision-history'],
          set.metadata.annotations['deployment.kubernetes.io/revision'],
        ]
          .filter(Boolean)
          .join(',')
  put(world, 'replicasets', {
    metadata: {
      uid: setUid,
      name: `${name}-${hash}`,
      namespace,
      creationTimestamp: set?.metadata.creationTimestamp ?? at,
      labels: { app: name, 'pod-template-hash': hash },
      annotations: {
        'deployment.kubernetes.io/revision': String(revision),
        ...(history === undefined ? {} : { 'deployment.kubernetes.io/revision-history': history }),
      },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true }],
    },
    spec: { template: { ...wanted, metadata: { ...wanted.metadata, labels: { ...wanted.metadata.labels, 'pod-template-hash': hash } } } },
  })
  // Of a ReplicaSet that is found again, the old condition stands until there is progress.
  const conditions =
    set === undefined ? [condition('ReplicaSetUpdated', 'True', at, `ReplicaSet "${name}-${hash}" is progressing.`)] : before.conditions
  const annotations = { 'deployment.kubernetes.io/revision': String(revision) }
  const status = {
    observedGeneration: generation,
    replicas: replicas + 1,
    updatedReplicas: set === undefined ? 1 : 0,
    availableReplicas: replicas,
    conditions,
  }
  put(world, 'deployments', { metadata: { ...metadata, annotations }, spec, status })
}

function condition(reason: string, status: string, at: string, message: string): Json {
  return { type: 'Progressing', status, reason, message, lastUpdateTime: at, lastTransitionTime: '2026-01-01T00:00:00Z' }
}

/** Its controller says how the rollout ended. */
export function end(world: World, at: string, name: string, outcome: 'succeeded' | 'failed', namespace = 'shop'): void {
  const old = world.objects.deployments?.get(uidOf('deployment', namespace, name))
  const { replicas } = old.spec
  const set = `${name}-${hashOf(old.spec.template)}`
  const conditions =
    outcome === 'succeeded'
      ? [condition('NewReplicaSetAvailable', 'True', at, `ReplicaSet "${set}" has successfully progressed.`)]
      : [condition('ProgressDeadlineExceeded', 'False', at, `ReplicaSet "${set}" has timed out progressing.`)]
  const counts =
    outcome === 'succeeded'
      ? { replicas, updatedReplicas: replicas, availableReplicas: replicas }
      : { replicas: replicas + 1, updatedReplicas: 1, availableReplicas: replicas }
  put(world, 'deployments', { ...old, status: { ...old.status, ...counts, conditions } })
}

export function scale(world: World, name: string, replicas: number, namespace = 'shop'): void {
  const old = world.objects.deployments?.get(uidOf('deployment', namespace, name))
  const generation = old.metadata.generation + 1
  const changed = { ...old, metadata: { ...old.metadata, generation }, spec: { ...old.spec, replicas } }
  put(world, 'deployments', changed)
  const counts = { observedGeneration: generation, replicas, updatedReplicas: replicas, availableReplicas: replicas }
  put(world, 'deployments', { ...changed, status: { ...old.status, ...counts } })
}

/** A StatefulSet or DaemonSet at one revision; `done`: its pods all are. */
export function rollSet(world: World, plural: 'statefulsets' | 'daemonsets', at: string, rolling: Rolling, done: boolean): void {
  const { name, namespace = 'shop', labels = {}, replicas = 3 } = rolling
  const uid = uidOf(plural, namespace, name)
  const old = world.objects[plural]?.get(uid)
  const wanted = template(rolling)
  const hash = hashOf(wanted)
  const revisionUid = `${uid}-${hash}`
  const siblings = [...(world.objects.controllerrevisions?.values() ?? [])].filter(
    ({ metadata }) => metadata.ownerReferences[0].uid === uid,
  )
  const newest = Math.max(0, ...siblings.map(({ revision }) => revision))
  const known = siblings.find(({ metadata }) => metadata.uid === revisionUid)
  if (known === undefined || known.revision !== newest) {
    const metadata = {
      uid: revisionUid,
      name: `${name}-${hash}`,
      namespace,
      creationTimestamp: known?.metadata.creationTimestamp ?? at,
      labels: { app: name, 'controller-revision-hash': plural === 'statefulsets' ? `${name}-${hash}` : hash },
      ownerReferences: [{ kind: plural, name, uid, controller: true }],
    }
    put(world, 'controllerrevisions', { metadata, revision: newest + 1, data: { spec: { template: { ...wanted, $patch: 'replace' } } } })
  }
  const generation =
    old?.spec.template && hashOf(old.spec.template) === hash ? old.metadata.generation : (old?.metadata.generation ?? 0) + 1
  const updated = done ? replicas : 1
  const status =
    plural === 'statefulsets'
      ? {
          observedGeneration: generation,
          replicas,
          readyReplicas: replicas,
          updatedReplicas: updated,
          currentRevision: done ? `${name}-${hash}` : (old?.status.currentRevision ?? ''),
          updateRevision: `${name}-${hash}`,
        }
      : { observedGeneration: generation, desiredNumberScheduled: replicas, updatedNumberScheduled: updated, numberAvailable: replicas }
  put(world, plural, {
    metadata: {
      uid,
      name,
      namespace,
      generation,
      labels,
      creationTimestamp: at,
      managedFields: [{ manager: 'm', subresource: 'status', time: at }],
    },
    spec: { replicas, template: wanted },
    status,
  })
}

/** A pod that runs what the workload's template says now. */
export function run(world: World, name: string, digest: string, namespace = 'shop'): void {
  const deployment = world.objects.deployments?.get(uidOf('deployment', namespace, name))
  const hash = hashOf(deployment.spec.template)
  put(world, 'pods', {
    metadata: { uid: `pod-${name}-${hash}`, name: `${name}-${hash}-x`, namespace, labels: { 'pod-template-hash': hash } },
    status: { containerStatuses: [{ name, imageID: `registry.example.org/${name}@sha256:${digest}` }] },
  })
}
