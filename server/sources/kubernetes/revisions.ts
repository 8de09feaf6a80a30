/** The revisions of workloads that the cluster keeps: ReplicaSets and ControllerRevisions, by their owner. */
import type { Instant } from '../../facts.ts'
import { instant } from './instant.ts'
import type { ControllerRevision, ObjectMeta, ReplicaSet } from './payloads.ts'
import type { Template } from './template.ts'

export interface Revision {
  uid: string
  owner: string
  name: string
  /** What its pods are labelled with. */
  hash: string
  /** Every number under which it was rolled out, ascending; a return to it gives it a new one. */
  numbers: number[]
  createdAt: Instant | null
  template: Template | null
}

export type Revisions = Map<string, Map<string, Revision>>

const prefixes = ['deployment.kubernetes.io/', 'rollout.argoproj.io/']
const hashLabels = ['pod-template-hash', 'rollouts-pod-template-hash']

/** Null where it belongs to nothing, or has no number yet. */
export function replicaSetRevision({ metadata, spec }: ReplicaSet): Revision | null {
  const owner = ownerOf(metadata)
  const { annotations, labels } = metadata
  const read = (name: string) => prefixes.flatMap((prefix) => annotations[`${prefix}${name}`] ?? [])[0]
  const number = numberOf(read('revision'))
  if (owner === null || number === null) return null
  const earlier = (read('revision-history') ?? '').split(',').flatMap((text) => numberOf(text) ?? [])
  const hash = hashLabels.flatMap((label) => labels[label] ?? [])[0] ?? ''
  return revision(metadata, owner, hash, [...earlier, number], spec.template)
}

export function controllerRevision({ metadata, revision: number, data }: ControllerRevision): Revision | null {
  const owner = ownerOf(metadata)
  if (owner === null || number === null || number === undefined || !Number.isSafeInteger(number)) return null
  const hash = metadata.labels['controller-revision-hash'] ?? metadata.labels['controller.kubernetes.io/hash'] ?? metadata.name
  return revision(metadata, owner, hash, [number], data?.spec?.template ?? null)
}

function revision(metadata: ObjectMeta, owner: string, hash: string, numbers: number[], template: Template | null): Revision {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b)
  return { uid: metadata.uid, owner, name: metadata.name, hash, numbers: sorted, createdAt: instant(metadata.creationTimestamp), template }
}

function ownerOf({ ownerReferences }: ObjectMeta): string | null {
  return ownerReferences?.find(({ controller }) => controller)?.uid ?? null
}

export function numberOf(text: string | null | undefined): number | null {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : null
}

export function addRevision(revisions: Revisions, added: Revision | null): void {
  if (added === null) return
  const siblings = revisions.get(added.owner) ?? new Map<string, Revision>()
  siblings.set(added.uid, added)
  revisions.set(added.owner, siblings)
}

export function revisionsOf(revisions: Revisions, owner: string): Revision[] {
  return [...(revisions.get(owner)?.values() ?? [])]
}

/** The number it has now. */
export function newestNumber({ numbers }: Revision): number {
  return numbers.at(-1) ?? 0
}

/** Under its first number it was rolled out when it was made; null where that number is lost, as ControllerRevisions lose it by a return. */
export function firstRollout(revision: Revision, siblings: Revision[]): { number: number; at: Instant } | null {
  const [number] = revision.numbers
  const { createdAt } = revision
  if (number === undefined || createdAt === null) return null
  const isReturn = siblings.some((other) => (other.createdAt ?? 0) > createdAt && (other.numbers[0] ?? 0) < number)
  return isReturn ? null : { number, at: createdAt }
}
