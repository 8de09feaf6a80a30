import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { carriedBy, change, commit, day, deployment, deriveHistory, excludedBy, hour, kindsOf, line, sha, start } from './history.ts'

describe('what a deployment carries', () => {
  it('is what it reaches and no earlier one does; the first with a known commit is the baseline', () => {
    const derived = deriveHistory({
      commits: line(['a', 'b', 'c', 'd', 'e']),
      deployments: [deployment('1', day, { of: 'b' }), deployment('2', 2 * day, { of: 'd' }), deployment('3', 3 * day, { of: 'e' })],
    })
    expect(kindsOf(derived)).toEqual(['1: baseline', '2: code', '3: code'])
    expect(carriedBy(derived)).toEqual({ 2: ['commit c', 'commit d'], 3: ['commit e'] })
    expect(excludedBy(derived, '1')).toEqual({ 'commit a': 'baseline', 'commit b': 'baseline' })
  })

  it('leaves merge commits out and follows every parent of an octopus merge', () => {
    const derived = deriveHistory({
      commits: [...line(['a', 'b']), commit('x', ['a'], hour), commit('y', ['a'], hour), commit('m', ['b', 'x', 'y'], 2 * hour)],
      deployments: [deployment('1', day, { of: 'a' }), deployment('2', 2 * day, { of: 'm' })],
    })
    expect(carriedBy(derived)).toEqual({ 2: ['commit b', 'commit x', 'commit y'] })
  })

  it('skips a deployment whose commit is unknown as predecessor, counts it, and says that it carries nothing', () => {
    const derived = deriveHistory({
      commits: line(['a', 'b', 'c']),
      deployments: [deployment('1', day, { of: 'a' }), deployment('2', 2 * day, { of: 'gone' }), deployment('3', 3 * day, { of: 'c' })],
    })
    expect(carriedBy(derived)).toEqual({ 3: ['commit b', 'commit c'] })
    expect(derived.deployments.find(({ id }) => id === '2')).toMatchObject({ kind: 'code', counted: true, commitUnknown: true, changes: 0 })
  })

  it('takes the changes that a deployment names instead of what it reaches', () => {
    const derived = deriveHistory({
      commits: line(['a', 'b', 'c', 'd']),
      changes: [change('7', 2 * hour, ['c'])],
      deployments: [
        deployment('1', day, { of: 'a' }),
        deployment('2', 2 * day, { of: 'd', changes: ['7'] }),
        deployment('3', 3 * day, { changes: [sha('b')] }),
      ],
    })
    expect(carriedBy(derived)).toEqual({ 2: ['change 7'], 3: ['commit b'] })
  })

  it('delivers a cherry-pick and its original once, by the first that carries either', () => {
    const original = commit('b', ['a'], hour, { message: 'Fix the total' })
    const pick = commit('p', ['a'], 5 * hour, {
      message: `Fix the total, again\n\n(cherry picked from commit ${sha('b')})`,
      authoredAt: hour,
    })
    const twin = commit('t', ['b'], 6 * hour, { message: 'Fix the total', authoredAt: hour })
    const other = commit('o', ['t'], 7 * hour, { message: 'Fix the total', authoredAt: hour, author: 'another' })
    const derived = deriveHistory({
      commits: [...line(['a']), original, pick, twin, other],
      deployments: [deployment('1', day, { of: 'a' }), deployment('line', 2 * day, { of: 'p' }), deployment('main', 3 * day, { of: 'o' })],
    })
    expect(carriedBy(derived, (row) => row.key)).toEqual({ line: [sha('p')], main: [sha('o')] })
    expect(derived.carried.flatMap((each) => [...each.rows()]).filter((row) => row.exclusion === 'same_change')).toHaveLength(2)
  })

  it('marks a change that is younger than its deployment as clock skew, and counts it in the batch', () => {
    const derived = deriveHistory({
      commits: [...line(['a']), commit('b', ['a'], 9 * day)],
      deployments: [deployment('1', day, { of: 'a' }), deployment('2', 2 * day, { of: 'b' })],
    })
    expect(excludedBy(derived, '2')).toEqual({ 'commit b': 'clock_skew' })
    expect(derived.deployments.find(({ id }) => id === '2')?.changes).toBe(1)
  })

  it('counts a change once among the production environments, at the first', () => {
    const derived = deriveHistory({
      commits: line(['a', 'b']),
      deployments: [
        deployment('eu1', day, { of: 'a', environment: 'prod-eu' }),
        deployment('us1', day, { of: 'a', environment: 'prod-us' }),
        deployment('us2', 2 * day, { of: 'b', environment: 'prod-us' }),
        deployment('eu2', 3 * day, { of: 'b', environment: 'prod-eu' }),
      ],
    })
    const rows = derived.carried.flatMap((each) => [...each.rows()]).filter(({ key }) => key === sha('b'))
    expect(rows.map(({ environment, firstInTier }) => [environment, firstInTier]).sort()).toEqual([
      ['prod-eu', false],
      ['prod-us', true],
    ])
  })
})

describe('pull requests', () => {
  it('hold their commits and their merge commit; a commit belongs to the earliest merged one', () => {
    const derived = deriveHistory({
      commits: [...line(['a']), commit('f', ['a'], hour), commit('m', ['a', 'f'], 2 * hour), commit('r', ['a', 'm'], 3 * hour)],
      changes: [change('2', 3 * hour, ['f', 'm'], { merge: 'r', title: 'Promote' }), change('1', 2 * hour, ['f'], { merge: 'm' })],
      deployments: [deployment('1', day, { of: 'a' }), deployment('2', 2 * day, { of: 'r' })],
    })
    expect(carriedBy(derived)).toEqual({ 2: ['change 1'] })
    expect(excludedBy(derived, '2')).toEqual({ Promote: 'promotion' })
  })

  it('are carried with the one that holds their merge commit, after a squash', () => {
    const derived = deriveHistory({
      commits: [...line(['a']), commit('f', ['a'], hour), commit('into-feature', ['f'], 2 * hour), commit('squashed', ['a'], 3 * hour)],
      changes: [
        change('inner', 2 * hour, ['f'], { merge: 'into-feature' }),
        change('outer', 3 * hour, ['f', 'into-feature'], { merge: 'squashed' }),
      ],
      deployments: [deployment('1', day, { of: 'a' }), deployment('2', 2 * day, { of: 'squashed' })],
    })
    expect(carriedBy(derived)).toEqual({ 2: ['change inner', 'change outer'] })
  })

  it('hold the copies of their commits that a rebase merge made', () => {
    const own = ['f', 'g'].map((name, index) => commit(name, index === 0 ? ['a'] : ['f'], (index + 1) * hour))
    const copies = ['f2', 'g2'].map((name, index) =>
      commit(name, index === 0 ? ['b'] : ['f2'], 5 * hour + index, { authoredAt: (index + 1) * hour, message: `commit ${'fg'[index]}` }),
    )
    const derived = deriveHistory({
      commits: [...line(['a', 'b']), ...own, ...copies],
      changes: [change('1', 6 * hour, ['f', 'g'], { merge: 'g2' })],
      deployments: [deployment('1', day, { of: 'b' }), deployment('2', 2 * day, { of: 'g2' })],
    })
    expect(carriedBy(derived)).toEqual({ 2: ['change 1'] })
  })

  it('start with the earliest of their commits and their opening, and say which it was', () => {
    const rowOf = (openedAt: number) =>
      [
        ...(deriveHistory({
          commits: [...line(['a']), commit('f', ['a'], 3 * hour), commit('m', ['a'], 6 * hour)],
          changes: [change('1', 6 * hour, ['f'], { merge: 'm', openedAt: start + openedAt })],
          deployments: [deployment('1', day, { of: 'a' }), deployment('2', 2 * day, { of: 'm' })],
        }).carried[1]?.rows() ?? []),
      ][0]
    expect(rowOf(2 * hour)).toMatchObject({ startedAt: start + 2 * hour, basis: 'opened' })
    expect(rowOf(4 * hour)).toMatchObject({ startedAt: start + 3 * hour, basis: 'first_commit' })
  })

  it('state the stages that were observed and no other', () => {
    const [, second] = deriveHistory({
      commits: [...line(['a']), commit('f', ['a'], hour)],
      changes: [
        change('1', 9 * hour, ['f'], {
          merge: 'f',
          openedAt: start + 2 * hour,
          readyAt: start + 4 * hour,
          firstReviewAt: start + 5 * hour,
          approvedAt: start + 5 * hour,
        }),
      ],
      deployments: [deployment('1', day, { of: 'a' }), deployment('2', 2 * day, { of: 'f' })],
    }).carried
    expect([...(second?.rows() ?? [])][0]?.stages).toEqual({ coding: 10_800, pickup: 3600, review: 0, merge: 14_400, deploy: 140_400 })
  })
})

/** Commits 0..n-1, each with up to three earlier parents. */
const dag = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
  .map((rows) => rows.map((parents, index) => [...new Set(index === 0 ? [] : parents.map((parent) => parent % index))]))

describe('carries of any history', () => {
  it('are the difference of what is reachable, and no change is delivered twice', () => {
    fc.assert(
      fc.property(dag, fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.nat()), (parents, picks, random) => {
        const commits = parents.map((from, index) => commit(`${index}`, from.map(String), index * hour))
        const shuffled = [...commits].sort(() => ((random.next().value ?? 0) % 2) - 0.5)
        const deployments = picks.map((pick, index) => deployment(`${index}`, (index + 1) * day, { of: `${pick % parents.length}` }))
        const derived = deriveHistory({ commits: shuffled, deployments })
        const seen = new Set<number>()
        const expected: Record<string, string[]> = {}
        for (const [index, pick] of picks.entries()) {
          const fresh = [...reachable(parents, pick % parents.length)].filter((node) => !seen.has(node))
          for (const node of fresh) seen.add(node)
          const titles = fresh.filter((node) => (parents[node]?.length ?? 0) < 2).map((node) => `commit ${node}`)
          if (index > 0 && titles.length > 0) expected[index] = titles.sort()
        }
        expect(carriedBy(derived)).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })
})

function reachable(parents: number[][], node: number, seen = new Set<number>()): Set<number> {
  if (seen.has(node)) return seen
  seen.add(node)
  for (const parent of parents[node] ?? []) reachable(parents, parent, seen)
  return seen
}
