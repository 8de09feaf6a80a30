import { describe, expect, it } from 'vitest'
import {
  counted,
  formatAge,
  formatDuration,
  formatInstant,
  formatUntil,
  frequencyFigure,
  joined,
  percentFigure,
  shortVersion,
} from '../../web/format.ts'

describe('durations', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [59.6, '1 min'],
    [3569, '59 min'],
    [3600, '1 h'],
    [93_600, '1.1 days'],
    [86_400, '1 day'],
    [86_400 * 99, '99 days'],
    [86_400 * 121.75, '4 months'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })
})

describe('rates', () => {
  it.each([
    [0, '0 per week'],
    [1.5555, '1.56 per week'],
    [101.4, '101 per week'],
    [0.25, '1.09 per month'],
  ])('%d a week is %s', (perWeek, text) => {
    expect(joined(frequencyFigure(perWeek))).toBe(text)
  })

  it.each([
    [0, '0%'],
    [0.0476, '4.8%'],
    [0.05, '5%'],
    [0.126, '13%'],
    [1, '100%'],
  ])('%d is %s', (ratio, text) => {
    expect(joined(percentFigure(ratio))).toBe(text)
  })
})

describe('times', () => {
  it('is told from the point of view of now', () => {
    expect(formatAge(0, 4000)).toBe('just now')
    expect(formatAge(0, 180_000)).toBe('3 min ago')
    expect(formatUntil(300_000, 0)).toBe('in 5 min')
    expect(formatUntil(0, 10)).toBe('due now')
  })

  it('is told in the time zone of the installation', () => {
    expect(formatInstant('2026-01-31T23:30:00Z', 'Europe/Berlin')).toBe('1 Feb 2026, 00:30')
  })

  it('counts in the plural where there are several', () => {
    expect([counted(1, 'change'), counted(1240, 'change'), counted(0, 'day')]).toEqual(['1 change', '1,240 changes', '0 days'])
  })
})

describe('versions', () => {
  it('are as they are named, and commit ids short', () => {
    expect(shortVersion('v1.2.3')).toBe('v1.2.3')
    expect(shortVersion('3f786850e387550fdab836ed7e6dc881de23001b')).toBe('3f786850e3')
  })
})
