/** Tells the attempts of a workload apart, from one sighting to the next. */
import { z } from 'zod'
import type { Instant } from '../../facts.ts'
import { firstRollout, type Revision } from './revisions.ts'
import type { Sighting, Workload } from './sighting.ts'
import type { Template } from './template.ts'

/** What a rollout puts live. */
const Content = z.object({
  container: z.string(),
  image: z.string(),
  commit: z.string().nullable(),
  version: z.string().nullable(),
  digest: z.string().nullable(),
  mark: z.string(),
})
export type Content = z.output<typeof Content>

/** What is remembered of a workload. */
export const Followed = z.object({
  /** Of the rollout that was seen last. */
  number: z.int(),
  hash: z.string(),
  outcome: z.enum(['running', 'succeeded', 'failed']),
  startedAt: z.number().nullable(),
  content: Content,
  /** The pods were only told to restart. */
  restart: z.boolean(),
  /** What is live: of the last rollout that succeeded. */
  live: Content.nullable(),
})
export type Followed = z.output<typeof Followed>

export interface Attempt {
  workload: Workload
  number: number
  hash: string
  status: 'succeeded' | 'failed'
  startedAt: Instant | null
  finishedAt: Instant
  content: Content
  /** Found among the revisions that are kept: how it ended is not told. */
  inferred: boolean
  /** Nothing differs from what the rollout before it brought, unless the image behind its name does. */
  restart: boolean
  /** What was live. */
  before: Content | null
}

export interface Following {
  /** Of a template, and of the workload where it is the one that runs now. */
  contentOf(template: Template, workload: Workload | null): Content
  /** When the object was seen, where it does not tell when something happened. */
  now: Instant
}

/** What the sighting adds: attempts that ended, and what is to be remembered. */
export function follow(
  before: Followed | null,
  sighting: Sighting,
  { contentOf, now }: Following,
): { followed: Followed; attempts: Attempt[] } | null {
  const isSame =
    before !== null &&
    (sighting.number === before.number || (sighting.number === null && (sighting.hash === before.hash || sighting.hash === '')))
  const number = isSame ? before.number : sighting.number
  if (number === null || (before !== null && number < before.number)) return null
  // What succeeded stays so, whatever becomes of its pods; what failed may still succeed.
  if (isSame && (before.outcome === 'succeeded' || before.outcome === sighting.outcome)) return null
  const content = isSame ? before.content : contentOf(sighting.template, sighting)
  const startedAt = isSame ? before.startedAt : sighting.startedAt
  const live = before?.live ?? null
  const restart = isSame ? before.restart : before !== null && before.content.mark === content.mark
  const ended = sighting.outcome === 'running' ? null : sighting.outcome
  const attempts: Attempt[] = []
  if (ended !== null) {
    const finishedAt = Math.max(Math.min(sighting.at ?? now, now), startedAt ?? 0)
    const common = { workload: sighting, number, hash: sighting.hash || (isSame ? before.hash : ''), startedAt, finishedAt, content }
    attempts.push({ ...common, status: ended, inferred: false, restart, before: live })
  }
  const followed = {
    number,
    hash: sighting.hash || (isSame ? before.hash : ''),
    outcome: sighting.outcome,
    startedAt,
    content,
    restart,
    live: ended === 'succeeded' ? content : live,
  }
  return { followed, attempts }
}

/**
 * The rollouts since the last sighting that were over before anybody looked, oldest first: of each revision the first, at the time it was made.
 * Returns to a revision that was over as well leave no time behind.
 */
export function followKept(
  before: Followed | null,
  workload: Workload,
  known: Revision[],
  { below, since, contentOf }: Following & { below: number; since: Instant },
): { followed: Followed | null; attempts: Attempt[] } {
  const kept = known
    .flatMap((revision) => {
      const first = firstRollout(revision, known)
      return first === null || revision.template === null || first.number >= below || first.number <= (before?.number ?? -1)
        ? []
        : [{ ...first, revision, template: revision.template }]
    })
    .sort((a, b) => a.number - b.number)
  let followed = before
  const attempts: Attempt[] = []
  for (const { number, at, revision, template } of kept) {
    const content = contentOf(template, null)
    const live = followed?.live ?? null
    const restart = followed !== null && followed.content.mark === content.mark
    if (at >= since) {
      const common = { workload, number, hash: revision.hash, startedAt: at, finishedAt: at, content }
      attempts.push({ ...common, status: 'succeeded', inferred: true, restart, before: live })
    }
    followed = { number, hash: revision.hash, outcome: 'succeeded', startedAt: at, content, restart, live: content }
  }
  return { followed, attempts }
}

/** What is known of one of them only tells nothing. */
export function isSameCode(a: Content, b: Content): boolean {
  const differ = (one: string | null, other: string | null) => one !== null && other !== null && one !== other
  return a.image === b.image && !differ(a.digest, b.digest) && !differ(a.commit, b.commit) && !differ(a.version, b.version)
}
