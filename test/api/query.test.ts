import { describe, expect, it } from 'vitest'
import { Day, Scope, windowFrom } from '../../server/api/query.ts'

describe('windowFrom', () => {
  const wednesday = new Date('2026-04-01T12:00:00Z')

  it.each([
    ['nothing: the twelve whole weeks before this one, and this one up to today', {}, { from: '2026-01-05', to: '2026-04-02' }],
    ['both', { from: '2026-01-01', to: '2026-02-01' }, { from: '2026-01-01', to: '2026-02-01' }],
    ['only from', { from: '2026-03-15' }, { from: '2026-03-15', to: '2026-04-02' }],
    ['only to, in the past: twelve weeks before the week of its last day', { to: '2026-02-02' }, { from: '2025-11-03', to: '2026-02-02' }],
    ['only to, in the future', { to: '2027-01-01' }, { from: '2026-01-05', to: '2027-01-01' }],
  ])('given %s', (_, asked, window) => {
    expect(windowFrom(asked, wednesday, 'UTC')).toEqual(window)
  })

  it('takes today from the reporting time zone', () => {
    expect(windowFrom({}, new Date('2026-04-01T23:30:00Z'), 'Asia/Tokyo').to).toBe('2026-04-03')
  })

  it('refuses a window that ends before it begins', () => {
    expect(() => windowFrom({ from: '2026-02-01', to: '2026-02-01' }, wednesday, 'UTC')).toThrow(/earlier than to/)
  })
})

describe('Day', () => {
  it.each(['2026-02-30', '2026-13-01', '26-01-01', '2026-1-1', '1969-12-31', '9999-01-01', '', '2026-01-01T00:00:00Z'])(
    'refuses %j',
    (text) => {
      expect(Day.safeParse(text).success).toBe(false)
    },
  )
  it('takes the leap day', () => {
    expect(Day.safeParse('2028-02-29').success).toBe(true)
  })
})

describe('Scope', () => {
  it.each(['org', 'service:checkout', 'team:a b', 'service:a:b'])('takes %s', (scope) => {
    expect(Scope.safeParse(scope).success).toBe(true)
  })
  it.each(['', 'service:', 'everything', 'orga', 'service:a\0b'])('refuses %j', (scope) => {
    expect(Scope.safeParse(scope).success).toBe(false)
  })
})
