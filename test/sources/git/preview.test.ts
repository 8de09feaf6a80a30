import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gitSource } from '../../../server/sources/git/index.ts'
import type { Preview } from '../../../server/sources/source.ts'
import { createGitFixture, type GitFixture } from '../../support/git-fixture.ts'
import { contextOf, runSource } from '../../support/run-git-source.ts'

let repo: GitFixture
beforeEach(() => {
  repo = createGitFixture()
})
afterEach(() => repo.remove())

async function preview(
  deployments: unknown = 'auto',
  input: Record<string, unknown> = { path: repo.dir },
  dataDir?: string,
): Promise<Preview> {
  const options = gitSource.options.parse({ ...input, deployments })
  const shown = await gitSource.preview?.(options, contextOf({ dataDir }).ctx)
  if (shown === undefined) throw new Error('the git source has a preview')
  return shown
}

describe('preview', () => {
  test('each tag is counted or says why not', async () => {
    repo.commit('one', { at: '2026-01-05T10:00:00Z' })
    for (const name of ['v1.0.0', 'v1.0.0-rc1', 'nightly']) repo.tag(name)
    repo.tag('v1.1.0', 'HEAD', '2026-01-06T10:00:00Z')
    repo.tag('v1.2.0', repo.object('blob', 'key'))
    expect(await preview()).toEqual({
      rule: 'Each tag like v1.2.3 or 1.2.3 is a deployment; pre-releases are left out.',
      rows: [
        {
          name: 'v1.1.0',
          at: Date.parse('2026-01-06T10:00:00Z'),
          counted: true,
          reason: null,
          deploys: { environment: 'production', version: 'v1.1.0' },
        },
        {
          name: 'v1.0.0',
          at: Date.parse('2026-01-05T10:00:00Z'),
          counted: true,
          reason: null,
          deploys: { environment: 'production', version: 'v1.0.0' },
        },
        { name: 'nightly', at: null, counted: false, reason: 'does not match' },
        { name: 'v1.0.0-rc1', at: null, counted: false, reason: 'pre-release left out' },
        { name: 'v1.2.0', at: null, counted: false, reason: 'not a commit but a blob' },
      ],
      hints: [],
    })
  })

  test('a rule that matches nothing says why it may be empty', async () => {
    repo.commit('one')
    repo.tag('release-1.2')
    const shown = await preview({ tags: '\\d+\\.\\d+' })
    expect(shown.rows).toEqual([{ name: 'release-1.2', at: null, counted: false, reason: 'does not match' }])
    expect(shown.hints).toEqual([
      'No tag is counted. The pattern must match the whole name; tags here are such as release-1.2.',
      '1 tags hold a match within their name: put .* where anything may stand.',
    ])
  })

  test('an anchored pattern that matches nothing is looked for within names too', async () => {
    repo.commit('one')
    repo.tag('v1.2-final')
    expect((await preview({ tags: '^v\\d+\\.\\d+$' })).hints[1]).toContain('1 tags hold a match within their name')
  })

  test('no tag at all names both ways out', async () => {
    repo.commit('one')
    expect((await preview({ tags: 'v.*' })).hints).toEqual([
      'There is no tag. Fetch them with `git fetch --tags`, or let a branch count: deployments: { branch: true }.',
    ])
  })

  test('an empty repository', async () => {
    expect((await preview()).hints).toEqual(['The repository is empty: push to it, or check that path or url names the right one.'])
  })

  test('a branch lists its first-parent path, newest first', async () => {
    const one = repo.commit('one', { at: '2026-01-05T10:00:00Z' })
    const two = repo.commit('two', { at: '2026-01-06T10:00:00Z' })
    expect(await preview()).toEqual({
      rule: 'Each commit on the first-parent path of main is a deployment, since no tag is like v1.2.3.',
      rows: [
        { name: two, at: Date.parse('2026-01-06T10:00:00Z'), counted: true, reason: null, deploys: { environment: 'production' } },
        { name: one, at: Date.parse('2026-01-05T10:00:00Z'), counted: true, reason: null, deploys: { environment: 'production' } },
      ],
      hints: [],
    })
  })

  test('a branch that is missing names those there are', async () => {
    repo.commit('one')
    expect((await preview({ branch: 'release' })).hints).toEqual(['There is no branch release. Branches are such as main.'])
  })

  test('a fault of the repository is the same as in a run', async () => {
    await expect(preview('auto', { path: `${repo.dir}/none` })).rejects.toMatchObject({
      code: 'source_failed',
      mend: 'Correct the path, in the configuration or after --git.',
    })
  })

  test('an address is copied once, and then read as of the last collection', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'shiplog-data-'))
    try {
      repo.commit('one')
      const input = { url: pathToFileURL(repo.dir).href }
      expect((await preview({ branch: true }, input, dataDir)).rows).toHaveLength(1)
      repo.commit('two')
      expect((await preview({ branch: true }, input, dataDir)).rows).toHaveLength(1)
      await runSource(input, { dataDir })
      expect((await preview({ branch: true }, input, dataDir)).rows).toHaveLength(2)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
