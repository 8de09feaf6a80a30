/** How long is waited where GitHub does not say. */
export interface Pace {
  /** First wait after a failure of the server; grows with the square of the attempts. Milliseconds. */
  retryMs: number
  /** After a secondary limit without a time. Seconds. */
  secondarySeconds: number
  timeoutMs: number
}

export const usualPace: Pace = { retryMs: 1000, secondarySeconds: 60, timeoutMs: 30_000 }
