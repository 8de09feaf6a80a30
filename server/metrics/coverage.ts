/** Covered days: when the absence of a deployment means that there was none (definition `dora@1`, section 5). */
import type { Instant } from '../facts.ts'
import type { ServiceFacts } from '../linked.ts'
import { dayPosition, type Window } from './windows.ts'

/** What the services of a scope cover of a window, as days since 1970-01-01 of its time zone, merged and in order. */
export interface Coverage {
  ranges: { from: number; to: number }[]
  /** Days of coverage in all; the first and the last by their covered part. */
  days: number
  /** End of the newest covered range, before it is cut to the window; null without coverage. */
  until: Instant | null
  /** Services that cover some of the window. */
  services: Set<string>
}

/** The union of the services' coverage of a window. */
export function coverageOf(services: readonly ServiceFacts[], window: Window): Coverage {
  const names = new Set<string>()
  const whole = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
  let lastBegin = Number.NEGATIVE_INFINITY
  let firstEnd = Number.POSITIVE_INFINITY
  let until: Instant | null = null
  for (const { service, coveredFrom, coveredTo } of services) {
    if (coveredFrom === null || coveredTo === null || coveredTo <= coveredFrom) continue
    until = until === null ? coveredTo : Math.max(until, coveredTo)
    const from = Math.max(coveredFrom, window.from)
    const to = Math.min(coveredTo, window.to)
    if (from >= to) continue
    names.add(service)
    whole.from = Math.min(whole.from, from)
    whole.to = Math.max(whole.to, to)
    lastBegin = Math.max(lastBegin, from)
    firstEnd = Math.min(firstEnd, to)
  }
  // Of thousands of services nearly all cover the same time: then nothing needs to be sorted.
  const ranges = names.size === 0 ? [] : lastBegin <= firstEnd ? [whole] : union(services, window)
  for (const range of ranges) {
    range.from = dayPosition(range.from, window.timeZone)
    range.to = dayPosition(range.to, window.timeZone)
  }
  return { ranges, days: coveredDays(ranges), until, services: names }
}

function union(services: readonly ServiceFacts[], window: Window): Coverage['ranges'] {
  const covered = services.flatMap(({ coveredFrom, coveredTo }) => {
    if (coveredFrom === null || coveredTo === null) return []
    const [from, to] = [Math.max(coveredFrom, window.from), Math.min(coveredTo, window.to)]
    return from < to ? [{ from, to }] : []
  })
  const ranges: Coverage['ranges'] = []
  for (const range of covered.sort((a, b) => a.from - b.from)) {
    const last = ranges.at(-1)
    if (last && range.from <= last.to) last.to = Math.max(last.to, range.to)
    else ranges.push(range)
  }
  return ranges
}

/** Covered days between two days since 1970-01-01. */
export function coveredDays(ranges: Coverage['ranges'], from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): number {
  let days = 0
  for (const range of ranges) days += Math.max(0, Math.min(range.to, to) - Math.max(range.from, from))
  return days
}
