import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LinkedChange } from '../../../server/linked.ts'
import { type Entry, entryOf, packEntry, unpackEntry } from '../../../server/metrics/tallies/entry.ts'
import { at, change, day, deployment, failure } from '../rows.ts'

const live = at('2026-01-05')

function entryWith(changes: LinkedChange[]): Entry {
  return entryOf(7, deployment('d1', live, { changes: changes.length, failure: failure(live, null) }), live, changes)
}

const ms = fc.integer({ min: 0, max: 400 * day })
const stage = fc.option(ms, { nil: undefined })

const changes = fc.array(
  fc.record({ isPull: fc.boolean(), lead: ms, wait: fc.integer({ min: -day, max: 400 * day }), deploy: stage, review: stage }),
  { maxLength: 20 },
)

/** A change with its times and stages in milliseconds. */
function changeOf(i: number, given: { isPull: boolean; lead: number; wait: number; deploy?: number; review?: number }): LinkedChange {
  const { isPull, lead, wait } = given
  const stages: LinkedChange['stages'] = {}
  for (const name of ['deploy', 'review'] as const) if (given[name] !== undefined) stages[name] = (given[name] as number) / 1000
  return change(isPull ? `github/${i}` : `sha${i}`, live, lead / 1000, { mergedAt: live - wait, stages })
}

describe('a packed entry', () => {
  it('holds what it was made of', () => {
    fc.assert(
      fc.property(changes, (given) => {
        const entry = entryWith(given.map((each, i) => changeOf(i, each)))
        const read = unpackEntry(packEntry(entry))
        expect(read).toEqual(entry)
        expect([...read.included.wait]).toEqual(given.map(({ wait }) => Math.max(0, wait)))
      }),
    )
  })

  it('takes no byte for a wait that the stage from merge to live tells, nor for that of a commit that starts with its merge', () => {
    const size = (given: Parameters<typeof changeOf>[1]) => packEntry(entryWith([changeOf(0, given)])).length
    const pull = { isPull: true, lead: 9 * day, deploy: 3 * day }
    expect(size({ ...pull, wait: 3 * day })).toBe(size({ ...pull, wait: 2 * day }) - 4)
    const commit = { isPull: false, lead: day }
    expect(size({ ...commit, wait: day })).toBe(size({ ...commit, wait: 2 * day }) - 4)
    expect(size({ isPull: true, lead: day, wait: -1 })).toBe(size({ isPull: true, lead: day, wait: 0 }))
  })
})
