/** Readings of teams and of the organisation from their tallies. */
import type { Config } from '../config.ts'
import { comparedWindows } from '../metrics/comparison/compared-windows.ts'
import type { MetricsQuestion } from '../metrics/compute.ts'
import { coverageOf } from '../metrics/coverage.ts'
import { longestSignalWindow } from '../metrics/evidence.ts'
import type { Reading } from '../metrics/reading.ts'
import { sharedTallies } from '../metrics/shared-tallies.ts'
import { emptyPeriod, type Period, periodWith } from '../metrics/tallies/period.ts'
import { counterOf, TallyDelta } from '../metrics/tallies/tally.ts'
import { type Periods, tallyReading } from '../metrics/tally-reading.ts'
import { bucketsOf, dayFinder, dayNumber, isoWeekStart, startOfDay, windowOf } from '../metrics/windows.ts'
import type { Db } from './database.ts'
import type { ReadingQuestion } from './readings.ts'
import type { ResolvedScope } from './scope.ts'
import { readStoredServices } from './services.ts'
import { readSharedIncidents, readSharedRows } from './shared-rows.ts'
import type { TallyKey, TallyPart } from './tallies.ts'
import { tallyCache, textOf } from './tally-cache.ts'

/** A scope with the days that its answer needs, as days since 1970-01-01. */
interface Needed {
  /** Mondays of whole weeks. */
  weeks: number[]
  /** Days of weeks that are cut, or that the clock may still change. */
  days: number[]
  /** Days of which only the times are needed. */
  times: number[]
}

export interface TallyReading {
  reading: Reading
  /** Changes in the lead time of the asked window. */
  changes: number
}

/** `short`: for a list, which shows no stages and no gaps. */
export async function readTallyReadings(
  db: Db,
  config: Config,
  scopes: readonly { resolved: ResolvedScope; question: MetricsQuestion }[],
  asked: ReadingQuestion,
  detail: 'whole' | 'short',
): Promise<TallyReading[]> {
  const tier = asked.environment
  const needed = scopes.map(({ question }) => neededBy(question, asked, detail))
  const keysOf = (scope: string, unit: TallyKey['unit'], periods: readonly number[]) =>
    periods.map((period): TallyKey => ({ scope, tier, unit, period }))
  const cache = tallyCache(db)
  const read = async (keys: TallyKey[], parts: TallyPart[]) => (keys.length === 0 ? new Map<string, Period>() : cache.read(db, keys, parts))
  const all = scopes.map(({ resolved }, i) => ({ scope: resolved.scope, ...(needed[i] as Needed) }))
  const sums: TallyPart[] = detail === 'whole' ? ['main', 'stages', 'moments'] : ['main', 'moments']
  const weeks = await read(
    all.flatMap(({ scope, weeks: mondays }) => keysOf(scope, 'week', mondays)),
    sums,
  )
  const days = await read(
    all.flatMap(({ scope, days: cut }) => keysOf(scope, 'day', cut)),
    [...sums, 'timeline'],
  )
  const times = await read(
    all.flatMap(({ scope, times: timed }) => keysOf(scope, 'day', timed)),
    ['timeline'],
  )
  const shared = await readShared(db, config, asked, scopes)
  const stored = await readStoredServices(db)
  const names = new Map(stored.map(({ number, id }) => [number, id]))
  return scopes.map(({ resolved: { scope }, question }, i) => {
    const { weeks: mondays, days: cut } = needed[i] as Needed
    const [whole, single] = [new Set(mondays), new Set(cut)]
    const added = shared[i] as Map<number, TallyDelta>
    const addedByWeek = byWeek(added)
    const summed = new Map<string, Period>()
    const periodOf = (found: Map<string, Period>, unit: TallyKey['unit'], period: number, delta: TallyDelta | undefined): Period => {
      const text = textOf({ scope, tier, unit, period })
      const known = found.get(text) ?? emptyPeriod
      if (delta === undefined) return known
      const sum = summed.get(text) ?? periodWith(known, delta)
      summed.set(text, sum)
      return sum
    }
    const periods: Periods = {
      week: (monday) => (whole.has(monday) ? periodOf(weeks, 'week', monday, addedByWeek.get(monday)) : null),
      day: (day) => periodOf(single.has(day) ? days : times, 'day', day, added.get(day)),
      nameOf: (service) => names.get(service) ?? '',
    }
    return { reading: tallyReading(periods, config.timeZone, question), changes: changesIn(periods, asked) }
  })
}

export async function readTallyReading(
  db: Db,
  config: Config,
  scope: { resolved: ResolvedScope; question: MetricsQuestion },
  asked: ReadingQuestion,
  detail: 'whole' | 'short',
): Promise<TallyReading> {
  const [only] = await readTallyReadings(db, config, [scope], asked, detail)
  return only as TallyReading
}

function changesIn(periods: Periods, { from, to }: Pick<ReadingQuestion, 'from' | 'to'>): number {
  const end = dayNumber(to)
  let changes = 0
  for (let day = dayNumber(from); day < end; ) {
    const week = isoWeekStart(day) === day && day + 7 <= end ? periods.week(day) : null
    changes += counterOf(week ?? periods.day(day), 'included')
    day += week === null ? 1 : 7
  }
  return changes
}

function neededBy(question: MetricsQuestion, { earliest }: ReadingQuestion, detail: 'whole' | 'short'): Needed {
  const { asOf, definition, timeZone } = question
  const window = windowOf(question)
  const compared = comparedWindows(window, coverageOf(question.services, window).until, question.bucket)
  const first = dayNumber(compared === null || compared.before.from < earliest ? question.from : compared.before.from)
  const cuts = new Set([first, dayNumber(question.from), dayNumber(question.to)])
  for (const { from, to } of compared === null ? [] : [compared.before, compared.current]) cuts.add(dayNumber(from)).add(dayNumber(to))
  if (question.bucket !== 'week') for (const { start } of bucketsOf(window, question.bucket)) cuts.add(dayNumber(start))
  const young = asOf === null ? Number.POSITIVE_INFINITY : dayFinder(timeZone)(asOf - longestSignalWindow(definition) * 1000)
  const end = dayNumber(question.to)
  const needed: Needed = { weeks: [], days: [], times: [] }
  for (let monday = isoWeekStart(first); monday < end; monday += 7) {
    const inner = [1, 2, 3, 4, 5, 6].map((i) => monday + i)
    const isCut = monday < first || monday + 7 > end || inner.some((day) => cuts.has(day))
    if (isCut || monday + 7 > young) needed.days.push(...[monday, ...inner].filter((day) => day >= first && day < end))
    else {
      needed.weeks.push(monday)
      if (detail === 'whole' && monday >= dayNumber(question.from)) needed.times.push(monday, ...inner)
    }
  }
  return needed
}

/** What the scopes' services that share repositories add, by day. */
async function readShared(
  db: Db,
  config: Config,
  { earliest, to, environment }: ReadingQuestion,
  scopes: readonly { resolved: ResolvedScope }[],
): Promise<Map<number, TallyDelta>[]> {
  const window = {
    from: startOfDay(dayNumber(earliest), config.timeZone),
    to: startOfDay(dayNumber(to), config.timeZone),
  }
  const numbers = new Map((await readStoredServices(db)).map(({ id, number }) => [id, number]))
  const found: Map<number, TallyDelta>[] = []
  for (const { resolved } of scopes) {
    const rows = await readSharedRows(db, config, resolved, { environment, ...window })
    const incidents = await readSharedIncidents(db, resolved, window)
    found.push(sharedTallies(rows, incidents, config.timeZone, (service) => numbers.get(service) ?? 0))
  }
  return found
}

function byWeek(days: ReadonlyMap<number, TallyDelta>): Map<number, TallyDelta> {
  const weeks = new Map<number, TallyDelta>()
  for (const [day, delta] of days) {
    const monday = isoWeekStart(day)
    const sum = weeks.get(monday) ?? new TallyDelta()
    weeks.set(monday, sum)
    sum.merge(delta)
  }
  return weeks
}
