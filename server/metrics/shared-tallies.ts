/** What services that share a repository add to the tallies of a scope: each change once, at the first deployment of the scope that carries it. */
import { type Instant, refKey } from '../facts.ts'
import type { LinkedIncident, MeasuredChange } from '../linked.ts'
import { changeContext, deploymentTime, explainChanges } from './evidence.ts'
import type { MetricsInput } from './input.ts'
import { observeIncidents } from './observe-rows.ts'
import { releasesOf } from './releases.ts'
import { entryOf } from './tallies/entry.ts'
import { TallyDelta } from './tallies/tally.ts'
import { dayFinder } from './windows.ts'

type Rows = Pick<MetricsInput, 'scope' | 'environment' | 'definition' | 'deployments' | 'changes' | 'deliveredBefore'>

/** By day; `numberOf` gives the number of a service. */
export function sharedTallies(
  rows: Rows,
  incidents: readonly LinkedIncident[],
  timeZone: string,
  numberOf: (service: string) => number,
): Map<number, TallyDelta> {
  const dayOf = dayFinder(timeZone)
  const days = new Map<number, TallyDelta>()
  const at = (instant: Instant): TallyDelta => {
    const day = dayOf(instant)
    const delta = days.get(day) ?? new TallyDelta()
    days.set(day, delta)
    return delta
  }
  const explained = explainChanges(rows.changes, changeContext(rows))
  const carried = new Map<string, { counting: MeasuredChange[]; repeated: number }>()
  for (const [i, row] of rows.changes.entries()) {
    if (row.deployment === null) continue
    const key = refKey(row.deployment)
    const set = carried.get(key) ?? { counting: [], repeated: 0 }
    carried.set(key, set)
    if (explained[i]?.reason === 'already_delivered') set.repeated++
    else set.counting.push(row)
  }
  const releases = releasesOf(rows.deployments, rows.definition.releaseWindow)
  const carriedBefore = new Set<number>()
  const inOrder = [...rows.deployments].sort((one, other) => (deploymentTime(one) ?? 0) - (deploymentTime(other) ?? 0))
  for (const row of inOrder) {
    const time = deploymentTime(row)
    if (time === null) continue
    const { counting, repeated } = carried.get(refKey(row)) ?? { counting: [], repeated: 0 }
    const entry = entryOf(0, row, time, counting)
    entry.excluded.already_delivered += repeated
    const release = releases.of(refKey(row))
    const follows = entry.included.n > 0 && carriedBefore.has(release)
    if (entry.included.n > 0) carriedBefore.add(release)
    at(time).addEntry(numberOf(row.service), { ...entry, follows }, 1)
  }
  for (const incident of observeIncidents(incidents)) at(incident.at).addIncident(incident.at, incident.endedAt, 1)
  return days
}
