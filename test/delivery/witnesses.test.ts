import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineMetrics } from '../../server/definition.ts'
import { authorityOf, tellWitnesses } from '../../server/delivery/witnesses.ts'
import type { Deployment } from '../../server/facts.ts'
import { tierOf } from '../../server/tiers.ts'
import { change, day, deployment, deriveHistory, type History, hour, incident, line, sha, start } from './history.ts'

const minute = 60_000
const definition = defineMetrics()
const argo = (id: string, at: number, more: Parameters<typeof deployment>[2] = {}) => deployment(id, at, { source: 'argo', ...more })
const ci = (id: string, at: number, more: Parameters<typeof deployment>[2] = {}) => deployment(id, at, { source: 'ci', ...more })
const withTier = (fact: Deployment): Deployment => ({ ...fact, tier: fact.tier === undefined ? tierOf(fact.environment) : fact.tier })

function told(deployments: Deployment[], authority: Parameters<typeof tellWitnesses>[2] = 'argo') {
  const { told: own, witnesses } = tellWitnesses('shop', deployments.map(withTier), authority, definition)
  return { own: new Map(own.map((fact) => [fact.id, fact])), witnesses: Object.fromEntries(witnesses) }
}

describe('whose word holds', () => {
  it.each([
    ['nobody is named', undefined, 'production', null],
    ['one for all', 'argo', 'staging', 'argo'],
    ['by its tier', { production: 'argo' }, 'prod-eu', 'argo'],
    ['by its name before its tier', { production: 'argo', 'prod-eu': 'ci' }, 'prod-eu', 'ci'],
    ['where only others are named', { production: 'argo' }, 'staging', null],
    ['where the name is one of every object', { production: 'argo' }, 'constructor', null],
  ])('%s', (_name, authority, environment, source) => {
    expect(authorityOf(authority, { environment, tier: tierOf(environment) })).toBe(source)
  })
})

describe('what a witness adds', () => {
  it('is the commit of the version, with its repository, at whatever time', () => {
    const { own, witnesses } = told([
      argo('a1', 0, { version: '1.0' }),
      argo('a2', 40 * day, { version: '1.0' }),
      ci('c1', 3 * hour, { version: '1.0', of: 'x', repository: 'org/shop' }),
    ])
    for (const id of ['a1', 'a2']) expect(own.get(id)).toMatchObject({ version: '1.0', commit: sha('x'), repository: 'org/shop' })
    expect(own.has('c1')).toBe(false)
    expect(witnesses).toEqual({ 'ci/c1': { source: 'argo', id: 'a1' } })
  })

  it('is what a deployment elsewhere says of the version', () => {
    const { own } = told([argo('a1', 0, { version: '1.0' }), ci('s1', -day, { environment: 'staging', version: '1.0', of: 'x' })], {
      production: 'argo',
      staging: 'ci',
    })
    expect(own.get('a1')).toMatchObject({ commit: sha('x') })
    expect(own.get('s1')).toMatchObject({ environment: 'staging' })
  })

  it('is the commit and the version of the digest, before those of a version that is given again', () => {
    const [digest, another] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`)
    const { own, witnesses } = told([
      argo('a1', 0, { digest }),
      argo('a2', 9 * hour, { digest, version: 'latest' }),
      ci('c1', 50 * hour, { digest, version: 'v1', of: 'x' }),
      ci('c2', 60 * hour, { digest: another, version: 'latest', of: 'y' }),
    ])
    expect(own.get('a1')).toMatchObject({ commit: sha('x') })
    expect(own.get('a2')).toMatchObject({ commit: sha('x'), version: 'latest' })
    expect(witnesses['ci/c1']).toEqual({ source: 'argo', id: 'a2' })
  })

  it('is nothing where witnesses do not agree on the version', () => {
    const { own } = told([
      argo('a1', 0, { version: 'latest' }),
      ci('c1', 9 * hour, { version: 'latest', of: 'x' }),
      ci('c2', 18 * hour, { version: 'latest', of: 'y' }),
    ])
    expect(own.get('a1')?.commit).toBeUndefined()
  })

  it('is what the one witness within an hour says', () => {
    const digest = `registry/shop@sha256:${'a'.repeat(64)}`
    const { own, witnesses } = told([
      argo('a1', 0, { version: digest }),
      ci('c1', 59 * minute, { version: 'v1', of: 'x', repository: 'org/shop', url: 'https://ci.example.org/1', changes: ['c'] }),
    ])
    expect(own.get('a1')).toMatchObject({ version: digest, commit: sha('x'), repository: 'org/shop', changes: ['c'], finishedAt: start })
    expect(own.get('a1')).not.toHaveProperty('url')
    expect(witnesses).toEqual({ 'ci/c1': { source: 'argo', id: 'a1' } })
  })

  it.each<[string, Deployment[]]>([
    ['later than an hour', [argo('a', 0), ci('c', hour + 1, { of: 'x' })]],
    ['of two within an hour', [argo('a', 0), ci('c', 0, { of: 'x' }), ci('d', minute, { of: 'y' })]],
    ['of one that fits two', [argo('a', 0), argo('b', minute), ci('c', 0, { of: 'x' })]],
    ['that says another version', [argo('a', 0, { version: '1' }), ci('c', 0, { version: '2', of: 'x' })]],
    ['that says another repository', [argo('a', 0, { repository: 'org/a' }), ci('c', 0, { repository: 'org/b', of: 'x' })]],
    ['that failed', [argo('a', 0), ci('c', 0, { status: 'failed', of: 'x' })]],
    ['of another tier', [argo('a', 0), ci('c', 0, { environment: 'staging', of: 'x' })]],
  ])('is nothing by time from one %s', (_name, facts) => {
    expect(told(facts).own.get('a')?.commit).toBeUndefined()
  })

  it('comes from the environment itself before others of its tier', () => {
    const { own } = told([
      argo('a1', 0, { environment: 'prod-eu' }),
      argo('a2', 0, { environment: 'prod-us' }),
      ci('c1', minute, { environment: 'prod-eu', of: 'x' }),
      ci('c2', minute, { environment: 'prod-us', of: 'y' }),
    ])
    expect([own.get('a1')?.commit, own.get('a2')?.commit]).toEqual([sha('x'), sha('y')])
    const renamed = told([argo('a1', 0, { environment: 'prod' }), ci('c1', minute, { environment: 'production', of: 'x' })])
    expect(renamed.own.get('a1')?.commit).toBe(sha('x'))
  })

  it('never overrides what is said, and does not depend on the order', () => {
    const fact = fc
      .record({
        id: fc.integer({ min: 0, max: 9 }).map(String),
        source: fc.constantFrom('argo', 'ci', 'k8s'),
        environment: fc.constantFrom('production', 'prod', 'staging'),
        status: fc.constantFrom('succeeded' as const, 'succeeded' as const, 'failed' as const),
        at: fc.integer({ min: 0, max: 12 }),
        of: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
        version: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
        repository: fc.constantFrom(undefined, 'shop', 'org/shop'),
      })
      .map(({ id, at, version, repository, ...more }) =>
        withTier(
          deployment(id, at * 20 * minute, {
            ...more,
            ...(version === undefined ? {} : { version }),
            ...(repository === undefined ? {} : { repository }),
          }),
        ),
      )
    const facts = fc.uniqueArray(fact, { maxLength: 12, selector: ({ source, id }) => `${source}/${id}` })
    const key = ({ source, id }: Deployment) => `${source}/${id}`
    fc.assert(
      fc.property(facts, fc.constantFrom('argo', { production: 'argo', staging: 'ci' }), (all, authority) => {
        const result = tellWitnesses('shop', all, authority, definition)
        const given = new Map(all.map((one) => [key(one), one]))
        for (const one of result.told) {
          const before = given.get(key(one)) as Deployment
          for (const field of ['commit', 'version', 'status', 'finishedAt', 'environment', 'changes'] as const) {
            if (before[field] !== undefined) expect(one[field]).toEqual(before[field])
          }
        }
        expect(result.told.length + result.seen.length).toBe(all.length)
        const sorted = (list: Deployment[]) => [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1))
        const other = tellWitnesses('shop', [...all].reverse(), authority, definition)
        expect(sorted(other.told)).toEqual(sorted(result.told))
        expect(new Map([...other.witnesses].sort())).toEqual(new Map([...result.witnesses].sort()))
      }),
    )
  })
})

describe('a service with an authority', () => {
  const history = (more: Partial<History>): Partial<History> => ({ commits: line(['a', 'b', 'c']), authority: 'argo', ...more })

  it('counts a release once, with the changes that the witness told of, and lists the witness', () => {
    const derived = deriveHistory(
      history({
        deployments: [
          argo('a1', 1 * day, { version: '1' }),
          ci('c1', 1 * day - minute, { version: '1', of: 'a' }),
          argo('a2', 2 * day, { version: '3' }),
          ci('c2', 2 * day - minute, { version: '3', of: 'c' }),
        ],
      }),
    )
    const rows = derived.deployments.map(({ id, kind, counted, changes, commit, witness }) => ({
      id,
      kind,
      counted,
      changes,
      commit,
      witness,
    }))
    expect(rows).toHaveLength(4)
    expect(rows).toEqual(
      expect.arrayContaining([
        { id: 'a1', kind: 'baseline', counted: true, changes: 0, commit: sha('a'), witness: null },
        { id: 'a2', kind: 'code', counted: true, changes: 2, commit: sha('c'), witness: null },
        { id: 'c1', kind: null, counted: false, changes: 0, commit: sha('a'), witness: { of: { source: 'argo', id: 'a1' } } },
        { id: 'c2', kind: null, counted: false, changes: 0, commit: sha('c'), witness: { of: { source: 'argo', id: 'a2' } } },
      ]),
    )
    expect(derived.carried.map(({ deployment: { id } }) => id).sort()).toEqual(['a1', 'a2'])
  })

  it('takes an incident or a word on a witness as one on the deployment that it saw', () => {
    const deployments = [argo('a1', 1 * day, { of: 'a' }), argo('a2', 2 * day, { of: 'b' }), ci('c2', 2 * day, { of: 'b' })]
    const named = deriveHistory(history({ deployments, incidents: [incident('i', 9 * day, { source: 'ci', deployment: 'c2' })] }))
    const failed = (derived: typeof named) => derived.deployments.filter(({ failure }) => failure !== null).map(({ id }) => id)
    expect(failed(named)).toEqual(['a2'])
    expect(named.incidents).toMatchObject([{ attribution: 'named', deployment: { source: 'argo', id: 'a2' } }])
    const word = { source: 'ci', id: 'c2', verdict: 'failed' as const, by: 'ada', at: start, note: null, recoveredAt: null }
    expect(failed(deriveHistory(history({ deployments, verdicts: [word] })))).toEqual(['a2'])
    const own = { ...word, source: 'argo', id: 'a2', verdict: 'not_failed' as const }
    expect(failed(deriveHistory(history({ deployments, verdicts: [word, own] })))).toEqual([])
  })

  it('tells a rollback by the commits of witnesses, and no failure of theirs', () => {
    const derived = deriveHistory(
      history({
        changes: [change('p', 0, ['b'])],
        deployments: [
          argo('a1', 1 * day, { version: '1' }),
          argo('a2', 2 * day, { version: '2' }),
          argo('a3', 2 * day + hour, { version: '1' }),
          ci('c1', 1 * day, { version: '1', of: 'a' }),
          ci('c2', 2 * day, { version: '2', of: 'b' }),
          ci('c3', 2 * day + hour, { of: 'a' }),
        ],
      }),
    )
    const kinds = Object.fromEntries(derived.deployments.map(({ id, kind, failure }) => [id, [kind, failure?.rule ?? null]]))
    expect(kinds).toMatchObject({ a2: ['code', 'rollback'], a3: ['rollback', null], c2: [null, null], c3: [null, null] })
  })
})
