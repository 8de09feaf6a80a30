/** What the metrics are computed from: the sums of one window or bucket, whether made from rows, from blocks or from tallies. */
import type { Basis, Stage } from '../linked.ts'
import type { ChangeReason, DeploymentReason } from './answer.ts'
import type { Spread } from './spread.ts'
import type { Duration } from './survival.ts'

export interface Summary {
  /** Counted deployments. */
  counted: number
  /** The others, by reason. */
  apart: Partial<Record<DeploymentReason, number>>
  /** Median days between counted deployments; null under two. */
  medianGap(): number | null
  /** In the fail rate, and failed among them. */
  judged: number
  failed: number
  /** Too young to be judged. */
  pending: number
  /** Judged, and a signal may still change it. */
  provisional: number
  /** Whether any deployment may still turn out failed. */
  isProvisional: boolean
  /** Counted deployments that were rework. */
  rework: number
  /** Counted deployments without a change. */
  carriesNothing: number
  /** Changes of each counted deployment that carries any. */
  sizes: Spread
  /** From the beginning of each failure, and of each incident, to its end. */
  recoveries: Duration[]
  restores: Duration[]
  /** Seconds of each change in the lead time. */
  leads: Spread
  /** Deployments (releases in a roll-up) that carried them. */
  releases: number
  bases: Record<Basis, number>
  /** Those that are pull requests. */
  pulls: number
  /** Delivered changes that are not in it, by reason. */
  excluded: Record<ChangeReason, number>
  /** Medians in seconds, each over the changes where it was observed. */
  stages(): Partial<Record<Stage, { value: number; n: number }>>
}
