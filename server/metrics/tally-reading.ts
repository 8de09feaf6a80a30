/** Readings made from tallies. */
import { type EvidenceContext, longestSignalWindow } from './evidence.ts'
import { type Days, type Deployed, type Reading, rememberSums } from './reading.ts'
import { relativeError } from './tallies/bins.ts'
import { sumOf } from './tallies/histogram.ts'
import { counterOf } from './tallies/tally.ts'
import { type Periods, type Piece, TallySummary } from './tally-summary.ts'
import { isoWeekStart, startOfDay } from './windows.ts'

export function tallyReading(periods: Periods, timeZone: string, context: EvidenceContext): Reading {
  const isYoung = ({ from, days }: Piece) =>
    context.asOf !== null && startOfDay(from + days, timeZone) > context.asOf - longestSignalWindow(context.definition) * 1000
  const piecesOf = (windows: readonly Days[]) => windows.flatMap((window) => pieces(periods, window))
  return {
    relativeError,
    summarise: rememberSums((windows, unit) => new TallySummary(piecesOf(windows), unit, periods, context, isYoung)),
    counted: (window) => piecesOf([window]).reduce((sum, { period }) => sum + counterOf(period, 'counted'), 0),
    deployed(window) {
      const found: Deployed = new Map()
      const all = piecesOf([window])
      const { keys } = sumOf(all.map(({ period }) => period.main.deployed))
      for (let i = 0; i < keys.length; i++) found.set(periods.nameOf(keys[i] as number), 0)
      const counted = sumOf(all.map(({ period }) => period.main.countedBy))
      for (let i = 0; i < counted.keys.length; i++) found.set(periods.nameOf(counted.keys[i] as number), counted.counts[i] as number)
      return found
    },
  }
}

function pieces(periods: Periods, { from, to }: Days): Piece[] {
  const found: Piece[] = []
  for (let day = from; day < to; ) {
    const week = isoWeekStart(day) === day && day + 7 <= to ? periods.week(day) : null
    const days = week === null ? 1 : 7
    found.push({ from: day, days, period: week ?? periods.day(day) })
    day += days
  }
  return found
}
