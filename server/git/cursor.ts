/** Where a collection of a repository stands, as JSON text that the store keeps. */
import { z } from 'zod'

const Sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)

/** Commit ids one after another, as Base64 of their bytes behind the length of one. */
const Shas = z.string().regex(/^(?:20|32):[A-Za-z0-9+/=]*$/)

const Rule = z.union([
  z.strictObject({ tags: z.string(), auto: z.boolean() }),
  z.strictObject({ branch: z.string(), auto: z.boolean() }),
  z.strictObject({ none: z.literal(true) }),
])

/** Everything that the facts yielded so far rest on. */
const State = z.strictObject({
  /** What the deployments were filed under: the service, and the environment where it is another than production. */
  service: z.string(),
  rule: Rule,
  head: z.strictObject({ branch: z.string(), sha: Sha }).nullable(),
  /** The tags that match: name, object, and the commit where it is another; a null stands for a tag of something else than a commit. */
  tags: z.array(z.union([z.tuple([z.string(), Sha]), z.tuple([z.string(), Sha, Sha.nullable()])])),
  branch: z
    .strictObject({
      sha: Sha,
      /** Commits on the first-parent path. */
      count: z.int().positive(),
      /** The greatest committer date on it. */
      latest: z.int(),
      /** The newest of them, newest first: they tell where a force push left the path once its old tip is gone. */
      recent: Shas,
    })
    .nullable(),
  /** The files that its commits changed were told too. */
  files: z.literal(true).optional(),
})
export type State = z.output<typeof State>

/** A reading of commits that is under way: the same tips give the same order, so it goes on after `done` of them. */
const Walk = z.strictObject({ tips: Shas, not: Shas, done: z.int().nonnegative(), last: Sha.nullable(), files: z.literal(true).optional() })
export type Walk = z.output<typeof Walk>

const Cursor = z.strictObject({ v: z.literal(1), state: State.nullable(), walk: Walk.nullable() })
export type Cursor = z.output<typeof Cursor>

/** A cursor that cannot be read is as none: everything is read anew, and repeats change nothing. */
export function readCursor(text: string | null): Cursor {
  const none: Cursor = { v: 1, state: null, walk: null }
  if (text === null) return none
  try {
    return Cursor.parse(JSON.parse(text))
  } catch {
    return none
  }
}

export function writeCursor(cursor: Cursor): string {
  return JSON.stringify(cursor)
}

export function packShas(shas: string[]): string {
  return `${shas[0]?.length === 64 ? 32 : 20}:${Buffer.from(shas.join(''), 'hex').toString('base64')}`
}

export function unpackShas(packed: string): string[] {
  const size = Number(packed.slice(0, 2)) * 2
  const hex = Buffer.from(packed.slice(3), 'base64').toString('hex')
  return Array.from({ length: hex.length / size }, (_, index) => hex.slice(index * size, (index + 1) * size))
}

/** The commits whose whole ancestry has been yielded. */
export function collectedTips(state: State | null): string[] {
  if (state === null) return []
  const tips = new Set<string>()
  for (const [, object, commit] of state.tags) if (commit !== null) tips.add(commit ?? object)
  if (state.head !== null) tips.add(state.head.sha)
  if (state.branch !== null) tips.add(state.branch.sha)
  return [...tips]
}
