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
import { tallyReading } from '../metrics/tally-reading.ts'
import type { Periods } from '../metrics/tally-summary.ts'
import { bucketsOf, dayFinder, dayNumber, isoWeekStart, startOfDay, windowOf } from '../metrics/windows.ts'
import type { Db } from './database.ts'
import type { ReadingQuestion } from './readings.ts'
import type { ResolvedScope } from './scope.ts'
import type { StoredService } from './services.ts'
import { incidentsOf, readSharedIncidents, readSharedRows } from './shared-rows.ts'
import type { TallyKey, TallyPart } from './tallies.ts'
import { tallyCache } from './tally-cache.ts'

/** A scope with the days that its answer needs, as days since 1970-01-01. */
interface Needed {
  /** Mondays of whole weeks. */
  weeks: number[]
  /** Days of weeks that are cut, or that the clock may still change... */
  days: number[]
  /** ...and those of them of which the times are needed, too. */
  timed: number[]
  /** Days of which only the times are needed. */
  times: number[]
}

/** The services as they are known, and of which revision. */
export interface StoredAt {
  revision: number
  services: readonly StoredService[]
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
  { revision, services: stored }: StoredAt,
): Promise<TallyReading[]> {
  const tier = asked.environment
  const needed = scopes.map(({ question }) => neededBy(question, asked, detail))
  const cache = tallyCache(db)
  const scopeNames = scopes.map(({ resolved }) => resolved.scope)
  const read = (unit: TallyKey['unit'], parts: TallyPart[], periods: (each: Needed) => number[]) =>
    cache.read(db, { scopes: scopeNames, tier, unit, parts, revision }, needed.map(periods))
  const isShort = scopes.every(({ question }) => windowOf(question).days >= config.definition.weekClusters * 7)
  // From whole weeks on clusters are weeks, and no list shows an interval of less.
  const sums: TallyPart[] = detail === 'whole' ? ['main', 'stages', 'moments'] : isShort ? ['main'] : ['main', 'moments']
  const weeks = await read('week', sums, (each) => each.weeks)
  const days = await read('day', sums, (each) => each.days)
  const timed = await read('day', [...sums, 'timeline'], (each) => each.timed)
  const times = detail === 'whole' ? await read('day', ['timeline'], (each) => each.times) : []
  const shared = await readShared(db, config, asked, scopes, detail, stored)
  const services = namesOf(stored)
  return scopes.map(({ question }, i) => {
    const { weeks: mondays, days: cut, timed: told } = needed[i] as Needed
    const [whole, single, open] = [new Set(mondays), new Set(cut), new Set(told)]
    const dayAmong = (day: number) => (open.has(day) ? timed[i] : single.has(day) ? days[i] : times[i])
    const added = shared[i] as Map<number, TallyDelta>
    const addedByWeek = byWeek(added)
    const summed = new Map<string, Period>()
    const periodOf = (
      found: Map<number, Period> | undefined,
      unit: TallyKey['unit'],
      period: number,
      delta: TallyDelta | undefined,
    ): Period => {
      const known = found?.get(period) ?? emptyPeriod
      if (delta === undefined) return known
      const sum = summed.get(`${unit} ${period}`) ?? periodWith(known, delta)
      summed.set(`${unit} ${period}`, sum)
      return sum
    }
    const periods: Periods = {
      week: (monday) => (whole.has(monday) ? periodOf(weeks[i], 'week', monday, addedByWeek.get(monday)) : null),
      day: (day) => periodOf(dayAmong(day), 'day', day, added.get(day)),
      nameOf: (service) => services.get(service) ?? '',
    }
    return { reading: tallyReading(periods, config.timeZone, question), changes: changesIn(periods, asked) }
  })
}

const names = new WeakMap<readonly StoredService[], ReadonlyMap<number, string>>()

function namesOf(stored: readonly StoredService[]): ReadonlyMap<number, string> {
  const known = names.get(stored) ?? new Map(stored.map(({ number, id }) => [number, id]))
  names.set(stored, known)
  return known
}

export async function readTallyReading(
  db: Db,
  config: Config,
  scope: { resolved: ResolvedScope; question: MetricsQuestion },
  asked: ReadingQuestion,
  detail: 'whole' | 'short',
  at: StoredAt,
): Promise<TallyReading> {
  const [only] = await readTallyReadings(db, config, [scope], asked, detail, at)
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
  const needed: Needed = { weeks: [], days: [], timed: [], times: [] }
  for (let monday = isoWeekStart(first); monday < end; monday += 7) {
    const inner = [1, 2, 3, 4, 5, 6].map((i) => monday + i)
    const isCut = monday < first || monday + 7 > end || inner.some((day) => cuts.has(day))
    if (isCut || monday + 7 > young) {
      // A list shows no gaps.
      for (const day of [monday, ...inner])
        if (day >= first && day < end) needed[detail === 'whole' || day >= young ? 'timed' : 'days'].push(day)
    } else {
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
  detail: 'whole' | 'short',
  stored: readonly StoredService[],
): Promise<Map<number, TallyDelta>[]> {
  const window = {
    from: startOfDay(dayNumber(earliest), config.timeZone),
    to: startOfDay(dayNumber(to), config.timeZone),
  }
  // No list shows incidents.
  const incidents = detail === 'short' ? [] : await readSharedIncidents(db, window)
  const overlap = stored.some(({ overlaps }) => overlaps)
  if (!overlap && incidents.length === 0) return scopes.map(() => new Map())
  const numbers = new Map(stored.map(({ id, number }) => [id, number]))
  const found: Map<number, TallyDelta>[] = []
  for (const { resolved } of scopes) {
    const rows = await readSharedRows(db, config, resolved, { environment, ...window }, stored)
    const own = incidentsOf(incidents, resolved)
    found.push(sharedTallies(rows, own, config.timeZone, (service) => numbers.get(service) ?? 0))
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
