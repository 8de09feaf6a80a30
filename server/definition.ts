/** The one versioned object that holds every threshold behind a number. */
import { createHash } from 'node:crypto'
import { z } from 'zod'

const hour = 3600
const day = 24 * hour

/** Seconds, or text such as 90m, 24h, 14d. */
const Duration = z.union([
  z.number().positive(),
  z
    .string()
    .regex(/^\d+(?:s|m|h|d)$/, 'must be a number of seconds or text such as 90m, 24h or 14d')
    .transform((text) => Number.parseInt(text, 10) * { s: 1, m: 60, h: hour, d: day }[text.at(-1) as 's' | 'm' | 'h' | 'd']),
])

const RevertPattern = z.strictObject({
  field: z.enum(['message', 'title', 'headBranch']),
  /** Its first group is the reverted commit (7 digits or more) or the number of the reverted pull request. */
  pattern: z.string().max(500),
})
export type RevertPattern = z.output<typeof RevertPattern>

/** Parameters of the comparison with the window before (section 6). */
const ComparisonOptions = {
  /** A difference is clear with a p under this... */
  clearP: z.number().gt(0).lt(1).default(0.01),
  /** ...and a factor of at least this, up or down... */
  clearFactor: z.number().min(1).default(1.1),
  /** ...or, of ratios, at least so many percentage points. */
  clearPoints: z.number().min(0).default(2),
  /** Fewer independent deployments, releases or weeks on a side are not compared. At five a p under .01 is just possible. */
  comparedClusters: z.number().min(2).default(5),
  /** Fewer failed deployments or incidents on a side are not compared. */
  comparedRecoveries: z.number().min(2).default(10),
  /** Sides smaller than this are tested exactly: ratios by Fisher's test, recoveries by permuting the log-rank scores. */
  exactBelow: z.number().min(0).default(40),
  /** Random divisions that a permutation test tries at most. */
  permutations: z.int().min(99).max(1_000_000).default(9_999),
  /** Share of false ones among those that stand out of a list. */
  falseDiscovery: z.number().gt(0).lt(1).default(0.1),
  /** Windows are not compared where a start or unit of changes differs in its share by more percentage points. */
  basisPoints: z.number().min(0).max(100).default(10),
  /** ISO weekdays, Monday is 1. */
  workingDays: z
    .array(z.int().min(1).max(7))
    .min(1)
    .refine((days) => new Set(days).size === days.length, 'must name each weekday once')
    .default([1, 2, 3, 4, 5]),
  /** Days off: 2026-04-03, or each year 12-25. */
  holidays: z.array(z.string().regex(/^(?:\d{4}-)?\d{2}-\d{2}$/, 'must be a day such as 2026-04-03, or 12-25 for each year')).default([]),
  /** A week with less than this share of its working days is a holiday week. */
  holidayShare: z.number().min(0).max(1).default(0.6),
}

export const DefinitionOptions = z.strictObject({
  /** An incident this long after a deployment's start counts against it; a younger deployment is pending. Seconds. */
  failureWindow: Duration.default(day),
  /** A revert this long after the reverted change went live is a failure. Seconds. */
  revertWindow: Duration.default(72 * hour),
  /** A rollback blames the first deployment after its target only when that finished within this time. Seconds. */
  rollbackWindow: Duration.default(14 * day),
  /** An incident up to this long after the end of a failed attempt makes it an aborted deployment. Seconds. */
  abortedGrace: Duration.default(hour),
  /** Words that mark a hotfix in a label, branch, title or tag; matched as whole words. Empty turns the rule off. */
  hotfix: z.array(z.string().min(1).max(100)).default(['hotfix', 'hot-fix', 'emergency']),
  /** Share of a deployment's changes that makes it a revert's or hotfix's remedy deployment. */
  remedyShare: z.number().gt(0).max(1).default(0.5),
  /** Further ways in which a team writes a revert, besides the usual ones. */
  reverts: z.array(RevertPattern).default([]),
  /** Deployments of one repository at one commit within this time are one release. Seconds. */
  releaseWindow: Duration.default(hour),
  /** Windows of at least this many weeks cluster by ISO week. */
  weekClusters: z.number().positive().default(8),
  /** Fewer covered days give no frequency. */
  minimumCoveredDays: z.number().positive().default(7),
  ...ComparisonOptions,
})
export type DefinitionOptions = z.output<typeof DefinitionOptions>

export interface Definition extends DefinitionOptions {
  /** `dora@1`, or `dora@1+<hash>` where a parameter differs. */
  version: string
}

/** The definition with the given parameters; throws a ZodError that names a parameter it cannot take. */
export function defineMetrics(options: z.input<typeof DefinitionOptions> = {}): Definition {
  const parameters = DefinitionOptions.parse(options)
  const standard = DefinitionOptions.parse({})
  const own = JSON.stringify(named(parameters, standard))
  const version =
    own === JSON.stringify(named(standard, standard)) ? 'dora@1' : `dora@1+${createHash('sha256').update(own).digest('hex').slice(0, 8)}`
  return { version, ...parameters }
}

/** What the version names: a parameter of comparisons only where it differs, so that adding one renames no definition. */
function named(parameters: DefinitionOptions, standard: DefinitionOptions): Partial<DefinitionOptions> {
  const kept = Object.entries(parameters).filter(
    ([key, value]) => !(key in ComparisonOptions) || JSON.stringify(value) !== JSON.stringify(standard[key as keyof DefinitionOptions]),
  )
  return Object.fromEntries(kept) as Partial<DefinitionOptions>
}
