/** What an exporter is: it writes documents to another system, where the same document written again changes nothing. */
import type { z } from 'zod'
import type { Instant } from '../facts.ts'
import type { LinkedDeployment } from '../linked.ts'
import type { MetricId } from '../metrics/answer.ts'
import type { Context } from '../sources/source.ts'

/** A deployment as Shiplog holds it now; its name is that of the fact. */
export interface DeploymentDocument {
  kind: 'deployment'
  deployment: LinkedDeployment
}

/** The metrics of one scope and week; durations are seconds, null where there is no value. */
export interface MetricsDocument {
  kind: 'metrics'
  /** `org`, `team:ID` or `service:ID`. */
  scope: string
  /** The week's first day, and the day after its last. */
  start: string
  end: string
  startAt: Instant
  /** More may come. */
  partial: boolean
  values: Record<MetricId, number | null>
}

export type ExportDocument = DeploymentDocument | MetricsDocument

export type ExportContext = Pick<Context, 'signal' | 'now' | 'progress' | 'note'>

export interface Exporter<Options> {
  id: string
  title: string
  options: z.ZodType<Options>
  /** How far back the first export goes, in days. */
  backfillDays(options: Options): number
  /** Whether documents of metrics are wanted. */
  wantsMetrics(options: Options): boolean
  /** Resolves once the documents are held there; may be given some of them again. Throws SourceError. */
  write(options: Options, documents: ExportDocument[], ctx: ExportContext): Promise<void>
  /** Looks whether it could write, and says so in a sentence; writes nothing. Throws SourceError. */
  check(options: Options, ctx: ExportContext): Promise<string>
}
