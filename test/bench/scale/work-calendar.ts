/** When work is done: a service's instants over the period, in the rhythm of working days and of its own busy and quiet weeks. */
import type { Random } from '../../fakes/github/random.ts'
import { beginning, weeks } from './organisation.ts'

const day = 86_400_000
const hour = 3_600_000
const days = weeks * 7
/** Monday is the first. */
const weekdays = [0.95, 1, 1.05, 1, 0.7, 0.04, 0.03]

/** So many instants in ascending order. */
export function* workInstants(count: number, random: Random): Generator<number> {
  const reached = new Float64Array(days)
  let total = 0
  let ofWeek = 1
  for (let index = 0; index < days; index++) {
    if (index % 7 === 0) ofWeek = random.logNormal(1, 0.2)
    total += (weekdays[index % 7] as number) * ofWeek * (isOff(beginning + index * day) ? 0.1 : 1)
    reached[index] = total
  }
  let index = 0
  for (let n = 0; n < count; n++) {
    const position = ((n + random.next()) / count) * total
    while ((reached[index] as number) < position && index < days - 1) index++
    const before = index === 0 ? 0 : (reached[index - 1] as number)
    const share = (position - before) / ((reached[index] as number) - before)
    yield Math.floor(beginning + index * day + 8 * hour + Math.min(1, Math.max(0, share)) * 10 * hour)
  }
}

/** From 22 December to 2 January. */
function isOff(at: number): boolean {
  const date = new Date(at)
  const monthDay = (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
  return monthDay >= 1222 || monthDay <= 102
}
