import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGitFixture, type GitFixture } from '../support/git-fixture.ts'
import { factsOf, runSource, standing } from '../support/run-git-source.ts'

/** Enough commits for several batches, made by one import. */
const commits = 12_000
let repo: GitFixture

function grow(from: number, to: number) {
  const lines: string[] = []
  for (let index = from; index < to; index++) {
    lines.push('commit refs/heads/main', `committer A <a@x> ${1_700_000_000 + index} +0000`, 'data 1', 'x')
    if (index === from && from > 0) lines.push('from refs/heads/main^0')
    lines.push('')
    if (index % 1000 === 999) lines.push(`reset refs/tags/v1.${index}.0`, 'from refs/heads/main', '')
  }
  execFileSync('git', ['fast-import', '--quiet'], { cwd: repo.dir, input: lines.join('\n') })
}

beforeAll(() => {
  repo = createGitFixture({ bare: true })
  grow(0, commits)
})
afterAll(() => repo.remove())

describe('a run that is cut short', () => {
  test('commits come in batches, deployments and the head in the last, with progress', async () => {
    const run = await runSource({ path: repo.dir })
    expect(run.batches.map((facts) => facts.length)).toEqual([2500, 2500, 2500, 2500, 2000 + 12 + 1])
    expect(
      run.batches
        .slice(0, 2)
        .flat()
        .every(({ kind }) => kind === 'commit'),
    ).toBe(true)
    expect(run.progress[0]).toEqual({ step: 'reading commits', done: 0, total: null })
    expect(run.progress.at(-1)).toEqual({ step: 'reading commits', done: commits, total: commits })
  })

  test.each([1, 2, 3])('after batch %i goes on there and ends with the same facts', async (stopAfter) => {
    const whole = await runSource({ path: repo.dir })
    const cut = await runSource({ path: repo.dir }, { stopAfter })
    const after = await runSource({ path: repo.dir }, { cursor: cut.cursor })
    expect([...cut.facts, ...after.facts]).toEqual(whole.facts)
    expect(after.cursor).toBe(whole.cursor)
  })

  test('an abort ends git and the run with its reason', async () => {
    const stop = new AbortController()
    const reason = new Error('stopped by the test')
    const run = runSource({ path: repo.dir }, { signal: stop.signal })
    stop.abort(reason)
    await expect(run).rejects.toBe(reason)
  })

  test('a cursor that cannot be read, or whose order is another, begins anew', async () => {
    const whole = await runSource({ path: repo.dir })
    const cut = await runSource({ path: repo.dir }, { stopAfter: 1 })
    const cursor = JSON.parse(cut.cursor ?? '')
    const strange = { ...cursor, walk: { ...cursor.walk, last: 'a'.repeat(40) } }
    const beyond = { ...cursor, walk: { ...cursor.walk, done: 99_999 } }
    const other = { ...cursor, v: 99 }
    for (const text of [JSON.stringify(strange), JSON.stringify(beyond), JSON.stringify(other), '{', '[]']) {
      expect((await runSource({ path: repo.dir }, { cursor: text })).facts).toEqual(whole.facts)
    }
  })

  test('what came while it was down is read too', async () => {
    const cut = await runSource({ path: repo.dir }, { stopAfter: 2 })
    grow(commits, commits + 1500)
    const after = await runSource({ path: repo.dir }, { cursor: cut.cursor })
    const whole = await runSource({ path: repo.dir })
    expect(factsOf(cut, 'commit').length + factsOf(after, 'commit').length).toBe(commits + 1500)
    expect(new Map([...standing(cut, after)].sort())).toEqual(new Map([...standing(whole)].sort()))
    expect(after.cursor).toBe(whole.cursor)
  })

  test('a repository that was made anew meanwhile is read from its beginning', async () => {
    const cut = await runSource({ path: repo.dir }, { stopAfter: 1 })
    rmSync(repo.dir, { recursive: true })
    const other = createGitFixture()
    const one = other.commit('one')
    const after = await runSource({ path: other.dir, deployments: { branch: true } }, { cursor: cut.cursor })
    expect(factsOf(after, 'commit').map(({ sha }) => sha)).toEqual([one])
    other.remove()
  })
})
