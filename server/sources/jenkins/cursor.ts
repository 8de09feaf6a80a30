/** Where the collection of a Jenkins source stands, as JSON text that the store keeps. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Instant } from '../../facts.ts'
import type { JenkinsOptions } from './options.ts'

const JobState = z.object({
  /** The highest number that was read, and when that build began; 0: none. */
  top: z.int(),
  at: z.int(),
  /** Numbers of builds that had not ended. */
  open: z.array(z.int()),
  /** Older builds than of this time were discarded. */
  kept: z.int().optional(),
  /** Other rules hold than those under which it was read. */
  redo: z.boolean().optional(),
  /** It was made anew under its name: builds up to this number that began after this time are others than those that had it before. */
  reset: z.object({ top: z.int(), at: z.int() }).optional(),
})
export type JobState = z.output<typeof JobState>

const Cursor = z.object({
  v: z.literal(1),
  /** The rules under which it was read. */
  rules: z.string(),
  /** How far back it is read, and what is covered of it once all jobs were. */
  since: z.int(),
  covered: z.int().nullable(),
  /** By name; only those that a rule takes or took. */
  jobs: z.record(z.string(), JobState),
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
  return { v: 1, rules: '', since: 0, covered: null, jobs: {} }
}

export function writeCursor(cursor: Cursor): string {
  return JSON.stringify(cursor)
}

export function emptyState(): JobState {
  return { top: 0, at: 0, open: [] }
}

/** All that decides what becomes of a build. */
export function fingerprint(options: JenkinsOptions): string {
  const { deployments, service, repository, environment, environments, version, commit, checkout, unstable, pullRequests, backfillDays } =
    options
  const rules = [
    deployments,
    service,
    repository,
    environment,
    environments,
    version,
    commit,
    checkout,
    unstable,
    pullRequests,
    backfillDays,
  ]
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 16)
}

/** What tells a build from one that had its number before the job was made anew; undefined where none had. */
export function generationOf(state: JobState | undefined, build: { number: number; timestamp: Instant }): Instant | undefined {
  if (state === undefined) return undefined
  const { reset = isReset(state, build) ? { top: state.top, at: state.at } : undefined } = state
  return reset !== undefined && build.number <= reset.top && build.timestamp > reset.at ? build.timestamp : undefined
}

/** Builds that are scheduled at about the same time may have their numbers in another order. */
const skewMs = 60_000

/** Whether the build shows that its job was made anew: its number is not higher, but it began later. */
export function isReset({ top, at }: JobState, build: { number: number; timestamp: Instant }): boolean {
  return build.number <= top && build.timestamp > at + skewMs
}
