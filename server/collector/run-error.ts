/** What a person is told of a failure. */
import { ShiplogError, SourceError } from '../errors.ts'
import type { RunError } from '../store/runs.ts'

/** An error that nobody foresaw may hold anything, so its text goes to the log only. */
export function runError(error: unknown): RunError {
  if (error instanceof SourceError) {
    return { message: error.message.slice(0, error.message.length - error.mend.length).trimEnd(), mend: error.mend }
  }
  if (error instanceof ShiplogError) return { message: error.message, mend: null }
  return { message: 'Something unexpected went wrong.', mend: 'See the log of this process for the details.' }
}
