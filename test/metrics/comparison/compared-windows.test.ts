import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineMetrics } from '../../../server/definition.ts'
import { comparedWindows, earliestCompared } from '../../../server/metrics/comparison/compared-windows.ts'
import { workingWeek } from '../../../server/metrics/comparison/working-days.ts'
import { addDays, windowOf } from '../../../server/metrics/windows.ts'
import { at } from '../rows.ts'

// 2026-11-02 is a Monday, 2026-11-24 a Tuesday.
const late = '2027-06-01'
const now = '2026-11-24T15:00:00Z'

describe('what is compared with what', () => {
  it.each([
    [
      'whole weeks: the weeks before',
      '2026-11-02',
      '2026-11-23',
      late,
      'week',
      '2026-11-02',
      '2026-11-23',
      '2026-10-12',
      '2026-11-02',
      'the 3 weeks before',
    ],
    ['one week', '2026-11-16', '2026-11-23', late, 'week', '2026-11-16', '2026-11-23', '2026-11-09', '2026-11-16', 'the week before'],
    [
      'a month: the month before',
      '2026-03-01',
      '2026-04-01',
      late,
      'week',
      '2026-03-01',
      '2026-04-01',
      '2026-02-01',
      '2026-03-01',
      'the month before',
    ],
    ['a quarter', '2026-01-01', '2026-04-01', late, 'week', '2026-01-01', '2026-04-01', '2025-10-01', '2026-01-01', 'the 3 months before'],
    [
      'other days: as many',
      '2026-01-05',
      '2026-01-15',
      late,
      'week',
      '2026-01-05',
      '2026-01-15',
      '2025-12-26',
      '2026-01-05',
      'the 10 days before',
    ],
    [
      'weeks up to today: those that are complete',
      '2026-08-31',
      '2026-11-25',
      now,
      'week',
      '2026-08-31',
      '2026-11-23',
      '2026-06-08',
      '2026-08-31',
      'the 12 weeks before',
    ],
    [
      'months up to today',
      '2026-08-01',
      '2026-11-25',
      now,
      'month',
      '2026-08-01',
      '2026-11-01',
      '2026-05-01',
      '2026-08-01',
      'the 3 months before',
    ],
    [
      'this week so far',
      '2026-11-23',
      '2026-11-25',
      now,
      'day',
      '2026-11-23',
      '2026-11-24',
      '2026-11-16',
      '2026-11-17',
      'the same day of the week before',
    ],
    [
      'a month that holds the present',
      '2026-11-01',
      '2026-12-01',
      now,
      'week',
      '2026-11-01',
      '2026-11-24',
      '2026-10-01',
      '2026-10-24',
      'the same 23 days of the month before',
    ],
    [
      'a longer month than the one before',
      '2026-03-01',
      '2026-04-01',
      '2026-03-31T02:00:00Z',
      'day',
      '2026-03-01',
      '2026-03-31',
      '2026-02-01',
      '2026-03-01',
      'the same 30 days of the month before',
    ],
    [
      'other days up to today',
      '2026-11-05',
      '2026-11-25',
      now,
      'day',
      '2026-11-05',
      '2026-11-24',
      '2026-10-17',
      '2026-11-05',
      'the 19 days before',
    ],
    [
      'a Monday that is a first, by week',
      '2026-06-01',
      '2026-07-15',
      '2026-07-14T10:00:00Z',
      'week',
      '2026-06-01',
      '2026-07-13',
      '2026-04-20',
      '2026-06-01',
      'the 6 weeks before',
    ],
    [
      'a Monday that is a first, by month',
      '2026-06-01',
      '2026-07-15',
      '2026-07-14T10:00:00Z',
      'month',
      '2026-06-01',
      '2026-07-01',
      '2026-05-01',
      '2026-06-01',
      'the month before',
    ],
  ] as const)('%s', (_, from, to, present, bucket, currentFrom, currentTo, beforeFrom, beforeTo, name) => {
    const found = comparedWindows(windowOf({ from, to, timeZone: 'UTC' }), Date.parse(present), bucket)
    expect(found).toEqual({ current: { from: currentFrom, to: currentTo }, before: { from: beforeFrom, to: beforeTo }, name })
  })

  it('is nothing where no day is complete', () => {
    const today = windowOf({ from: '2026-11-24', to: '2026-11-25', timeZone: 'UTC' })
    expect(comparedWindows(today, at(now), 'day')).toBeNull()
    expect(comparedWindows(today, null, 'day')).toBeNull()
  })

  it('lies within the days read, does not overlap, and does not hold the present', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 800 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 0, max: 1400 }),
        fc.constantFrom('day', 'week', 'month', 'quarter'),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
        (start, days, present, bucket, timeZone) => {
          const from = addDays('2024-01-01', start)
          const window = windowOf({ from, to: addDays(from, days), timeZone })
          const found = comparedWindows(window, at('2024-01-01') + present * 86_400_000, bucket as 'day')
          if (found === null) return
          const { current, before } = found
          expect(before.from >= earliestCompared({ from, to: window.toDay })).toBe(true)
          expect(before.from < before.to && before.to <= current.from && current.from < current.to).toBe(true)
          expect(current.from).toBe(from)
          expect(current.to <= window.toDay && current.to <= addDays('2024-01-01', present + 1)).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('reads nothing before 1970 and no more than 20 years', () => {
    expect(earliestCompared({ from: '1970-01-05', to: '1980-01-01' })).toBe('1970-01-01')
    expect(earliestCompared({ from: '2000-01-01', to: '2020-01-01' })).toBe('1980-01-01')
  })
})

describe('a week of working days', () => {
  it.each([
    [[], 5, false],
    [['2026-12-25'], 4, false],
    [['12-24', '12-25'], 3, false],
    [['12-21', '12-22', '12-25'], 2, true],
    [['2025-12-25', '2026-12-27'], 5, false],
  ])('less %j', (holidays, days, holiday) => {
    expect(workingWeek('2026-12-21', defineMetrics({ holidays }))).toEqual({ days, holiday })
  })

  it('may have other days than Monday to Friday', () => {
    const sundays = defineMetrics({ workingDays: [7, 1, 2, 3, 4], holidays: ['2026-12-27'] })
    expect(workingWeek('2026-12-21', sundays)).toEqual({ days: 4, holiday: false })
  })
})

describe('the definition', () => {
  it('is dora@1 with the parameters of comparisons as they are, and another with others', () => {
    expect(defineMetrics().version).toBe('dora@1')
    expect(defineMetrics({ clearP: 0.01 }).version).toBe('dora@1')
    expect(defineMetrics({ clearP: 0.05 }).version).toMatch(/^dora@1\+[0-9a-f]{8}$/)
    expect(defineMetrics({ holidays: ['12-25'] }).version).not.toBe(defineMetrics({ holidays: ['12-26'] }).version)
  })

  it('keeps the names that it had before there were comparisons', () => {
    expect(defineMetrics({ failureWindow: '1h' }).version).toBe('dora@1+e6347a9a')
  })
})
