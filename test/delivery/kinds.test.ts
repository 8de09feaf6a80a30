import { describe, expect, it } from 'vitest'
import { commit, day, deployment, deriveHistory, hour, kindsOf, line } from './history.ts'

function kindsFor(sequence: string[], more: Parameters<typeof deployment>[2] = {}): string[] {
  const derived = deriveHistory({
    commits: line(['a', 'b', 'c', 'd']),
    deployments: sequence.map((of, index) => deployment(`${index}${of}`, (index + 1) * day, { of, ...more })),
  })
  return kindsOf(derived).map((text) => text.slice(text.indexOf(': ') + 2))
}

describe('kind of a deployment', () => {
  it.each([
    { sequence: 'a b c', kinds: 'baseline code code' },
    { sequence: 'a a b', kinds: 'baseline redeploy code' },
    { sequence: 'a b a', kinds: 'baseline code rollback' },
    { sequence: 'a b a b', kinds: 'baseline code rollback reland' },
    { sequence: 'a b c a', kinds: 'baseline code code rollback' },
    { sequence: 'a c b', kinds: 'baseline code rollback' },
  ])('$sequence is $kinds when deployments are reported as they happen', ({ sequence, kinds }) => {
    expect(kindsFor(sequence.split(' '))).toEqual(kinds.split(' '))
  })

  it('knows no rollback to a commit that was never live where deployments are tags: it is a backport', () => {
    expect(kindsFor(['a', 'c', 'b'], { reported: 'tag' })).toEqual(['baseline', 'code', 'backport'])
    expect(kindsFor(['a', 'b', 'a'], { reported: 'tag' })).toEqual(['baseline', 'code', 'rollback'])
  })

  it('compares versions where no commit is named', () => {
    const versions = ['1', '2', '3', '1', '1']
    const derived = deriveHistory({
      deployments: versions.map((version, index) => deployment(`${index}`, (index + 1) * day, { version })),
    })
    expect(kindsOf(derived)).toEqual(['0: code', '1: code', '2: code', '3: rollback', '4: redeploy'])
  })

  it('invents no rollback on maintenance lines, with or without a group for the line', () => {
    const commits = [...line(['a', 'b', 'c']), commit('a1', ['a'], 2 * hour), commit('a2', ['a1'], 3 * hour)]
    for (const lines of [false, true]) {
      const derived = deriveHistory({
        commits,
        deployments: ['a', 'b', 'a1', 'c', 'a2'].map((of, index) =>
          deployment(of, (index + 1) * day, { of, reported: 'tag', ...(lines ? { line: of.startsWith('a') ? '1' : '2' } : {}) }),
        ),
      })
      expect(kindsOf(derived)).toEqual(['a: baseline', 'b: code', 'a1: code', 'c: code', 'a2: code'])
    }
  })

  it('tells declared configuration and empty deployments apart, and counts neither', () => {
    const derived = deriveHistory({
      commits: [...line(['a', 'b']), commit('m', ['b', 'a'], 3 * hour), commit('n', ['m', 'a'], 4 * hour)],
      deployments: [
        deployment('1', day, { of: 'a' }),
        deployment('2', 2 * day, { of: 'b' }),
        deployment('3', 3 * day, { of: 'm', config: true }),
        deployment('4', 4 * day, { of: 'n' }),
      ],
    })
    expect(kindsOf(derived)).toEqual(['1: baseline', '2: code', '3: config', '4: empty'])
    expect(derived.deployments.map(({ counted }) => counted)).toEqual([true, true, false, false])
  })

  it('gives no kind to attempts that never went live', () => {
    const derived = deriveHistory({
      commits: line(['a']),
      deployments: [
        deployment('1', day, { of: 'a' }),
        deployment('2', 2 * day, { of: 'a', status: 'failed' }),
        deployment('3', 3 * day, { of: 'a', status: 'cancelled' }),
        deployment('4', 4 * day, { of: 'a', status: 'running', finishedAt: undefined }),
      ],
    })
    expect(derived.deployments.map(({ kind }) => kind)).toEqual(['baseline', null, null, null])
  })

  it('maps environments to tiers by name and lists what no rule maps', () => {
    const tiers = ['production', 'prod-eu', 'live', 'pre-prod', 'staging', 'qa', 'test', 'dev', 'atlantis', 'productivity'].map(
      (environment) => {
        const derived = deriveHistory({ deployments: [deployment('1', day, { environment })] })
        return `${environment}: ${derived.deployments[0]?.tier}`
      },
    )
    expect(tiers).toEqual([
      'production: production',
      'prod-eu: production',
      'live: production',
      'pre-prod: staging',
      'staging: staging',
      'qa: staging',
      'test: testing',
      'dev: development',
      'atlantis: null',
      'productivity: null',
    ])
  })
})
