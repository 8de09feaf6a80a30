/** Where the collection of a GitHub source stands, as JSON text that the store keeps. */
import { z } from 'zod'

/** One list of a repository that is read from its newest end. */
const Feed = z.object({
  /** The newest time seen at its top, as GitHub writes it; null: never read. */
  top: z.string().nullable(),
  /** The page of the backfill to go on from. */
  after: z.string().nullable(),
  /** The backfill reached its beginning. */
  done: z.boolean(),
  /** The oldest time read. */
  oldest: z.string().nullable(),
  /** The newest change seen, where the list is not ordered by it. */
  changed: z.string().nullable().default(null),
  /** Number of things that the backfill has read, and of those that there are. */
  read: z.int(),
  total: z.int().nullable(),
})
export type Feed = z.output<typeof Feed>

const RepositoryState = z.object({
  id: z.int(),
  node: z.string(),
  /** Its name now. */
  name: z.string(),
  /** The name under which its facts are filed: the first that was seen. */
  filed: z.string(),
  defaultBranch: z.string().nullable(),
  /** Deleted, or no longer visible, or no longer asked for. */
  gone: z.boolean().default(false),
  /** How far back it is read. */
  since: z.string(),
  /** The rules under which its deployments were read. */
  rules: z.string(),
  incidentRule: z.string(),
  pulls: Feed,
  deployments: Feed,
  issues: Feed,
  releases: Feed,
  /** Runs by their rule. */
  runs: z.record(z.string(), Feed),
  /** Node ids of deployments that may still change. */
  open: z.array(z.string()),
  /** When each release that counts was made, by its tag. */
  published: z.record(z.string(), z.string()),
  /** The newest of these lists, as the last look saw them. */
  newestDeployment: z.string().nullable(),
  newestRelease: z.string().nullable(),
  /** What the repository was at. */
  pushed: z.string().nullable(),
  head: z.string().nullable(),
  /** It was pushed to since its commits were read. */
  stale: z.boolean(),
  /** The cursor of its commits. */
  commits: z.string().nullable(),
  /** The files that its commits changed were read too; without git those of its pull requests. */
  files: z.boolean().default(false),
  /** Commits that were deployed and are not read yet. */
  wanted: z.array(z.string()),
})
export type RepositoryState = z.output<typeof RepositoryState>

const Cursor = z.object({
  v: z.literal(1),
  /** The pages of the list of repositories, and what they held. */
  listing: z.array(z.object({ url: z.string(), etag: z.string().nullable(), ids: z.array(z.int()), size: z.int() })),
  /** What was asked for when it was made. */
  listedFor: z.string(),
  repositories: z.record(z.string(), RepositoryState),
})
export type Cursor = z.output<typeof Cursor>

/** A cursor that cannot be read is as none: everything is read anew, and repeats change nothing. */
export function readCursor(text: string | null): Cursor {
  if (text !== null) {
    try {
      return Cursor.parse(JSON.parse(text))
    } catch {
      // Falls through: one of another version.
    }
  }
  return { v: 1, listing: [], listedFor: '', repositories: {} }
}

export function writeCursor(cursor: Cursor): string {
  return JSON.stringify(cursor)
}

export function emptyFeed(): Feed {
  return { top: null, after: null, done: false, oldest: null, changed: null, read: 0, total: null }
}
