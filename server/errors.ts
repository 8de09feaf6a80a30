/** The errors a person may meet; each message says what happened and what to do. */

export type ErrorCode =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'unavailable'
  | 'source_failed'
  | 'internal'

export class ShiplogError extends Error {
  readonly code: ErrorCode
  /** Field or line paths with their faults, or other facts that help; never a secret. */
  readonly details: unknown

  constructor(code: ErrorCode, message: string, details: unknown = null, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ShiplogError'
    this.code = code
    this.details = details
  }
}

/** What a source could not do, with the mend; it concludes nothing about the facts. */
export class SourceError extends ShiplogError {
  readonly mend: string

  constructor(message: string, mend: string, options?: ErrorOptions) {
    super('source_failed', `${message} ${mend}`, null, options)
    this.name = 'SourceError'
    this.mend = mend
  }
}
