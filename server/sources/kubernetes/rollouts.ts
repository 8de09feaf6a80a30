/** What lists and watches of a cluster tell of the rollouts of its workloads. */

import { compiled } from '../rules.ts'
import type { Cursor } from './cursor.ts'
import { type Attempt, type Followed, type Following, follow, followKept } from './follow.ts'
import type { KubernetesOptions } from './options.ts'
import type { Item } from './resources.ts'
import { addRevision, type Revisions, revisionsOf } from './revisions.ts'
import { type Sighting, sightingOf, type Workload, type WorkloadObject, workloadOf } from './sighting.ts'
import type { Template } from './template.ts'
import { contentOf } from './to-facts.ts'

const dayMs = 86_400_000

export interface Applied {
  attempts: Attempt[]
  workloads: Record<string, Followed>
}

/** Of all that there is: rollouts that nobody saw are told by the revisions that are kept, and what is gone is forgotten. */
export function applyListed(options: KubernetesOptions, before: Pick<Cursor, 'workloads'>, items: Item[], now: Date): Applied {
  const revisions: Revisions = new Map()
  for (const item of items) if (item.is === 'revision') addRevision(revisions, item.revision)
  const workloads: Record<string, Followed> = {}
  const attempts: Attempt[] = []
  const since = now.getTime() - options.backfillDays * dayMs
  for (const item of items) {
    if (item.is === 'revision' || !counts(options, item.object)) continue
    const workload = workloadOf(item.object.kind, item.object.metadata)
    const following = followingOf(options, workload, now)
    const known = before.workloads[workload.uid] ?? null
    const sighting = firstSighting(sightingOf(item.object, revisions), known)
    const below = sighting?.number ?? (sighting === null ? 0 : (known?.number ?? 0))
    const kept = followKept(known, workload, revisionsOf(revisions, workload.uid), { ...following, below, since })
    attempts.push(...kept.attempts)
    const next = sighting === null ? null : follow(kept.followed, sighting, following)
    // One that was live before the backfill begins is where it begins from.
    attempts.push(...(next?.attempts ?? []).filter(({ finishedAt }) => known !== null || finishedAt >= since))
    const followed = next?.followed ?? kept.followed
    if (followed !== null) workloads[workload.uid] = followed
  }
  return { attempts, workloads }
}

/** Sets have no conditions: since their rollout their status may have been written often, so the start is nearer to its end. */
function firstSighting(sighting: Sighting | null, known: Followed | null): Sighting | null {
  const isSet = sighting?.kind === 'StatefulSet' || sighting?.kind === 'DaemonSet'
  return sighting === null || known !== null || !isSet ? sighting : { ...sighting, at: sighting.startedAt ?? sighting.at }
}

/** Of what changed, in order. */
export function applyAll(
  options: KubernetesOptions,
  before: Pick<Cursor, 'workloads'>,
  changes: { deleted: boolean; object: Item }[],
  now: Date,
): Applied {
  const revisions: Revisions = new Map()
  const workloads = { ...before.workloads }
  const attempts: Attempt[] = []
  for (const { deleted, object: item } of changes) {
    if (item.is === 'revision') {
      if (deleted) revisions.get(item.owner)?.delete(item.uid)
      else addRevision(revisions, item.revision)
      continue
    }
    const { uid } = item.object.metadata
    if (deleted) {
      delete workloads[uid]
      continue
    }
    if (!counts(options, item.object)) continue
    const sighting = sightingOf(item.object, revisions)
    if (sighting === null) continue
    const next = follow(workloads[uid] ?? null, sighting, followingOf(options, sighting, now))
    if (next === null) continue
    attempts.push(...next.attempts)
    workloads[uid] = next.followed
  }
  return { attempts, workloads }
}

/** Why a workload does not count; null: it does. */
export function whyLeftOut({ excludeNamespaces, deployments: { name } }: KubernetesOptions, { metadata }: WorkloadObject): string | null {
  if (compiled(excludeNamespaces).matcher(metadata.namespace).find()) return `Its namespace ${metadata.namespace} is excluded.`
  if (name !== undefined && !compiled(name).matcher(metadata.name).find()) return 'Its name does not match deployments.name.'
  return null
}

function counts(options: KubernetesOptions, object: WorkloadObject): boolean {
  return whyLeftOut(options, object) === null
}

function followingOf(options: KubernetesOptions, { name }: Workload, now: Date): Following {
  return { now: now.getTime(), contentOf: (template: Template, current: Workload | null) => contentOf(options, name, template, current) }
}
