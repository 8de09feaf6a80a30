import { describe, expect, it } from 'vitest'
import { createSessions, createThrottle, sameSecret, sessionMs } from '../../server/api/secrets.ts'

const token = 'a-token-of-some-length'
const now = Date.UTC(2026, 3, 1)

describe('sameSecret', () => {
  it.each([
    ['equal', token, true],
    ['another', 'b-token-of-some-length', false],
    ['a prefix', 'a-token', false],
    ['empty', '', false],
  ])('%s', (_, given, same) => {
    expect(sameSecret(given, token)).toBe(same)
  })
})

describe('sessions', () => {
  it('stand until they expire', () => {
    const sessions = createSessions(token)
    const value = sessions.issue(now)
    expect(sessions.stands(value, now)).toBe(true)
    expect(sessions.stands(value, now + sessionMs - 1)).toBe(true)
    expect(sessions.stands(value, now + sessionMs)).toBe(false)
  })

  it('outlive a restart, and end when the token changes', () => {
    const value = createSessions(token).issue(now)
    expect(createSessions(token).stands(value, now)).toBe(true)
    expect(createSessions('another-token-altogether').stands(value, now)).toBe(false)
  })

  it('are not the token, and no two are the same', () => {
    const sessions = createSessions(token)
    const value = sessions.issue(now)
    expect(value).not.toContain(token)
    expect(sessions.issue(now)).not.toBe(value)
  })

  it('end by signing out, without ending others', () => {
    const sessions = createSessions(token)
    const [mine, yours] = [sessions.issue(now), sessions.issue(now)]
    sessions.end(mine, now)
    expect(sessions.stands(mine, now)).toBe(false)
    expect(sessions.stands(yours, now)).toBe(true)
  })

  it('cannot be lengthened or made up', () => {
    const sessions = createSessions(token)
    const [, nonce, signature] = sessions.issue(now).split('.')
    for (const value of [`${now * 2}.${nonce}.${signature}`, `NaN.${nonce}.${signature}`, `${now * 2}..`, '', 'a.b', 'a.b.c.d']) {
      expect(sessions.stands(value, now), value).toBe(false)
    }
  })
})

describe('throttle', () => {
  it('lets an address try ten times a minute', () => {
    const throttle = createThrottle()
    for (let attempt = 0; attempt < 10; attempt++) {
      expect(throttle.waitSeconds('10.0.0.1', now)).toBe(0)
      throttle.failed('10.0.0.1', now)
    }
    expect(throttle.waitSeconds('10.0.0.1', now)).toBe(60)
    expect(throttle.waitSeconds('10.0.0.2', now)).toBe(0)
    expect(throttle.waitSeconds('10.0.0.1', now + 60_000)).toBe(0)
  })
})
