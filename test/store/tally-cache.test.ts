/** Tallies in memory: what several ask at once, and what is newer. */
import { describe, expect, test } from 'vitest'
import { addDelta, counterOf, emptyTally, packTally, TallyDelta } from '../../server/metrics/tallies/tally.ts'
import type { Db } from '../../server/store/database.ts'
import { writeTallies } from '../../server/store/tallies.ts'
import { tallyCache } from '../../server/store/tally-cache.ts'
import { testStore } from '../support/stores.ts'

/** A tally that holds so many incidents. */
function tallyOf(incidents: number) {
  const delta = new TallyDelta()
  for (let i = 0; i < incidents; i++) delta.addIncident(i, i + 1000, 1)
  return packTally(addDelta(emptyTally, delta))
}

const key = { scope: 'org', tier: 'production', unit: 'week' as const }
const weeks = [0, 1, 2, 3].map((week) => 4 + 7 * week)

async function write(db: Db, counts: number[], revision: number): Promise<void> {
  await writeTallies(
    db,
    counts.map((count, i) => ({ ...key, period: weeks[i] as number, packed: tallyOf(count) })),
    revision,
  )
}

async function ask(db: Db, wanted: number[], revision: number): Promise<number[]> {
  const [periods] = await tallyCache(db).read(db, { scopes: ['org'], tier: 'production', unit: 'week', parts: ['main'], revision }, [
    wanted,
  ])
  return wanted.map((period) => {
    const found = periods?.get(period)
    return found === undefined ? -1 : counterOf(found, 'incidents')
  })
}

describe('tallies in memory', () => {
  const open = testStore('pglite')

  test('are whole for each of several that ask at once', async () => {
    const { db } = open()
    await write(db, [1, 2, 3, 4], 1)
    await ask(db, weeks.slice(0, 1), 1)
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(db, weeks, 1)))
    expect(answers).toEqual(Array.from({ length: 8 }, () => [1, 2, 3, 4]))
  })

  test('are as new as is asked, and one that asks for less does not take them back', async () => {
    const { db } = open()
    await write(db, [1, 2, 3, 4], 1)
    expect(await ask(db, weeks, 1)).toEqual([1, 2, 3, 4])
    await write(db, [5, 2, 3, 6], 2)
    const [newer, , again] = await Promise.all([ask(db, weeks, 2), ask(db, weeks, 1), ask(db, weeks, 2)])
    expect([newer, again, await ask(db, weeks, 1)]).toEqual(Array(3).fill([5, 2, 3, 6]))
  })

  test('are asked for again after a reading that failed', async () => {
    const { db } = open()
    await write(db, [1, 2, 3, 4], 1)
    const cache = tallyCache(db)
    const broken = { execute: () => Promise.reject(new Error('gone')) } as unknown as Db
    const question = { scopes: ['org'], tier: 'production', unit: 'week' as const, parts: ['main' as const], revision: 1 }
    await expect(cache.read(broken, question, [weeks])).rejects.toThrow('gone')
    expect(await ask(db, weeks, 1)).toEqual([1, 2, 3, 4])
  })
})
