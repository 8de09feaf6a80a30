/** What a source is: it yields batches of facts, each with the cursor that stands once the batch is saved. */
import type { z } from 'zod'
import type { Fact } from '../facts.ts'

export interface Batch {
  facts: Iterable<Fact>
  /** Where the next run goes on; saved with the facts in one transaction. */
  cursor: string
}

export interface Progress {
  /** What is being done, in two or three words: `reading commits`. */
  step: string
  done: number
  /** Unknown where null. */
  total: number | null
}

/** What a run is given besides its options. */
export interface Context {
  /** The id of the source in the configuration. */
  sourceId: string
  /** The service that the deployments of this source belong to. */
  service: string
  /** A folder of the source's own, kept between runs. */
  dataDir: string
  signal: AbortSignal
  /** The time of the run. */
  now: Date
  progress(progress: Progress): void
  /** One line for the run log that a person should see, such as what was guessed. */
  note(text: string): void
}

/** One thing a rule looked at: counted, or the reason why not. */
export interface PreviewRow {
  name: string
  at: number | null
  counted: boolean
  reason: string | null
}

export interface Preview {
  /** The rule in words. */
  rule: string
  rows: PreviewRow[]
  /** Advice where nothing or little is counted. */
  hints: string[]
}

export interface Source<Options> {
  id: string
  title: string
  options: z.ZodType<Options>
  collect?(options: Options, cursor: string | null, ctx: Context): AsyncIterable<Batch>
  /** What the rule would count, and why not the rest; reads and changes nothing. */
  preview?(options: Options, ctx: Context): Promise<Preview>
}
