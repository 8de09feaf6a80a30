import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createGitFixture, type GitFixture } from '../support/git-fixture.ts'
import { factsOf, type Run, type RunOptions, runSource } from '../support/run-git-source.ts'

describe('the files that commits changed', () => {
  let repo: GitFixture
  let dataDir: string

  beforeEach(() => {
    repo = createGitFixture()
    dataDir = mkdtempSync(path.join(tmpdir(), 'shiplog-lists-'))
  })
  afterEach(() => {
    repo.remove()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const collect = (options: RunOptions = {}) => runSource({ path: repo.dir, deployments: { branch: 'main' } }, options)
  const lists = (run: Run) => factsOf(run, 'commit').map(({ message, paths }) => [message, paths])

  test('are told where they are asked for: added, changed, removed, moved, of odd names; none for merges and empty commits', async () => {
    const root = repo.commit('root', { files: { 'a.txt': '1', 'lib/b.txt': '1', 'grün und\nzwei "x"': '1' } })
    const first = repo.commit('change', { files: { 'a.txt': '2', 'lib/b.txt': null } })
    repo.commit('move', { files: { 'a.txt': null, 'moved/a.txt': '2' } })
    repo.commit('nothing')
    const side = repo.git(['commit-tree', `${first}^{tree}`, '-p', root, '-m', 'side'])
    repo.merge([side], 'merge')
    const found = new Map(lists(await collect({ files: true })).map(([message, paths]) => [String(message).trim(), paths]))
    expect(found.get('root')).toEqual(['a.txt', 'grün und\nzwei "x"', 'lib/b.txt'])
    expect(found.get('change')).toEqual(['a.txt', 'lib/b.txt'])
    expect(found.get('move')).toEqual(['a.txt', 'moved/a.txt'])
    expect(found.get('nothing')).toEqual([])
    expect(found.get('side')).toEqual(['a.txt', 'lib/b.txt'])
    expect(found.get('merge')).toBeUndefined()
    expect(found.has('merge')).toBe(true)
  })

  test('cost nothing where nobody asks', async () => {
    repo.commit('root', { files: { a: '1' } })
    expect(lists(await collect())).toEqual([['root', undefined]])
  })

  test('are read once for all commits when they are asked for later, and then for new ones only', async () => {
    repo.commit('one', { files: { a: '1' } })
    repo.commit('two', { files: { b: '1' } })
    const plain = await collect()
    const asked = await collect({ cursor: plain.cursor, files: true })
    expect(lists(asked)).toEqual([
      ['one', ['a']],
      ['two', ['b']],
    ])
    expect(factsOf(asked, 'deployment')).toEqual([])
    repo.commit('three', { files: { c: '1' } })
    const more = await collect({ cursor: asked.cursor, files: true })
    expect(lists(more)).toEqual([['three', ['c']]])
    expect((await collect({ cursor: more.cursor, files: true })).batches).toEqual([])
    const left = await collect({ cursor: more.cursor })
    expect(lists(left)).toEqual([])
    expect(lists(await collect({ cursor: left.cursor, files: true }))).toHaveLength(3)
  })

  test('are in a copy only where they are asked for; one that lacks them is made anew', async () => {
    repo.commit('one', { files: { a: '1' } })
    const url = `file://${repo.dir}`
    repo.git(['config', 'uploadpack.allowFilter', 'true'])
    const input = { url, deployments: { branch: 'main' } }
    const plain = await runSource(input, { dataDir })
    const asked = await runSource(input, { dataDir, cursor: plain.cursor, files: true })
    expect(lists(asked)).toEqual([['one', ['a']]])
    repo.commit('two', { files: { 'x/b': '1' } })
    const between = await runSource(input, { dataDir, cursor: asked.cursor })
    expect(lists(await runSource(input, { dataDir, cursor: between.cursor, files: true }))).toEqual([
      ['one', ['a']],
      ['two', ['x/b']],
    ])
  })
})
