/** The rate limits of a token: read from every answer, with a reserve left for its other users. */
import { setTimeout as delay } from 'node:timers/promises'

export interface BudgetOptions {
  /** Share of the limit that is left to others. */
  reserve: number
  signal: AbortSignal
  /** The time of this machine, in milliseconds since the epoch. */
  now(): number
  /** Told before a wait. */
  onWait(until: Date, why: string): void
}

export interface Budget {
  /** Waits where less than the reserve is left. */
  await(resource: string): Promise<void>
  /** Reads the headers of an answer. */
  note(headers: Record<string, string | number | undefined>): void
  /** Waits until a limit is lifted, by GitHub's clock. */
  waitForReset(resource: string): Promise<void>
  waitSeconds(seconds: number, why: string): Promise<void>
  /** Seconds by which GitHub's clock is ahead of this machine's; null before the first answer. */
  skew(): number | null
  limit(resource: string): number | null
}

interface State {
  limit: number
  remaining: number
  /** Seconds since the epoch, by GitHub's clock. */
  reset: number
}

export function createBudget({ reserve, signal, now, onWait }: BudgetOptions): Budget {
  const states = new Map<string, State>()
  let skewSeconds: number | null = null

  /** By GitHub's clock, since that is the one its resets are told by. */
  function theirNow(): number {
    return now() / 1000 + (skewSeconds ?? 0)
  }

  async function waitSeconds(seconds: number, why: string): Promise<void> {
    if (seconds <= 0) return
    onWait(new Date(now() + seconds * 1000), why)
    await delay(Math.ceil(seconds * 1000), undefined, { signal })
  }

  async function waitForReset(resource: string): Promise<void> {
    const state = states.get(resource)
    // A second more, so that the limit is lifted when the next request arrives.
    await waitSeconds(state === undefined ? 60 : Math.max(0, state.reset - theirNow()) + 1, 'the rate limit')
    states.delete(resource)
  }

  return {
    async await(resource) {
      const state = states.get(resource)
      if (state === undefined || state.limit === 0 || theirNow() >= state.reset) return
      if (state.remaining <= Math.floor(state.limit * reserve)) await waitForReset(resource)
    },
    note(headers) {
      const at = Date.parse(String(headers.date ?? ''))
      if (!Number.isNaN(at)) skewSeconds = Math.round((at - now()) / 1000)
      const resource = headers['x-ratelimit-resource']
      const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) => Number(headers[`x-ratelimit-${name}`] ?? Number.NaN))
      if (typeof resource !== 'string' || limit === undefined || remaining === undefined || reset === undefined) return
      if (![limit, remaining, reset].every(Number.isFinite)) return
      states.set(resource, { limit, remaining, reset })
    },
    waitForReset,
    waitSeconds,
    skew: () => skewSeconds,
    limit: (resource) => states.get(resource)?.limit ?? null,
  }
}
