/** The objects of the Kubernetes API: of each just the fields that are read. */
import { z } from 'zod'
import { type Template, templateOf } from './template.ts'

const Texts = z
  .record(z.string(), z.string().nullable())
  .nullish()
  .transform(
    (texts): Record<string, string> =>
      Object.fromEntries(Object.entries(texts ?? {}).filter((entry): entry is [string, string] => entry[1] !== null)),
  )

const Count = z.number().nullish()

export const ObjectMeta = z.object({
  uid: z.string().min(1).max(200),
  name: z.string().min(1).max(300),
  namespace: z.string().min(1).max(300),
  resourceVersion: z.string().default(''),
  creationTimestamp: z.string().nullish(),
  generation: Count,
  labels: Texts,
  annotations: Texts,
  ownerReferences: z.array(z.object({ uid: z.string(), controller: z.boolean().nullish() })).nullish(),
  /** Tells when the status was written last, which objects without conditions do not. */
  managedFields: z.array(z.object({ subresource: z.string().nullish(), time: z.string().nullish() })).nullish(),
})
export type ObjectMeta = z.output<typeof ObjectMeta>

const PodTemplate = z
  .unknown()
  .optional()
  .transform((value): Template | null => templateOf(value))

const Condition = z.object({
  type: z.string(),
  status: z.string().nullish(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  lastUpdateTime: z.string().nullish(),
  lastTransitionTime: z.string().nullish(),
})
export type Condition = z.output<typeof Condition>
const Conditions = z
  .array(Condition)
  .nullish()
  .transform((conditions) => conditions ?? [])

export const Deployment = z.object({
  metadata: ObjectMeta,
  spec: z.object({ replicas: Count, paused: z.boolean().nullish(), template: PodTemplate }),
  status: z
    .object({ observedGeneration: Count, replicas: Count, updatedReplicas: Count, availableReplicas: Count, conditions: Conditions })
    .prefault({}),
})
export type Deployment = z.output<typeof Deployment>

export const StatefulSet = z.object({
  metadata: ObjectMeta,
  spec: z.object({ replicas: Count, template: PodTemplate }),
  status: z
    .object({
      observedGeneration: Count,
      replicas: Count,
      readyReplicas: Count,
      updatedReplicas: Count,
      currentRevision: z.string().nullish(),
      updateRevision: z.string().nullish(),
    })
    .prefault({}),
})
export type StatefulSet = z.output<typeof StatefulSet>

export const DaemonSet = z.object({
  metadata: ObjectMeta,
  spec: z.object({ template: PodTemplate }),
  status: z
    .object({
      observedGeneration: Count,
      desiredNumberScheduled: Count,
      updatedNumberScheduled: Count,
      numberAvailable: Count,
    })
    .prefault({}),
})
export type DaemonSet = z.output<typeof DaemonSet>

/** Of Argo Rollouts. */
export const Rollout = z.object({
  metadata: ObjectMeta,
  spec: z.object({ replicas: Count, paused: z.boolean().nullish(), template: PodTemplate }),
  status: z
    .object({
      /** A number, in a text; older controllers wrote a hash. */
      observedGeneration: z.union([z.string(), z.number()]).nullish(),
      currentPodHash: z.string().nullish(),
      stableRS: z.string().nullish(),
      abort: z.boolean().nullish(),
      abortedAt: z.string().nullish(),
      conditions: Conditions,
    })
    .prefault({}),
})
export type Rollout = z.output<typeof Rollout>

export const ReplicaSet = z.object({ metadata: ObjectMeta, spec: z.object({ template: PodTemplate }) })
export type ReplicaSet = z.output<typeof ReplicaSet>

export const ControllerRevision = z.object({
  metadata: ObjectMeta,
  revision: z.number().nullish(),
  /** What the set was at, as a patch. */
  data: z.object({ spec: z.object({ template: PodTemplate }).nullish() }).nullish(),
})
export type ControllerRevision = z.output<typeof ControllerRevision>

export const Pod = z.object({
  status: z.object({ containerStatuses: z.array(z.object({ name: z.string(), imageID: z.string().nullish() })).nullish() }).nullish(),
})

const Items = z.object({ metadata: z.object({ resourceVersion: z.string(), continue: z.string().nullish() }) })
export const page = <T>(item: z.ZodType<T>) =>
  Items.extend({
    items: z
      .array(item)
      .nullable()
      .transform((items) => items ?? []),
  })

export const WatchEvent = z.object({ type: z.string(), object: z.unknown().optional() })
export const WatchBookmark = z.object({ metadata: z.object({ resourceVersion: z.string() }) })
export const WatchStatus = z.object({ code: z.number().nullish(), message: z.string().nullish(), reason: z.string().nullish() })
