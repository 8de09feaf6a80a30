/** Where the collection of a GitLab source stands, as JSON text that the store keeps. */
import { z } from 'zod'

/** A list that is read by the time of its last changes, oldest first. */
const Feed = z.object({
  /** The newest change that was read, as GitLab writes it; null: none yet. */
  top: z.string().nullable(),
  /** Things that changed shortly before it, with the times of their changes: they are met again, and not asked for again. */
  recent: z.record(z.string(), z.string()),
})
export type Feed = z.output<typeof Feed>

export const feeds = ['deployments', 'merges', 'issues'] as const
export type FeedName = (typeof feeds)[number]

const ProjectState = z.object({
  /** Never changes, also where the project is renamed or moved. */
  id: z.int(),
  /** Its full path now. */
  name: z.string(),
  /** The full path under which its facts are filed: the first that was seen. */
  filed: z.string(),
  defaultBranch: z.string().nullable(),
  /** Deleted, hidden, archived, excluded or no longer asked for. */
  gone: z.boolean(),
  /** Lists that are switched off in the project. */
  off: z.array(z.string()),
  /** What decides its facts. */
  rules: z.string(),
  /** GitLab's tiers of its environments. */
  tiers: z.record(z.string(), z.string()),
  deployments: Feed,
  merges: Feed,
  issues: Feed,
  /** The head of the default branch, and the cursor of the commits. */
  head: z.string().nullable(),
  commits: z.string().nullable(),
  /** The files that commits changed were read too; without git those of merge requests. */
  files: z.boolean(),
  /** Commits that were deployed and are not read yet. */
  wanted: z.array(z.string()),
})
export type ProjectState = z.output<typeof ProjectState>

const Cursor = z.object({
  v: z.literal(1),
  /** How far back everything is read. */
  since: z.string(),
  /** The ids of projects that are named in the configuration, so that a rename does not lose them. */
  named: z.record(z.string(), z.int()),
  projects: z.record(z.string(), ProjectState),
})
export type Cursor = z.output<typeof Cursor>

/** A cursor that cannot be read is as none: everything is read anew, and repeats change nothing. */
export function readCursor(text: string | null, since: string): Cursor {
  if (text !== null) {
    try {
      return Cursor.parse(JSON.parse(text))
    } catch {
      // Falls through: one of another version.
    }
  }
  return { v: 1, since, named: {}, projects: {} }
}

export function writeCursor(cursor: Cursor): string {
  return JSON.stringify(cursor)
}

export function emptyFeed(): Feed {
  return { top: null, recent: {} }
}
