import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlaces, type Places, storeKinds } from '../support/places.ts'
import { makeRepository } from './repository.ts'
import { collectUndisturbed, collectWithKills, contentAt, repositoryAt } from './rounds.ts'

let folder: string
let repository: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-kill-'))
  repository = join(folder, 'shop.git')
  await makeRepository(repository, { commits: 12_000, tags: 60, seed: 1 })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(storeKinds)('on %s', (kind) => {
  let places: Places

  beforeAll(async () => {
    places = await openPlaces(kind)
  })

  afterAll(() => places.end())

  test('a collection killed at random moments ends with the rows of one that was left alone', { timeout: 300_000 }, async () => {
    const alone = { ...(await places.next()), folder, source: repositoryAt(repository) }
    const durationMs = await collectUndisturbed(alone)
    const expected = await contentAt(alone)
    expect(expected.match(/^\{"commit"/gm)).toHaveLength(12_000)
    expect(expected.match(/^deployment /gm)).toHaveLength(60)
    let kills = 0
    for (const seed of [1, 2, 3]) {
      const killed = { ...(await places.next()), folder, source: repositoryAt(repository) }
      kills += (await collectWithKills(killed, seed, durationMs)).kills
      expect(await contentAt(killed)).toBe(expected)
    }
    expect(kills).toBeGreaterThan(0)
  })
})
