/** Where deployments stand on a lane: along time, stacked where they would overlap. */
import type { DeploymentRow } from '../api.ts'

export interface Placed {
  row: DeploymentRow
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

export function deploymentKey(ref: { source: string; id: string }): string {
  return `${ref.source}/${ref.id}`
}

/** When a deployment is shown to have happened. */
export function deploymentTime(row: DeploymentRow): number | null {
  const at = row.finishedAt ?? row.startedAt
  return at === null ? null : Date.parse(at)
}

/** Places each deployment in the lowest row with room; beyond eight rows they overlap. Oldest first. */
export function layLane(rows: DeploymentRow[], from: number, to: number, width: number): Lane {
  const inset = 12
  const ends: number[] = []
  const placed: Placed[] = []
  const sorted = rows.filter((row) => deploymentTime(row) !== null).sort((a, b) => (deploymentTime(a) ?? 0) - (deploymentTime(b) ?? 0))
  for (const row of sorted) {
    const share = ((deploymentTime(row) ?? from) - from) / Math.max(1, to - from)
    const x = Math.round((inset + share * (width - 2 * inset)) * 10) / 10
    let level = ends.findIndex((end) => x - end >= gap)
    if (level === -1) level = ends.length < maxRows ? ends.length : ends.indexOf(Math.min(...ends))
    ends[level] = x
    placed.push({ row, key: deploymentKey(row), x, y: level })
  }
  const height = 30 + Math.max(3, ends.length) * rowHeight
  for (const each of placed) each.y = height - 16 - each.y * rowHeight
  return { placed, height }
}
