/** Observations of several groups of services that share no repository. */
import { stages } from '../linked.ts'
import type { ChangeColumns, Observations } from './observations.ts'

/** Releases of different groups are different ones. */
export function joinObservations(groups: readonly Observations[]): Observations {
  const [only] = groups
  if (groups.length === 1 && only !== undefined) return only
  const joined: Observations = { deployments: [], carriers: [], changes: joinColumns(groups.map(({ changes }) => changes)), incidents: [] }
  let at = 0
  let release = 0
  for (const { deployments, carriers, changes, incidents } of groups) {
    let greatest = -1
    for (const row of [...deployments, ...carriers]) greatest = Math.max(greatest, row.release)
    for (const row of deployments) joined.deployments.push({ ...row, release: row.release + release })
    for (const row of carriers) joined.carriers.push({ ...row, release: row.release + release, from: row.from + at, to: row.to + at })
    joined.incidents.push(...incidents)
    at += changes.lead.length
    release += greatest + 1
  }
  return joined
}

function joinColumns(columns: readonly ChangeColumns[]): ChangeColumns {
  const size = columns.reduce((sum, { lead }) => sum + lead.length, 0)
  const all: ChangeColumns = {
    lead: new Float64Array(size),
    basis: new Uint8Array(size),
    isPull: new Uint8Array(size),
    wait: new Float64Array(size),
    stages: stages.map(() => new Float64Array(size)),
  }
  let at = 0
  for (const each of columns) {
    all.lead.set(each.lead, at)
    all.basis.set(each.basis, at)
    all.isPull.set(each.isPull, at)
    all.wait.set(each.wait, at)
    for (const [i, column] of each.stages.entries()) all.stages[i]?.set(column, at)
    at += each.lead.length
  }
  return all
}
