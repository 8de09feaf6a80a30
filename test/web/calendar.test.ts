import { describe, expect, it } from 'vitest'
import { dayOf, daysBetween, isDay, isoWeekOf, lastTwelveWeeks, mondayOf, mondayOfWeek, presets } from '../../web/calendar.ts'

describe('days', () => {
  it.each([
    ['2026-11-23T23:30:00Z', 'UTC', '2026-11-23'],
    ['2026-11-23T23:30:00Z', 'Europe/Berlin', '2026-11-24'],
    ['2026-03-29T00:59:00Z', 'America/New_York', '2026-03-28'],
  ])('%s in %s is %s', (at, timeZone, day) => {
    expect(dayOf(Date.parse(at), timeZone)).toBe(day)
  })

  it.each(['2026-2-1', '2026-02-30', '', 'yesterday', 20260101])('%j is none', (text) => {
    expect(isDay(text)).toBe(false)
  })

  it('counts days across a change of the clock', () => {
    expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2)
  })
})

describe('ISO weeks', () => {
  it.each([
    ['2026-11-23', '2026-W48', '2026-11-23'],
    ['2027-01-03', '2026-W53', '2026-12-28'],
    ['2024-12-30', '2025-W01', '2024-12-30'],
    ['2023-01-01', '2022-W52', '2022-12-26'],
  ])('%s lies in %s, which begins on %s', (day, week, monday) => {
    expect(isoWeekOf(day)).toBe(week)
    expect(mondayOf(day)).toBe(monday)
    expect(mondayOfWeek(week)).toBe(monday)
  })

  it.each(['2025-W53', '2026-W00', '2026-48', ''])('%j is none', (week) => {
    expect(mondayOfWeek(week)).toBeNull()
  })
})

describe('windows', () => {
  it('is twelve whole weeks and the current one by default', () => {
    expect(lastTwelveWeeks('2026-11-25')).toEqual({ from: '2026-08-31', to: '2026-11-26' })
  })

  it.each(presets.map((preset) => [preset.label, preset] as const))('%s ends with today and starts with a bucket', (_, preset) => {
    const { from, to } = preset.period('2026-11-25')
    expect(to).toBe('2026-11-26')
    expect(preset.bucket === 'week' || preset.bucket === 'day' ? mondayOf(from) : `${from.slice(0, 8)}01`).toBe(from)
  })
})
