import { describe, expect, it } from 'vitest'
import { count, dayText, duration, number, percent, rate, shortDuration, timeText } from '../../server/report/format.ts'

describe('counts', () => {
  it.each([
    [1, 'repository', '1 repository'],
    [30, 'repository', '30 repositories'],
    [2, 'day', '2 days'],
    [0, 'change', '0 changes'],
  ])('%d of %s', (n, noun, text) => {
    expect(count(n, noun)).toBe(text)
  })
})

describe('format', () => {
  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [12 * 60, '12 min'],
    [3599, '1 h'],
    [3 * 3600 + 12 * 60, '3 h 12 min'],
    [86_399, '1 day'],
    [86_400, '1 day'],
    [207_360, '2.4 days'],
    [99 * 86_400, '99 days'],
    [426 * 86_400, '14 months'],
  ])('tells %d seconds as %s', (seconds, expected) => {
    expect(duration(seconds)).toBe(expected)
  })

  it.each([
    [12, '12 s'],
    [3570, '1 h'],
    [11_520, '3.2 h'],
    [207_360, '2.4 d'],
  ])('tells %d seconds shortly as %s', (seconds, expected) => {
    expect(shortDuration(seconds)).toBe(expected)
  })

  it.each([
    [1.5555, '1.56'],
    [12.345, '12.3'],
    [239.7, '240'],
    [1240, '1,240'],
    [2, '2'],
  ])('tells %d as %s', (value, expected) => {
    expect(number(value)).toBe(expected)
  })

  it('tells rates with their counts', () => {
    expect(rate(1, 12)).toBe('1 of 12 (8 %)')
    expect(rate(0, 0)).toBe('0 of 0')
    expect(percent(0.004)).toBe('0.4 %')
    expect(percent(1)).toBe('100 %')
  })

  it('tells counts with their noun', () => {
    expect([count(1, 'change'), count(0, 'change'), count(1240, 'change')]).toEqual(['1 change', '0 changes', '1,240 changes'])
  })

  it('tells days and times of the time zone', () => {
    expect(dayText('2026-11-16')).toBe('16 Nov 2026')
    expect(timeText('2026-11-16T23:30:00Z', 'Europe/Berlin')).toBe('Tue 17 Nov 2026, 00:30')
  })
})
