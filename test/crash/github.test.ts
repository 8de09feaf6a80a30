import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GithubProcess, startGithubProcess } from '../support/github-process.ts'
import { openPlaces, type Places, storeKinds } from '../support/places.ts'
import { collectUndisturbed, collectWithKills, contentAt, now, type SourceAsWritten } from './rounds.ts'

const size = { seed: 1, repositories: 4, pullsPerRepository: 50, deploymentsPerRepository: 30, incidentsPerRepository: 5 }
const period = { from: new Date(now - 300 * 86_400_000).toISOString(), to: new Date(now - 86_400_000).toISOString() }

let folder: string
let github: GithubProcess
let source: SourceAsWritten

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-kill-'))
  github = await startGithubProcess({ size: { ...size, ...period }, gitFolder: null })
  const { baseUrl, token } = github
  source = { type: 'github', options: { owner: 'acme', baseUrl, token, archived: true, forks: true, git: false } }
})

afterAll(async () => {
  await github.end()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(storeKinds)('on %s', (kind) => {
  let places: Places

  beforeAll(async () => {
    places = await openPlaces(kind)
  })

  afterAll(() => places.end())

  test('a collection of GitHub killed at random moments ends with the rows of one that was left alone', { timeout: 120_000 }, async () => {
    const alone = { ...(await places.next()), folder, source }
    const durationMs = await collectUndisturbed(alone)
    const expected = await contentAt(alone)
    expect(expected.match(/"kind":"change"/g)).toHaveLength(github.merged)
    const killed = { ...(await places.next()), folder, source }
    const { kills } = await collectWithKills(killed, 1, durationMs, 3)
    expect(await contentAt(killed)).toBe(expected)
    expect(kills).toBeGreaterThan(0)
  })
})
