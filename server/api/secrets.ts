/** The token that programs show, and the sessions that browsers hold instead of it. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Instant } from '../facts.ts'

/** How long a browser stays signed in. */
export const sessionMs = 7 * 24 * 3600 * 1000

export interface Sessions {
  /** A new session's value; it is signed and does not hold the token. */
  issue(now: Instant): string
  stands(value: string, now: Instant): boolean
  end(value: string, now: Instant): void
}

/** Compares in a time that tells nothing of where they differ. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest())
}

/** Sessions signed by a key made from the token: they outlive a restart and end when the token changes. */
export function createSessions(token: string): Sessions {
  const key = createHmac('sha256', token).update('shiplog session').digest()
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url')
  const ended = new Map<string, Instant>()

  return {
    issue(now) {
      const text = `${now + sessionMs}.${randomBytes(16).toString('base64url')}`
      return `${text}.${sign(text)}`
    },
    stands(value, now) {
      const parts = value.split('.')
      if (parts.length !== 3 || ended.has(value)) return false
      const [expires = '', nonce = '', signature = ''] = parts
      return sameSecret(signature, sign(`${expires}.${nonce}`)) && Number(expires) > now
    },
    end(value, now) {
      if (!this.stands(value, now)) return
      for (const [old, until] of ended) if (until < now) ended.delete(old)
      ended.set(value, Number(value.split('.')[0]))
    },
  }
}

export interface Throttle {
  /** Seconds until this address may try again; 0: now. */
  waitSeconds(address: string, now: Instant): number
  failed(address: string, now: Instant): void
}

const attempts = 10
const windowMs = 60_000
const maxAddresses = 10_000

/** Ten wrong tokens from one address within a minute, and it waits until that minute is over. */
export function createThrottle(): Throttle {
  const failures = new Map<string, { count: number; until: Instant }>()
  return {
    waitSeconds(address, now) {
      const known = failures.get(address)
      return known !== undefined && known.count >= attempts && known.until > now ? Math.ceil((known.until - now) / 1000) : 0
    },
    failed(address, now) {
      const known = failures.get(address)
      if (known !== undefined && known.until > now) {
        known.count++
        return
      }
      if (failures.size >= maxAddresses) failures.clear()
      failures.set(address, { count: 1, until: now + windowMs })
    },
  }
}
