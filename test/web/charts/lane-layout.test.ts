import { describe, expect, it } from 'vitest'
import type { DeploymentRow } from '../../../web/api.ts'
import { layLane } from '../../../web/charts/lane-layout.ts'

const from = Date.UTC(2026, 0, 1)
const to = Date.UTC(2026, 1, 1)

function row(id: string, at: number | null): DeploymentRow {
  return { source: 's', id, finishedAt: at === null ? null : new Date(at).toISOString(), startedAt: null } as DeploymentRow
}

describe('layLane', () => {
  it('goes from left to right by time, whatever the order given', () => {
    const { placed } = layLane([row('b', from + 20 * 86_400_000), row('a', from + 86_400_000)], from, to, 600)
    expect(placed.map((each) => each.key)).toEqual(['s/a', 's/b'])
    expect(placed[0]?.x).toBeLessThan(placed[1]?.x ?? 0)
    expect(placed[0]?.y).toBe(placed[1]?.y)
  })

  it('stacks those that would overlap', () => {
    const { placed } = layLane([row('a', from), row('b', from), row('c', from)], from, to, 600)
    expect(new Set(placed.map((each) => each.y)).size).toBe(3)
  })

  it('leaves out what has no time yet', () => {
    expect(layLane([row('a', null)], from, to, 600).placed).toEqual([])
  })

  it('counts those beyond eight rows, and stays within its height however many there are', () => {
    const lane = layLane(
      Array.from({ length: 60 }, (_, index) => row(`d${index}`, from)),
      from,
      to,
      600,
    )
    expect(lane.placed.map((each) => each.rows.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 52])
    for (const each of lane.placed) expect(each.y).toBeGreaterThan(9)
    expect(new Set(lane.placed.map((each) => each.y)).size).toBe(9)
  })

  it('shows each deployment once, and no two marks above one another', () => {
    const rows = Array.from({ length: 400 }, (_, index) => row(`d${index}`, from + (index % 37) * 7_200_000))
    const { placed } = layLane(rows, from, to, 600)
    expect(placed.flatMap((each) => each.rows.map(({ id }) => id)).sort()).toEqual(rows.map(({ id }) => id).sort())
    for (const [index, one] of placed.entries()) {
      for (const other of placed.slice(index + 1)) {
        if (one.y === other.y) expect(Math.abs(one.x - other.x)).toBeGreaterThanOrEqual(one.rows.length > 1 ? 34 : 12)
      }
    }
  })
})
