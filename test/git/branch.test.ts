import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createGitFixture, type GitFixture } from '../support/git-fixture.ts'
import { deploymentsOf, factsOf, runSource, standing } from '../support/run-git-source.ts'

let repo: GitFixture
const options = () => ({ path: repo.dir, deployments: { branch: true } })
beforeEach(() => {
  repo = createGitFixture()
})
afterEach(() => repo.remove())

describe('deployments from a branch', () => {
  test('each first-parent commit is one, in order from the root; what a merge brought in is not', async () => {
    const one = repo.commit('one')
    repo.git(['switch', '--quiet', '-c', 'topic'])
    const topic = repo.commit('topic')
    repo.git(['switch', '--quiet', '-f', 'main'])
    const merge = repo.merge([topic])
    const run = await runSource(options())
    expect(factsOf(run, 'deployment').map(({ id, commit, sequence, reported }) => ({ id, commit, sequence, reported }))).toEqual([
      { id: one, commit: one, sequence: 0, reported: 'branch' },
      { id: merge, commit: merge, sequence: 1, reported: 'branch' },
    ])
    expect(factsOf(run, 'commit').map(({ sha }) => sha)).toEqual([one, topic, merge])
  })

  test('an octopus merge is one deployment with all its parents', async () => {
    const one = repo.commit('one')
    const arms = ['a', 'b', 'c'].map((name) => repo.git(['commit-tree', '-p', one, '-m', name, repo.git(['mktree'])]))
    const merge = repo.merge(arms)
    const run = await runSource(options())
    expect(deploymentsOf(run)).toEqual([one, merge])
    expect(factsOf(run, 'commit').at(-1)).toMatchObject({ sha: merge, parents: [one, ...arms] })
  })

  test('dates that run backwards or tie never put a deployment before its ancestor', async () => {
    const dates = ['2026-01-05T10:00:00Z', '2026-01-07T10:00:00Z', '2026-01-06T10:00:00Z', '2026-01-07T10:00:00Z', '2026-01-08T10:00:00Z']
    for (const at of dates) repo.commit(at, { at })
    const expected = ['05', '07', '07', '07', '08'].map((day) => Date.parse(`2026-01-${day}T10:00:00Z`))
    const first = await runSource(options())
    expect(factsOf(first, 'deployment').map(({ finishedAt }) => finishedAt)).toEqual(expected)
    expect(factsOf(first, 'deployment').map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4])
    const late = repo.commit('behind', { at: '2026-01-01T10:00:00Z' })
    const second = await runSource(options(), { cursor: first.cursor })
    expect(factsOf(second, 'deployment')).toEqual([expect.objectContaining({ id: late, sequence: 5, finishedAt: expected.at(-1) })])
  })

  test('a branch by name counts beside the default branch, whose head is told', async () => {
    const one = repo.commit('one')
    repo.git(['branch', 'production'])
    const two = repo.commit('two')
    const run = await runSource({ path: repo.dir, deployments: { branch: 'production' } })
    expect(deploymentsOf(run)).toEqual([one])
    expect(factsOf(run, 'commit')).toHaveLength(2)
    expect(factsOf(run, 'head')).toEqual([expect.objectContaining({ branch: 'main', sha: two })])
  })

  test('a branch that is missing is a fault that names those there are, and withdraws nothing', async () => {
    repo.commit('one')
    const run = runSource({ path: repo.dir, deployments: { branch: 'release' } })
    await expect(run).rejects.toThrow(/has no branch release. There are main. Name one of them, or tags, in deployments./)
  })

  test('a checkout of a commit counts as HEAD', async () => {
    const one = repo.commit('one')
    repo.commit('two')
    repo.git(['checkout', '--quiet', '--detach', one])
    const run = await runSource(options())
    expect(deploymentsOf(run)).toEqual([one])
    expect(factsOf(run, 'head')).toEqual([expect.objectContaining({ branch: 'HEAD', sha: one })])
  })
})

describe('a branch that moves', () => {
  test('onward: only what is new', async () => {
    const one = repo.commit('one')
    const first = await runSource(options())
    const two = repo.commit('two')
    const second = await runSource(options(), { cursor: first.cursor })
    expect(second.facts.map((fact) => fact.kind)).toEqual(['commit', 'deployment', 'head'])
    expect(deploymentsOf(first, second)).toEqual([one, two])
    expect((await runSource(options(), { cursor: second.cursor })).batches).toEqual([])
  })

  test('onward over a merge whose first parent is not the former tip', async () => {
    const one = repo.commit('one')
    const two = repo.commit('two')
    const first = await runSource(options())
    repo.git(['update-ref', 'HEAD', one])
    repo.commit('three')
    repo.merge([two])
    const second = await runSource(options(), { cursor: first.cursor })
    expect(standing(first, second)).toEqual(new Map([...standing(first, second)].filter(([key]) => key !== `deployment ${two}`)))
    expect(deploymentsOf(first, second)).toEqual(deploymentsOf(await runSource(options())))
  })

  test.each([
    ['by one commit', 1, 1],
    ['by many', 6, 3],
    ['back, with nothing new', 4, 0],
    ['to another history', 10, 2],
  ])('by force %s: what left the path is withdrawn, what came is deployed', async (_, back, onward) => {
    const shas = Array.from({ length: 10 }, (_unused, index) => repo.commit(`before ${index}`))
    const first = await runSource(options())
    const base = shas[shas.length - back - 1]
    if (base === undefined) repo.git(['update-ref', '-d', 'HEAD'])
    else repo.git(['update-ref', 'HEAD', base])
    for (let index = 0; index < onward; index++) repo.commit(`after ${index}`, { at: `2026-01-04T0${index}:00:00Z` })
    const second = await runSource(options(), { cursor: first.cursor })
    const alone = await runSource(options())
    expect(factsOf(second, 'withdrawal').map(({ id }) => id)).toEqual(shas.slice(-back).reverse())
    expect(deploymentsOf(first, second)).toEqual(deploymentsOf(alone))
    for (const deployment of factsOf(alone, 'deployment')) {
      expect(standing(first, second).get(`deployment ${deployment.id}`)).toEqual(deployment)
    }
  })

  test('by force, with the former tip gone for good', async () => {
    const one = repo.commit('one')
    const two = repo.commit('two')
    const first = await runSource(options())
    repo.git(['update-ref', 'HEAD', one])
    const other = repo.commit('other')
    repo.git(['reflog', 'expire', '--expire=now', '--all'])
    repo.git(['prune', '--expire=now'])
    const second = await runSource(options(), { cursor: first.cursor })
    expect(factsOf(second, 'withdrawal').map(({ id }) => id)).toEqual([two])
    expect(deploymentsOf(first, second)).toEqual([one, other])
  })

  test('a default branch under another name stays the same deployments', async () => {
    repo.commit('one')
    const first = await runSource(options())
    repo.git(['branch', '-m', 'main', 'trunk'])
    const second = await runSource(options(), { cursor: first.cursor })
    expect(second.facts).toEqual([expect.objectContaining({ kind: 'head', branch: 'trunk' })])
  })

  test('another service takes every deployment along', async () => {
    const shas = [repo.commit('one'), repo.commit('two')]
    const first = await runSource(options())
    const second = await runSource(options(), { cursor: first.cursor, service: 'basket' })
    expect(factsOf(second, 'withdrawal').map(({ id }) => id)).toEqual([...shas].reverse())
    expect(factsOf(second, 'deployment').map(({ service, sequence }) => [service, sequence])).toEqual([
      ['basket', 0],
      ['basket', 1],
    ])
  })
})
