/** Where deployments stand on a lane: along time, stacked where they would overlap. */
import type { DeploymentRow } from '../api.ts'

/** A mark on the lane: one deployment, or the several that found no room of their own. */
export interface Placed {
  rows: DeploymentRow[]
  /** That of its first row. */
  key: string
  x: number
  y: number
}

export interface Lane {
  placed: Placed[]
  height: number
}

const gap = 12
const rowHeight = 19
const maxRows = 8
/** Room for a count, such as +120. */
const countWidth = 34

export function deploymentKey(ref: { source: string; id: string }): string {
  return `${ref.source}/${ref.id}`
}

/** When a deployment is shown to have happened. */
export function deploymentTime(row: DeploymentRow): number | null {
  const at = row.finishedAt ?? row.startedAt
  return at === null ? null : Date.parse(at)
}

/** Places each deployment in the lowest row with room; those beyond eight rows are counted above them. Oldest first. */
export function layLane(rows: DeploymentRow[], from: number, to: number, width: number): Lane {
  const inset = 12
  const ends: number[] = []
  const placed: Placed[] = []
  let above: Placed | null = null
  const sorted = rows.filter((row) => deploymentTime(row) !== null).sort((a, b) => (deploymentTime(a) ?? 0) - (deploymentTime(b) ?? 0))
  for (const row of sorted) {
    const share = ((deploymentTime(row) ?? from) - from) / Math.max(1, to - from)
    const x = Math.round((inset + share * (width - 2 * inset)) * 10) / 10
    let level = ends.findIndex((end) => x - end >= gap)
    if (level === -1) level = ends.length
    if (level < maxRows) ends[level] = x
    else if (above !== null && x - above.x < countWidth) {
      above.rows.push(row)
      continue
    }
    const mark = { rows: [row], key: deploymentKey(row), x, y: level }
    if (level === maxRows) above = mark
    placed.push(mark)
  }
  const height = 30 + Math.max(3, ends.length + (above === null ? 0 : 1)) * rowHeight
  for (const each of placed) each.y = height - 16 - each.y * rowHeight
  return { placed, height }
}
