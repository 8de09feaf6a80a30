/** Which lists of a cluster are read: workloads, and the revisions that they keep. */
import type { z } from 'zod'
import type { Kind, KubernetesOptions } from './options.ts'
import { ControllerRevision, DaemonSet, Deployment, ReplicaSet, Rollout, StatefulSet } from './payloads.ts'
import { controllerRevision, type Revision, replicaSetRevision } from './revisions.ts'
import type { WorkloadObject } from './sighting.ts'

export type Item = { is: 'workload'; object: WorkloadObject } | { is: 'revision'; uid: string; owner: string; revision: Revision | null }

export interface Resource {
  what: string
  path: string
  item: z.ZodType<Item>
}

const groups: Record<Kind, [plural: string, group: string]> = {
  Deployment: ['deployments', 'apps/v1'],
  StatefulSet: ['statefulsets', 'apps/v1'],
  DaemonSet: ['daemonsets', 'apps/v1'],
  Rollout: ['rollouts', 'argoproj.io/v1alpha1'],
}

const items: Record<Kind, z.ZodType<Item>> = {
  Deployment: Deployment.transform((object): Item => ({ is: 'workload', object: { ...object, kind: 'Deployment' } })),
  StatefulSet: StatefulSet.transform((object): Item => ({ is: 'workload', object: { ...object, kind: 'StatefulSet' } })),
  DaemonSet: DaemonSet.transform((object): Item => ({ is: 'workload', object: { ...object, kind: 'DaemonSet' } })),
  Rollout: Rollout.transform((object): Item => ({ is: 'workload', object: { ...object, kind: 'Rollout' } })),
}
const replicaSet = ReplicaSet.transform((object): Item => revisionItem(object, replicaSetRevision(object)))
const controllerRevisionItem = ControllerRevision.transform((object): Item => revisionItem(object, controllerRevision(object)))

function revisionItem({ metadata }: ReplicaSet | ControllerRevision, revision: Revision | null): Item {
  return { is: 'revision', uid: metadata.uid, owner: revision?.owner ?? '', revision }
}

/** Workloads before revisions: what a workload tells of is made before. */
export function resourcesOf({ deployments: { kinds }, namespaces }: KubernetesOptions): { workloads: Resource[]; revisions: Resource[] } {
  const path = (group: string, plural: string) =>
    (namespaces ?? [null]).map((namespace) => `/apis/${group}/${namespace === null ? '' : `namespaces/${namespace}/`}${plural}`)
  const wanted = [...new Set(kinds)]
  const workloads = wanted.flatMap((kind) => {
    const [plural, group] = groups[kind]
    return path(group, plural).map((one) => ({ what: plural, path: one, item: items[kind] }))
  })
  const revisions = [
    ...(wanted.some((kind) => kind === 'Deployment' || kind === 'Rollout')
      ? path('apps/v1', 'replicasets').map((one) => ({ what: 'replicasets', path: one, item: replicaSet }))
      : []),
    ...(wanted.some((kind) => kind === 'StatefulSet' || kind === 'DaemonSet')
      ? path('apps/v1', 'controllerrevisions').map((one) => ({ what: 'controllerrevisions', path: one, item: controllerRevisionItem }))
      : []),
  ]
  return { workloads, revisions }
}
