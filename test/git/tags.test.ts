import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Commit, Deployment } from '../../server/facts.ts'
import { createGitFixture, type GitFixture } from '../support/git-fixture.ts'
import { deploymentsOf, factsOf, runSource, standing } from '../support/run-git-source.ts'

let repo: GitFixture
beforeEach(() => {
  repo = createGitFixture()
})
afterEach(() => repo.remove())

describe('deployments from tags', () => {
  test('an annotated tag counts at its tagger date, a lightweight one at its committer date', async () => {
    const one = repo.commit('one', { at: '2026-01-05T10:00:00Z', authoredAt: '2026-01-04T10:00:00Z' })
    repo.tag('v1.0.0')
    const two = repo.commit('two', { at: '2026-01-06T10:00:00Z' })
    repo.tag('v1.1.0', two, '2026-01-07T12:30:00Z')
    const run = await runSource({ path: repo.dir })
    expect(factsOf(run, 'deployment')).toEqual([
      {
        kind: 'deployment',
        source: 'shop',
        id: 'v1.0.0',
        service: 'checkout',
        environment: 'production',
        tier: 'production',
        repository: 'shop',
        commit: one,
        version: 'v1.0.0',
        status: 'succeeded',
        finishedAt: Date.parse('2026-01-05T10:00:00Z'),
        reported: 'tag',
      },
      expect.objectContaining({ id: 'v1.1.0', commit: two, finishedAt: Date.parse('2026-01-07T12:30:00Z') }),
    ])
    expect(factsOf(run, 'head')).toEqual([{ kind: 'head', source: 'shop', repository: 'shop', branch: 'main', sha: two }])
  })

  test('commits carry parents, times, author and message, parents first, and no others than those reached', async () => {
    const one = repo.commit('one\n\nbody', { at: '2026-01-05T10:00:00Z', authoredAt: '2026-01-04T10:00:00+02:00' })
    repo.git(['switch', '--quiet', '--orphan', 'elsewhere'])
    repo.commit('not reached')
    repo.git(['switch', '--quiet', '-f', 'main'])
    const two = repo.commit('two')
    const run = await runSource({ path: repo.dir })
    const commits = factsOf(run, 'commit')
    expect(commits.map(({ sha }) => sha)).toEqual([one, two])
    expect(commits[0]).toEqual({
      kind: 'commit',
      source: 'shop',
      repository: 'shop',
      sha: one,
      parents: [],
      authoredAt: Date.parse('2026-01-04T08:00:00Z'),
      committedAt: Date.parse('2026-01-05T10:00:00Z'),
      author: 'Ada Example <ada@example.com>',
      message: 'one\n\nbody',
    })
    expect(commits[1]?.parents).toEqual([one])
  })

  test('a commit that only a tag reaches is read too', async () => {
    repo.commit('one')
    const side = repo.commit('hotfix')
    repo.tag('v1.0.1')
    repo.git(['reset', '--quiet', '--soft', 'HEAD~1'])
    const run = await runSource({ path: repo.dir })
    expect(factsOf(run, 'commit').map(({ sha }) => sha)).toContain(side)
    expect(factsOf(run, 'head')[0]?.sha).not.toBe(side)
  })

  test('without options releases count, pre-releases do not, and the run says so', async () => {
    repo.commit('one')
    for (const name of ['v1.0.0', '1.0.1', 'v1.1.0-rc1', 'v1.1', 'v1.1.0.RC1', 'nightly']) repo.tag(name)
    const run = await runSource({ path: repo.dir })
    expect(deploymentsOf(run)).toEqual(['1.0.1', 'v1.0.0'])
    expect(run.notes).toEqual(['Each tag like v1.2.3 or 1.2.3 is a deployment; pre-releases are left out.'])
  })

  test('without a release tag the default branch counts, and the run says so', async () => {
    const one = repo.commit('one')
    repo.tag('nightly')
    const run = await runSource({ path: repo.dir })
    expect(deploymentsOf(run)).toEqual([one])
    expect(run.notes).toEqual(['Each commit on the first-parent path of main is a deployment, since no tag is like v1.2.3.'])
  })

  test('the pattern must match the whole name, and its group names the line', async () => {
    repo.commit('one')
    for (const name of ['v1.2', 'xv1.2', 'v1.2-beta', 'v3.4']) repo.tag(name)
    const run = await runSource({ path: repo.dir, deployments: { tags: 'v(?<line>\\d+)\\.\\d+' } })
    expect(factsOf(run, 'deployment').map(({ id, line }) => [id, line])).toEqual([
      ['v1.2', '1'],
      ['v3.4', '3'],
    ])
  })

  test('a pattern that makes other engines hang answers at once', async () => {
    repo.commit('one')
    repo.tag(`${'a'.repeat(200)}b`)
    const run = await runSource({ path: repo.dir, deployments: { tags: '(a+)+$' } })
    expect(deploymentsOf(run)).toEqual([])
    expect(run.notes.join()).toContain('None of 1 tags matches (a+)+$ as a whole')
  })

  test('nested tags are peeled, and tags of files and folders are left out with a note', async () => {
    const sha = repo.commit('one')
    repo.tag('inner', sha, '2026-01-06T00:00:00Z')
    repo.tag('v1.0.0', 'inner', '2026-01-07T00:00:00Z')
    repo.tag('v1.0.1', repo.object('blob', 'key'))
    repo.tag('v1.0.2', `${sha}^{tree}`, '2026-01-08T00:00:00Z')
    const run = await runSource({ path: repo.dir })
    expect(factsOf(run, 'deployment')).toEqual([
      expect.objectContaining({ id: 'v1.0.0', commit: sha, finishedAt: Date.parse('2026-01-07T00:00:00Z') }),
    ])
    expect(run.notes[1]).toBe('2 matching tags name no commit and are not counted: v1.0.1 (blob), v1.0.2 (tree).')
    const again = await runSource({ path: repo.dir }, { cursor: run.cursor })
    expect(again.batches).toEqual([])
  })

  test('a tag without a tagger counts at its committer date', async () => {
    const sha = repo.commit('one', { at: '2026-01-05T10:00:00Z' })
    const tag = repo.object('tag', `object ${sha}\ntype commit\ntag v1.0.0\n\nold style\n`)
    repo.git(['update-ref', 'refs/tags/v1.0.0', tag])
    const run = await runSource({ path: repo.dir })
    expect(factsOf(run, 'deployment')[0]?.finishedAt).toBe(Date.parse('2026-01-05T10:00:00Z'))
  })

  test('names that are not UTF-8 are stable and apart from those that look alike', async () => {
    const sha = repo.commit('one')
    const packed = Buffer.concat([
      Buffer.from(`${sha} refs/tags/caf`),
      Buffer.from([0xe9]),
      Buffer.from(`\n${sha} refs/tags/caf`),
      Buffer.from([0xc3, 0xa9]),
      Buffer.from('\n'),
    ])
    const { writeFileSync } = await import('node:fs')
    writeFileSync(`${repo.dir}/.git/packed-refs`, packed)
    const first = await runSource({ path: repo.dir, deployments: { tags: 'café.*' } })
    expect(deploymentsOf(first).sort()).toEqual(['café', 'café (bytes 636166e9)'])
    expect((await runSource({ path: repo.dir, deployments: { tags: 'café.*' } }, { cursor: first.cursor })).batches).toEqual([])
  })

  test('names that mean something to JavaScript are names', async () => {
    repo.commit('one')
    for (const name of ['__proto__', 'constructor', 'toString']) repo.tag(name)
    const run = await runSource({ path: repo.dir, deployments: { tags: '.*' } })
    expect(deploymentsOf(run).sort()).toEqual(['__proto__', 'constructor', 'toString'])
    expect((await runSource({ path: repo.dir, deployments: { tags: '.*' } }, { cursor: run.cursor })).batches).toEqual([])
  })

  test('every fact is one that the facts of the product allow', async () => {
    const long = 'v'.repeat(200)
    repo.commit('one')
    for (const name of ['v1.0.0', `${long}/${long}/${long}`]) repo.tag(name)
    const run = await runSource({ path: repo.dir, deployments: { tags: '.*' } })
    const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
    for (const { kind: _, ...fact } of factsOf(run, 'deployment')) {
      expect(Deployment.safeParse({ ...fact, finishedAt: time(fact.finishedAt) }).error).toBeUndefined()
    }
    for (const { kind: _, ...fact } of factsOf(run, 'commit')) {
      const times = { authoredAt: time(fact.authoredAt), committedAt: time(fact.committedAt) }
      expect(Commit.safeParse({ ...fact, ...times }).error).toBeUndefined()
    }
    expect(factsOf(run, 'deployment')).toHaveLength(2)
  })
})

describe('tags that change', () => {
  test('nothing new yields nothing', async () => {
    repo.commit('one')
    repo.tag('v1.0.0')
    const first = await runSource({ path: repo.dir })
    const second = await runSource({ path: repo.dir }, { cursor: first.cursor })
    expect(second.batches).toEqual([])
    expect(second.cursor).toBe(first.cursor)
  })

  test('a new tag brings its deployment and only the new commits', async () => {
    repo.commit('one')
    repo.tag('v1.0.0')
    const first = await runSource({ path: repo.dir })
    const two = repo.commit('two')
    repo.tag('v1.0.1')
    const second = await runSource({ path: repo.dir }, { cursor: first.cursor })
    expect(second.facts.map((fact) => fact.kind)).toEqual(['commit', 'deployment', 'head'])
    expect(factsOf(second, 'commit')[0]?.sha).toBe(two)
  })

  test('a moved tag is withdrawn and deployed anew, in this order and in one batch', async () => {
    repo.commit('one')
    repo.tag('v1.0.0')
    repo.tag('v1.0.1')
    const first = await runSource({ path: repo.dir })
    const two = repo.commit('two')
    repo.tag('v1.0.0', two)
    const second = await runSource({ path: repo.dir }, { cursor: first.cursor })
    expect(second.batches).toHaveLength(1)
    expect(second.facts.slice(1, 3)).toEqual([
      { kind: 'withdrawal', of: 'deployment', source: 'shop', id: 'v1.0.0' },
      expect.objectContaining({ kind: 'deployment', id: 'v1.0.0', commit: two }),
    ])
  })

  test('a deleted tag is withdrawn', async () => {
    repo.commit('one')
    repo.tag('v1.0.0')
    repo.tag('v1.0.1')
    const first = await runSource({ path: repo.dir })
    repo.git(['tag', '-d', 'v1.0.0'])
    const second = await runSource({ path: repo.dir }, { cursor: first.cursor })
    expect(second.facts).toEqual([{ kind: 'withdrawal', of: 'deployment', source: 'shop', id: 'v1.0.0' }])
  })

  test('a tag moved to something else than a commit is withdrawn', async () => {
    repo.commit('one')
    repo.tag('v1.0.0')
    const first = await runSource({ path: repo.dir })
    repo.tag('v1.0.0', repo.object('blob', 'key'))
    const second = await runSource({ path: repo.dir }, { cursor: first.cursor })
    expect(second.facts).toEqual([{ kind: 'withdrawal', of: 'deployment', source: 'shop', id: 'v1.0.0' }])
  })

  test.each([
    ['another pattern', { tags: '1\\..*' }, ['1.0.0']],
    ['from tags to the branch', { branch: true }, null],
    ['another line', { tags: '(?<line>.*)' }, ['1.0.0', '2.0.0']],
  ])('other options (%s) end in the facts that those options give alone', async (_, deployments, ids) => {
    repo.commit('one')
    repo.tag('1.0.0')
    repo.commit('two')
    repo.tag('2.0.0')
    const before = await runSource({ path: repo.dir, deployments: { tags: '.*' } })
    const after = await runSource({ path: repo.dir, deployments }, { cursor: before.cursor })
    const alone = await runSource({ path: repo.dir, deployments })
    expect(factsOf(after, 'commit')).toEqual([])
    expect(sorted(standing(before, after))).toEqual(sorted(standing(alone)))
    if (ids !== null) expect(deploymentsOf(alone)).toEqual(ids)
    const back = await runSource({ path: repo.dir, deployments: { tags: '.*' } }, { cursor: after.cursor })
    expect(sorted(standing(before, after, back))).toEqual(sorted(standing(before)))
  })

  test('another service takes every deployment along', async () => {
    repo.commit('one')
    repo.tag('v1.0.0')
    const before = await runSource({ path: repo.dir })
    const after = await runSource({ path: repo.dir }, { cursor: before.cursor, service: 'basket' })
    expect(after.facts).toEqual([
      { kind: 'withdrawal', of: 'deployment', source: 'shop', id: 'v1.0.0' },
      expect.objectContaining({ id: 'v1.0.0', service: 'basket' }),
    ])
  })
})

function sorted(facts: Map<string, unknown>): [string, unknown][] {
  return [...facts].sort(([a], [b]) => (a < b ? -1 : 1))
}
