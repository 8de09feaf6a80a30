import { describe, expect, it } from 'vitest'
import { calendarOf, easter, firstMonday } from '../../../server/sources/demo/calendar.ts'

const at = (text: string) => Date.parse(text)
const calendar = calendarOf('2025-12-01', at('2026-04-30T12:00:00Z'))
const day = (name: string) => calendar.days.find((each) => each.day === name)

describe('calendar', () => {
  it.each([
    [2024, '2024-03-31'],
    [2025, '2025-04-20'],
    [2026, '2026-04-05'],
    [2038, '2038-04-25'],
  ])('knows Easter of %i', (year, expected) => {
    expect(easter(year).toISODate()).toBe(expected)
  })

  it('begins on the Monday so many weeks before', () => {
    expect(firstMonday('2026-11-25', 2)).toBe('2026-11-09')
    expect(firstMonday('2026-11-23', 0)).toBe('2026-11-23')
  })

  it('knows weekends, holidays and the freeze', () => {
    expect(day('2025-12-06')).toMatchObject({ working: false, weekday: 6 })
    expect(day('2025-12-17')).toMatchObject({ working: true, frozen: false, load: 1 })
    expect(day('2025-12-22')).toMatchObject({ working: true, frozen: true })
    expect(day('2025-12-25')).toMatchObject({ working: false, frozen: true })
    expect(day('2026-04-03')?.working).toBe(false)
    expect(day('2026-04-06')?.working).toBe(false)
    expect(day('2026-04-07')?.working).toBe(true)
  })

  it('ends with the day asked for', () => {
    expect(calendar.days.at(-1)?.day).toBe('2026-04-30')
  })

  it('lets work pass only in working hours, over nights, weekends and daylight saving', () => {
    expect(calendar.afterWork(at('2026-03-27T15:30:00Z'), 45)).toBe(at('2026-03-27T16:15:00Z'))
    expect(calendar.afterWork(at('2026-03-27T15:30:00Z'), 120)).toBe(at('2026-03-30T08:00:00Z'))
    expect(calendar.afterWork(at('2026-03-28T12:00:00Z'), 30)).toBe(at('2026-03-30T07:30:00Z'))
    expect(calendar.afterWork(at('2026-04-30T12:00:00Z'), 1e6)).toBe(Number.POSITIVE_INFINITY)
  })

  it('opens the window for deployments on working days outside the freeze', () => {
    expect(calendar.deployWindow(at('2026-03-27T14:00:00Z'), false)).toBe(at('2026-03-30T07:10:00Z'))
    expect(calendar.deployWindow(at('2026-03-27T14:00:00Z'), true)).toBe(at('2026-03-27T14:00:00Z'))
    expect(calendar.deployWindow(at('2025-12-20T10:00:00Z'), true)).toBe(at('2026-01-05T08:10:00Z'))
  })
})
