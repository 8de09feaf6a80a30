import { describe, expect, it } from 'vitest'
import { ShiplogError } from '../../server/errors.ts'
import type { Bucket } from '../../server/metrics/answer.ts'
import { addDays, bucketsOf, dayOf, dayPosition, isoWeekOf, isoWeekWindow, spanIndex, windowOf } from '../../server/metrics/windows.ts'
import { at, hour } from './rows.ts'

const berlin = 'Europe/Berlin'

function starts(from: string, to: string, bucket: Bucket, timeZone = 'UTC') {
  return bucketsOf(windowOf({ from, to, timeZone }), bucket).map(({ start }) => start)
}

describe('windowOf', () => {
  it('begins and ends at midnight of the zone, daylight saving honoured', () => {
    const window = windowOf({ from: '2026-03-29', to: '2026-03-30', timeZone: berlin })
    expect(window).toEqual({
      from: at('2026-03-28T23:00:00Z'),
      to: at('2026-03-29T22:00:00Z'),
      fromDay: '2026-03-29',
      toDay: '2026-03-30',
      days: 1,
      timeZone: berlin,
    })
    const autumn = windowOf({ from: '2026-10-25', to: '2026-10-26', timeZone: berlin })
    expect(autumn.to - autumn.from).toBe(25 * hour)
  })

  it('begins a day without a midnight at its first instant', () => {
    // Santiago moves its clocks forward at midnight: 2026-09-06 begins at 01:00.
    const window = windowOf({ from: '2026-09-06', to: '2026-09-07', timeZone: 'America/Santiago' })
    expect(new Date(window.from).toISOString()).toBe('2026-09-06T04:00:00.000Z')
    expect(window.to - window.from).toBe(23 * hour)
  })

  it.each([
    [{ from: '2026-02-01', to: '2026-01-01', timeZone: 'UTC' }, 'ends (2026-01-01) before it begins'],
    [{ from: '2026-01-01', to: '2026-01-01', timeZone: 'UTC' }, '"to" is the day after its last day'],
    [{ from: '2026-02-30', to: '2026-03-01', timeZone: 'UTC' }, '"2026-02-30" is not a calendar day'],
    [{ from: '2026-1-1', to: '2026-03-01', timeZone: 'UTC' }, 'Write it as YYYY-MM-DD'],
    [{ from: '2026-01-01T00:00:00Z', to: '2026-03-01', timeZone: 'UTC' }, 'is not a calendar day'],
    [{ from: '1980-01-01', to: '2026-01-01', timeZone: 'UTC' }, 'spans 46 years. Ask for at most 20 years'],
    [{ from: '1960-01-01', to: '1961-01-01', timeZone: 'UTC' }, 'out of range'],
    [{ from: '2026-01-01', to: '2026-02-01', timeZone: 'Mars/Olympus' }, 'Use an IANA name such as Europe/Berlin'],
  ])('refuses %j', (range, words) => {
    expect(() => windowOf(range)).toThrow(ShiplogError)
    expect(() => windowOf(range)).toThrow(expect.objectContaining({ code: 'invalid', message: expect.stringContaining(words) }))
  })

  it('takes twenty years', () => {
    expect(windowOf({ from: '2006-11-23', to: '2026-11-23', timeZone: 'UTC' }).days).toBe(7305)
  })
})

describe('bucketsOf', () => {
  it.each<[string, string, Bucket, string[]]>([
    ['2023-01-03', '2023-01-22', 'week', ['2023-01-02', '2023-01-09', '2023-01-16']],
    ['2022-01-01', '2022-01-04', 'day', ['2022-01-01', '2022-01-02', '2022-01-03']],
    ['2022-01-01', '2022-03-16', 'month', ['2022-01-01', '2022-02-01', '2022-03-01']],
    ['2022-12-26', '2023-01-24', 'week', ['2022-12-26', '2023-01-02', '2023-01-09', '2023-01-16', '2023-01-23']],
    ['2026-12-30', '2027-01-05', 'week', ['2026-12-28', '2027-01-04']],
    ['2025-12-31', '2026-04-02', 'quarter', ['2025-10-01', '2026-01-01', '2026-04-01']],
    ['2024-02-29', '2024-03-01', 'month', ['2024-02-01']],
    ['1970-01-01', '1970-01-02', 'week', ['1969-12-29']],
  ])('of %s to %s by %s are whole ones', (from, to, bucket, expected) => {
    expect(starts(from, to, bucket)).toEqual(expected)
  })

  it('follow each other without a gap across daylight saving', () => {
    const spans = bucketsOf(windowOf({ from: '2026-03-01', to: '2026-11-15', timeZone: berlin }), 'day')
    expect(spans).toHaveLength(259)
    expect(spans.every((span, i) => i === 0 || span.from === spans[i - 1]?.to)).toBe(true)
    const odd = spans.filter((span) => span.to - span.from !== 24 * hour).map((span) => [span.start, (span.to - span.from) / hour])
    expect(odd).toEqual([
      ['2026-03-29', 23],
      ['2026-10-25', 25],
    ])
  })

  it('has 53 weeks in 2026', () => {
    const spans = bucketsOf(isoWeekWindow('2026-W53', 'UTC'), 'week')
    expect(spans.map(({ start, end }) => [start, end])).toEqual([['2026-12-28', '2027-01-04']])
  })

  it('refuses more buckets than can be shown', () => {
    const window = windowOf({ from: '2006-11-23', to: '2026-11-23', timeZone: 'UTC' })
    expect(() => bucketsOf(window, 'day')).toThrow('over 4000 buckets of a day. Ask for a wider bucket')
    expect(bucketsOf(window, 'week')).toHaveLength(1044)
  })
})

describe('spanIndex', () => {
  it('finds the bucket by [from, to)', () => {
    const spans = bucketsOf(windowOf({ from: '2026-01-01', to: '2026-01-20', timeZone: 'UTC' }), 'week')
    const found = ['2025-12-28T23:59:59Z', '2025-12-29', '2026-01-04T23:59:59.999Z', '2026-01-05', '2026-01-25', '2026-01-26']
    expect(found.map((time) => spanIndex(spans, at(time)))).toEqual([-1, 0, 0, 1, 3, -1])
  })
})

describe('ISO weeks', () => {
  it.each([
    ['2026-W47', '2026-11-16', '2026-11-23'],
    ['2026-W01', '2025-12-29', '2026-01-05'],
    ['2026-W53', '2026-12-28', '2027-01-04'],
    ['2027-W01', '2027-01-04', '2027-01-11'],
  ])('%s is %s to %s', (week, from, to) => {
    expect(isoWeekWindow(week, berlin)).toMatchObject({ fromDay: from, toDay: to, days: 7 })
    expect(isoWeekOf(from)).toBe(week)
    expect(isoWeekOf(addDays(to, -1))).toBe(week)
  })

  it('of a week with the change of clocks is an hour shorter', () => {
    const window = isoWeekWindow('2026-W13', berlin)
    expect(window.to - window.from).toBe(167 * hour)
  })

  it.each([
    ['2027-W53', '2027 has no week 53. Its weeks are 01 to 52.'],
    ['2026-W00', '2026 has no week 00. Its weeks are 01 to 53.'],
    ['2026-47', 'Write it as 2026-W47.'],
    ['', 'is not an ISO week'],
  ])('refuses %j', (week, words) => {
    expect(() => isoWeekWindow(week, 'UTC')).toThrow(words)
  })
})

describe('dayPosition', () => {
  it('counts a day by its elapsed part, of 23, 24 or 25 hours', () => {
    const whole = dayPosition(at('2026-03-28T23:00:00Z'), berlin)
    expect(dayPosition(at('2026-03-29T10:30:00Z'), berlin)).toBe(whole + 0.5)
    expect(dayPosition(at('2026-03-29T22:00:00Z'), berlin)).toBe(whole + 1)
    expect(dayPosition(at('1970-01-02T12:00:00Z'), 'UTC')).toBe(1.5)
  })

  it('refuses a zone that is none, also after it was asked before', () => {
    for (let i = 0; i < 2; i++) expect(() => dayPosition(at('2026-01-01'), 'Mars/Olympus')).toThrow('is not a time zone')
    expect(() => windowOf({ from: '2026-01-01', to: '2026-02-01', timeZone: 'Mars/Olympus' })).toThrow('is not a time zone')
  })

  it('knows the day on which an instant falls', () => {
    expect(dayOf(at('2026-01-31T23:30:00Z'), berlin)).toBe('2026-02-01')
    expect(dayOf(at('2026-01-31T23:30:00Z'), 'UTC')).toBe('2026-01-31')
  })
})
