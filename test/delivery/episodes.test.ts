import { describe, expect, it } from 'vitest'
import { defineMetrics } from '../../server/definition.ts'
import { change, commit, day, deployment, deriveHistory, failuresOf, find, hour, incident, line, sha, start, verdict } from './history.ts'

/** Deployments a day apart, the first a baseline. */
function daily(sequence: string) {
  return sequence.split(' ').map((of, index) => deployment(`${index}${of}`, (index + 1) * day, { of }))
}
const commits = line(['a', 'b', 'c', 'd', 'e'])

describe('rollbacks', () => {
  it('blame the first deployment after the one they went back to; the rest is only rolled back', () => {
    const derived = deriveHistory({ commits, deployments: daily('a b c a') })
    expect(failuresOf(derived)).toEqual(['1b <- 3a (rollback)'])
    expect(find(derived, '3a').rework).toEqual({ rule: 'rollback', culprit: { source: 'api', id: '1b' } })
    expect(find(derived, '1b').failure).toMatchObject({
      confidence: 'confirmed',
      beganAt: start + 2 * day,
      recoveredAt: start + 4 * day,
      noticedAt: start + 4 * day,
    })
  })

  it('blame the one live just before where that was over 14 days ago', () => {
    const derived = deriveHistory({
      commits,
      deployments: [
        deployment('a', day, { of: 'a' }),
        deployment('b', 2 * day, { of: 'b' }),
        deployment('c', 30 * day, { of: 'c' }),
        deployment('back', 31 * day, { of: 'a' }),
      ],
    })
    expect(failuresOf(derived)).toEqual(['c <- back (rollback)'])
  })

  it('never blame a redeployment, nor a version that went back without harm', () => {
    expect(failuresOf(deriveHistory({ commits, deployments: daily('a a b a') }))).toEqual(['2b <- 3a (rollback)'])
    expect(failuresOf(deriveHistory({ commits, deployments: daily('a a a') }))).toEqual([])
  })
})

describe('reverts', () => {
  const revert = (message: string, more = {}) => [...line(['a', 'b', 'c']), commit('r', ['c'], 4 * hour, { message, ...more })]
  const deployments = (gap: number) => [
    deployment('1', day, { of: 'a' }),
    deployment('2', 2 * day, { of: 'b' }),
    deployment('3', 2 * day + gap, { of: 'r' }),
  ]

  it('blame the deployment that made the reverted commit live at most 72 h before', () => {
    const message = `Revert "commit b"\n\nThis reverts commit ${sha('b')}.`
    const derived = deriveHistory({ commits: revert(message), deployments: deployments(72 * hour) })
    expect(failuresOf(derived)).toEqual(['2 <- 3 (revert)'])
    expect(find(derived, '3').rework?.rule).toBe('revert')
    expect(failuresOf(deriveHistory({ commits: revert(message), deployments: deployments(72 * hour + 1000) }))).toEqual([])
  })

  it('say nothing where both went live together, the original never did, or the revert is taken back', () => {
    const quiet = [
      `Revert "commit c"\n\nThis reverts commit ${sha('c')}.`,
      `Revert "gone"\n\nThis reverts commit ${sha('gone')}.`,
      `Reapply "commit b"\n\nThis reverts commit ${sha('b')}.`,
      `Revert "Revert "commit b""\n\nThis reverts commit ${sha('b')}.`,
    ]
    for (const message of quiet) expect(failuresOf(deriveHistory({ commits: revert(message), deployments: deployments(hour) }))).toEqual([])
  })

  it('are those of commits that were deployed: of a squashed branch only what the squash commit says', () => {
    const message = `Revert "commit b"\n\nThis reverts commit ${sha('b')}.`
    const squashed = (said: string) =>
      deriveHistory({
        commits: [
          ...line(['a', 'b', 'c']),
          commit('branch', ['c'], 3 * hour, { message }),
          commit('r', ['c'], 4 * hour, { message: said }),
        ],
        deployments: deployments(hour),
        changes: [change('shop#9', 4 * hour, ['branch'], { merge: 'r' })],
      })
    expect(failuresOf(squashed('Another way (#9)'))).toEqual([])
    expect(failuresOf(squashed(`Another way (#9)\n\n${message}`))).toEqual(['2 <- 3 (revert)'])
    const merged = deriveHistory({
      commits: [...line(['a', 'b', 'c']), commit('branch', ['c'], 3 * hour, { message }), commit('r', ['c', 'branch'], 4 * hour)],
      deployments: deployments(hour),
      changes: [change('shop#9', 4 * hour, ['branch'], { merge: 'r' })],
    })
    expect(failuresOf(merged)).toEqual(['2 <- 3 (revert)'])
  })

  it('say nothing where one commit takes back a revert and something else: it re-lands', () => {
    const commits = [
      ...line(['a', 'b', 'c']),
      commit('q', ['c'], 4 * hour, { message: `Revert "commit a"\n\nThis reverts commit ${sha('a')}.` }),
      commit('r', ['q'], 5 * hour, {
        message: `Revert "commit b"\n\nThis reverts commit ${sha('b')}.\n\nThis reverts commit ${sha('q')}.`,
      }),
    ]
    expect(failuresOf(deriveHistory({ commits, deployments: deployments(hour) }))).toEqual([])
  })

  it('are a remedy but no rework where they are less than half of the changes', () => {
    const derived = deriveHistory({
      commits: [
        ...line(['a', 'b', 'c', 'd']),
        commit('r', ['d'], 5 * hour, { message: `Revert "commit b"\n\nThis reverts commit ${sha('b').slice(0, 8)}` }),
      ],
      deployments: deployments(hour),
    })
    expect(failuresOf(derived)).toEqual(['2 <- 3 (revert)'])
    expect(find(derived, '3').rework).toBeNull()
  })

  it('are told by pull request: by field, branch or own pattern, each pair once', () => {
    const fields = [
      { reverts: '1' },
      { headBranch: 'revert-1-feature' },
      { headBranch: `revert-${sha('m1').slice(0, 8)}` },
      { title: 'Take back 1!' },
    ]
    for (const field of fields) {
      const derived = deriveHistory(
        {
          commits: line(['a', 'm1', 'm2']),
          changes: [change('1', hour, [], { merge: 'm1' }), change('2', 2 * hour, [], { merge: 'm2', ...field })],
          deployments: [
            deployment('x', day, { of: 'a' }),
            deployment('y', 2 * day, { of: 'm1' }),
            deployment('z', 2 * day + hour, { of: 'm2' }),
          ],
        },
        defineMetrics({ reverts: [{ field: 'title', pattern: '^Take back (\\d+)!$' }] }),
      )
      expect(failuresOf(derived)).toEqual(['y <- z (revert)'])
    }
  })
})

describe('hotfixes', () => {
  it('blame the nearest earlier deployment that they build on', () => {
    const derived = deriveHistory({
      commits: [...line(['a', 'b', 'c']), commit('fix', ['b'], 4 * hour)],
      deployments: [
        deployment('1', day, { of: 'a' }),
        deployment('2', 2 * day, { of: 'b' }),
        deployment('3', 3 * day, { of: 'c' }),
        deployment('4', 4 * day, { of: 'fix', labels: ['HotFix'] }),
      ],
    })
    expect(failuresOf(derived)).toEqual(['2 <- 4 (hotfix)'])
    expect(find(derived, '2').failure?.recoveredAt).toBe(start + 4 * day)
    expect(find(derived, '4').rework?.rule).toBe('hotfix')
  })

  it('match whole words only, in titles of at least half of the changes', () => {
    const titled = (title: string) =>
      failuresOf(
        deriveHistory({ commits: [...line(['a', 'b']), commit('x', ['b'], 3 * hour, { message: title })], deployments: daily('a b x') }),
      )
    expect(titled('hotfix: rounding')).toEqual(['1b <- 2x (hotfix)'])
    expect(titled('Emergency stop')).toEqual(['1b <- 2x (hotfix)'])
    expect(titled('hotfixes are no more')).toEqual([])
  })
})

describe('incidents', () => {
  it('blame by time the latest deployment of the service that started within the window, both ends included', () => {
    const at = (offset: number) =>
      deriveHistory({ commits, deployments: daily('a b c'), incidents: [incident('i', 2 * day + offset)] }).incidents[0]?.deployment?.id ??
      null
    expect(at(0)).toBe('1b')
    expect(at(-1000)).toBe('0a')
    expect(at(day)).toBe('2c')
    expect(at(2 * day)).toBe('2c')
    expect(at(2 * day + 1000)).toBe(null)
  })

  it('fail nothing where another cause is known, or several services are hit; these offer candidates', () => {
    const derived = deriveHistory({
      commits,
      deployments: daily('a b'),
      incidents: [incident('cause', 2 * day + hour, { cause: 'infrastructure' }), incident('many', 2 * day + hour, {}, ['shop', 'till'])],
    })
    expect(failuresOf(derived)).toEqual([])
    expect(derived.incidents.map(({ id, reason, candidates }) => [id, reason, candidates.map((ref) => ref.id)])).toEqual([
      ['cause', 'cause', []],
      ['many', 'several_services', ['1b']],
    ])
  })

  it.each([{ named: { deployment: '1b' } }, { named: { commit: sha('b') } }, { named: { version: 'v2' } }])(
    'name their culprit: $named',
    ({ named }) => {
      const derived = deriveHistory({
        commits,
        deployments: daily('a b c').map((each) => (each.id === '1b' ? { ...each, version: 'v2' } : each)),
        incidents: [incident('i', 9 * day, { ...named, resolvedAt: start + 10 * day })],
      })
      expect(failuresOf(derived)).toEqual(['1b <-  (explicit)'])
      expect(find(derived, '1b').failure).toMatchObject({
        confidence: 'confirmed',
        beganAt: start + 2 * day,
        recoveredAt: start + 10 * day,
      })
    },
  )

  it('wait for a culprit that is named and not known, and blame nothing by time meanwhile', () => {
    const derived = deriveHistory({
      commits,
      deployments: daily('a b'),
      incidents: [incident('i', 2 * day + hour, { deployment: 'later' })],
    })
    expect(failuresOf(derived)).toEqual([])
    expect(derived.incidents[0]?.reason).toBe('culprit_unknown')
  })

  it('join the episode of a stronger signal up to a failure window after its remedy, and no episode without a remedy', () => {
    const derived = deriveHistory({
      commits,
      deployments: [
        deployment('a', day, { of: 'a' }),
        deployment('b', 2 * day, { of: 'b' }),
        deployment('back', 2 * day + 2 * hour, { of: 'a' }),
        deployment('c', 2 * day + 4 * hour, { of: 'c' }),
      ],
      incidents: [incident('i', 2 * day + 5 * hour, { resolvedAt: start + 2 * day + 6 * hour })],
    })
    expect(failuresOf(derived)).toEqual(['b <- back (rollback)'])
    expect(find(derived, 'b').failure?.incidents).toEqual([{ source: 'pager', id: 'i' }])
    expect(find(derived, 'b').failure?.recoveredAt).toBe(start + 2 * day + 6 * hour)
  })

  it('of several, the episode recovers with the last; one that is open keeps it open', () => {
    const open = incident('2', 2 * day + 2 * hour, { deployment: '1b' })
    const first = incident('1', 2 * day + hour, { deployment: '1b', mitigatedAt: start + 2 * day + 3 * hour, resolvedAt: start + 9 * day })
    const recoveredAt = (incidents: ReturnType<typeof incident>[]) =>
      find(deriveHistory({ commits, deployments: daily('a b'), incidents }), '1b').failure?.recoveredAt
    expect(recoveredAt([first])).toBe(start + 2 * day + 3 * hour)
    expect(recoveredAt([first, open])).toBeNull()
  })

  it('make the last code deployment before their end, with a change begun after they opened, a fix', () => {
    const derived = deriveHistory({
      commits: [...line(['a', 'b']), commit('late', ['b'], 2 * day + 2 * hour)],
      deployments: [
        deployment('1', day, { of: 'a' }),
        deployment('2', 2 * day, { of: 'b' }),
        deployment('3', 2 * day + 3 * hour, { of: 'late' }),
      ],
      incidents: [incident('i', 2 * day + hour, { resolvedAt: start + 2 * day + 4 * hour })],
    })
    expect(find(derived, '3').rework).toEqual({ rule: 'fix', culprit: { source: 'api', id: '2' } })
    expect(find(derived, '2').failure?.recoveredAt).toBe(start + 2 * day + 3 * hour)
  })

  it('turn a failed attempt that degraded service into an aborted deployment', () => {
    const attempt = deployment('try', 2 * day, { of: 'b', status: 'failed', startedAt: start + 2 * day - hour })
    const at = (offset: number) =>
      find(
        deriveHistory({ commits, deployments: [deployment('1', day, { of: 'a' }), attempt], incidents: [incident('i', 2 * day + offset)] }),
        'try',
      ).kind
    expect(at(-hour)).toBe('aborted')
    expect(at(hour)).toBe('aborted')
    expect(at(hour + 1000)).toBeNull()
  })
})

describe('people', () => {
  it('set, dispute and time a failure; theirs wins', () => {
    const word = (verdicts: ReturnType<typeof verdict>[]) => deriveHistory({ commits, deployments: daily('a b a'), verdicts })
    expect(failuresOf(word([verdict('1b', 'not_failed')]))).toEqual([])
    expect(find(word([verdict('1b', 'not_failed')]), '2a').rework).toBeNull()
    expect(failuresOf(word([verdict('0a', 'failed')]))).toEqual(['0a <-  (person)', '1b <- 2a (rollback)'])
    expect(find(word([verdict('1b', 'failed', { recoveredAt: start + 2 * day + hour })]), '1b').failure).toMatchObject({
      rule: 'person',
      recoveredAt: start + 2 * day + hour,
    })
  })

  it('may name the deployment that a deployment remedies, and mark one unplanned', () => {
    const derived = deriveHistory({
      commits,
      deployments: [
        ...daily('a b'),
        deployment('fix', 3 * day, { of: 'c', remedies: '1b' }),
        deployment('rush', 4 * day, { of: 'd', unplanned: true }),
      ],
    })
    expect(failuresOf(derived)).toEqual(['1b <- fix (explicit)'])
    expect(find(derived, 'fix').rework?.rule).toBe('named')
    expect(find(derived, 'rush').rework).toEqual({ rule: 'unplanned', culprit: null })
  })
})

describe('signals that the data could show', () => {
  it('are reverts for git alone, more with events, pull requests and incidents', () => {
    const tags = daily('a b').map((each) => ({ ...each, reported: 'tag' as const }))
    expect(deriveHistory({ commits, deployments: tags }).signals).toEqual(['revert'])
    expect(deriveHistory({ deployments: [deployment('1', day)] }).signals).toEqual([])
    expect(
      deriveHistory({ commits, deployments: daily('a'), changes: [change('1', hour, ['b'])], incidents: [incident('i', 0)] }).signals,
    ).toEqual(['explicit', 'rollback', 'revert', 'hotfix', 'incident'])
  })
})
