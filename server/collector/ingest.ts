/** The one way in for every fact: facts, derivation and cursor in one transaction. */
import type { z } from 'zod'
import type { Config } from '../config.ts'
import type { Fact, Instant, Ref, Verdict, VerdictInput } from '../facts.ts'
import type { Store } from '../store/open.ts'

export interface IngestContext {
  now: Instant
  config: Config
  /** `collector`: a source that is its own single writer; `push`: anybody. */
  authority: 'collector' | 'push'
  /** Where the source goes on after these facts; saved with them if it still stands where it was expected. */
  cursor?: { sourceId: string; expected: string | null; next: string }
}

export interface Ingested {
  /** Facts that changed something. */
  accepted: number
  /** Facts that were known already. */
  unchanged: number
}

/**
 * Saves the facts and all that follows from them, or nothing. Throws ShiplogError `conflict` where another run moved the cursor,
 * `invalid` where a fact names a service that is not configured.
 */
export async function ingest(_store: Store, _facts: Iterable<Fact>, _context: IngestContext): Promise<Ingested> {
  throw new Error('not there yet')
}

export type ChangeContext = Pick<IngestContext, 'now' | 'config'>

/** Adds a person's word on a deployment (null: withdraws it) to its history. Throws ShiplogError `not_found`. */
export async function setVerdict(
  _store: Store,
  _context: ChangeContext,
  _request: { ref: Ref; input: z.output<typeof VerdictInput> | { verdict: 'withdrawn'; by: string } },
): Promise<Verdict> {
  throw new Error('not there yet')
}

/** Derives everything anew from the facts; the result is the same as what was derived as they came. */
export async function rebuild(_store: Store, _context: ChangeContext): Promise<{ services: number }> {
  throw new Error('not there yet')
}

/** Moves the facts of services that the configuration renamed or mapped anew; for the start of a process. */
export async function applyConfig(_store: Store, _context: ChangeContext): Promise<{ moved: number }> {
  throw new Error('not there yet')
}
