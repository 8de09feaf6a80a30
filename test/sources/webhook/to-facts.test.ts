import { describe, expect, test } from 'vitest'
import { madeOf, whyNot } from '../../../server/sources/webhook/to-facts.ts'
import { deployRule, optionsOf } from '../../support/webhook-things.ts'

const at = Date.UTC(2026, 0, 5, 9)
const time = '2026-01-05T09:00:00Z'
const commit = 'A'.repeat(40)
const receivedAt = at + 60_000
const filing = { sourceId: 'ci', service: 'ci' }

// biome-ignore lint/suspicious/noExplicitAny: any rules and bodies
function make(rules: any, body: any, headers: Record<string, string> = {}) {
  return madeOf(optionsOf(rules), { body, headers, receivedAt }, filing)
}

const body = { event: 'deploy', run: { id: 7, at: time }, app: 'shop', env: 'live', result: 'OK', commit }

describe('a rule of deployments', () => {
  test('fills fields by paths, words by a map, and takes the rest as it is', () => {
    const rule = { ...deployRule, commit: '{commit}', version: 'v{run.id}', labels: ['{event}', '{tags}', 'fixed'], url: '{link}' }
    const [made] = make({ deployments: rule, environments: { production: '^live' } }, { ...body, tags: ['a', 'b'], link: 'no address' })
    expect(made).toEqual({
      name: 'deployment',
      fault: null,
      remarks: ['url left out: "no address" is not an address of a web page'],
      fact: {
        kind: 'deployment',
        source: 'ci',
        id: '7',
        service: 'shop',
        environment: 'live',
        tier: 'production',
        commit: commit.toLowerCase(),
        version: 'v7',
        labels: ['deploy', 'a', 'b', 'fixed'],
        status: 'succeeded',
        finishedAt: at,
        updatedAt: at,
        reported: 'event',
      },
    })
  })

  test('makes do with an id and a status', () => {
    const [made] = make({ deployments: { id: '{id}', status: 'succeeded' } }, { id: 'x' })
    expect(made?.fact).toMatchObject({ id: 'x', service: 'ci', environment: 'production', finishedAt: receivedAt, updatedAt: receivedAt })
  })

  test('makes a deployment of each element of a list', () => {
    const rule = { each: 'services', when: { 'item.deployed': true }, id: '{id}/{item.name}', service: '{item.name}', status: 'succeeded' }
    const services = [
      { name: 'till', deployed: true },
      { name: 'search', deployed: false },
      { name: 'shop', deployed: true },
    ]
    expect(make({ deployments: rule }, { id: 7, services }).map(({ fact }) => fact && 'id' in fact && fact.id)).toEqual([
      '7/till',
      '7/shop',
    ])
    expect(make({ deployments: rule }, { id: 7 })).toEqual([])
  })

  test('takes the first of several values that is there, by an expression where one is needed', () => {
    const rule = { id: '{id}', status: 'succeeded', version: [{ value: '{ref}', pattern: '^refs/tags/(.+)$' }, '{sha}'] }
    expect(make({ deployments: rule }, { id: 1, ref: 'refs/tags/v1', sha: 'abc' })[0]?.fact).toMatchObject({ version: 'v1' })
    expect(make({ deployments: rule }, { id: 1, ref: 'refs/heads/x', sha: 'abc' })[0]?.fact).toMatchObject({ version: 'abc' })
  })

  test.each([
    [{ run: {} }, 'id: nothing at run.id'],
    [{ run: { id: [1] } }, 'id: a list where a text is needed; name one of its parts'],
    [{ result: 'odd' }, 'status: "odd" is not in the map; add it, or otherwise:'],
  ])('of a delivery with %j says what is missing', (more, fault) => {
    expect(make({ deployments: deployRule }, { ...body, ...more })).toMatchObject([{ fact: null, fault }])
  })

  test('never starts after it ends', () => {
    const rule = { ...deployRule, startedAt: '{run.start}' }
    expect(make({ deployments: rule }, { ...body, run: { ...body.run, start: '2026-01-06T00:00:00Z' } })[0]?.fact).toMatchObject({
      startedAt: at,
    })
  })
})

describe('a time', () => {
  test.each<[unknown, number | null]>([
    [time, at],
    ['2026-01-05 10:00:00 +0100', at],
    ['2026-01-05T09:00Z', at],
    ['2026-01-05 09:00:00 UTC', at],
    [at, at],
    [at / 1000, at],
    [String(at / 1000), at],
    ['2026-01-05T09:00:00', null],
    ['0001-01-01T00:00:00Z', null],
    [0, null],
    ['yesterday', null],
    [1e16, null],
    [true, null],
  ])('%j is %j', (value, expected) => {
    const rule = { id: '1', title: 't', openedAt: '{at}' }
    const [made] = make({ incidents: rule }, { at: value })
    expect(made?.fact).toMatchObject({ openedAt: expected ?? receivedAt })
    expect(made?.remarks.length).toBe(expected === null ? 1 : 0)
  })
})

describe('a rule of incidents', () => {
  const rule = {
    id: '{id}',
    title: '{title}',
    status: { value: '{state}', map: { firing: 'open', ack: 'acknowledged', done: 'resolved' } },
    updatedAt: '{at}',
    openedAt: '{since}',
  }

  test.each([
    ['firing', {}],
    ['ack', { acknowledgedAt: at }],
    ['done', { resolvedAt: at }],
  ])('takes the state %s at the time of the version', (state, more) => {
    const fact = { kind: 'incident', source: 'ci', id: '1', title: 'Slow', openedAt: at - 60_000, updatedAt: at, ...more }
    expect(make({ incidents: rule }, { id: 1, title: 'Slow', state, at: time, since: '2026-01-05T08:59:00Z' })[0]?.fact).toEqual(fact)
  })

  test('ends no incident before it begins', () => {
    expect(make({ incidents: rule }, { id: 1, title: 'x', state: 'done', at: time, since: '2026-01-06T00:00:00Z' })[0]?.fact).toMatchObject(
      {
        openedAt: Date.UTC(2026, 0, 6),
        resolvedAt: Date.UTC(2026, 0, 6),
      },
    )
  })
})

test('a rule of changes lists its commits, whole ones only', () => {
  const rule = {
    id: '{repo}/{n}',
    title: '{title}',
    mergedAt: '{at}',
    repository: '{repo}',
    commits: '{commits.*.id}',
    additions: '{added}',
  }
  const made = make(
    { changes: rule },
    { repo: 'acme/shop', n: 7, title: 'Faster', at: time, commits: [{ id: commit }, { id: 'short' }], added: 12 },
  )
  expect(made[0]?.fact).toEqual({
    kind: 'change',
    source: 'ci',
    id: 'acme/shop/7',
    title: 'Faster',
    mergedAt: at,
    updatedAt: at,
    repository: 'acme/shop',
    commits: [commit.toLowerCase()],
    additions: 12,
  })
})

describe('a condition', () => {
  test.each<[object, boolean]>([
    [{ event: 'deploy' }, true],
    [{ event: ['x', 'deploy'] }, true],
    [{ event: 'x' }, false],
    [{ event: { not: 'x' } }, true],
    [{ event: { not: ['deploy'] } }, false],
    [{ event: { matches: '^dep' } }, true],
    [{ event: { exists: true } }, true],
    [{ none: { exists: false } }, true],
    [{ none: { not: 'x' } }, true],
    [{ none: { matches: '.' } }, false],
    [{ 'run.id': 7 }, true],
    [{ '{run.id}': '7' }, true],
    [{ tags: 'b' }, true],
    [{ 'header.X-Event': 'push', event: 'deploy' }, true],
    [{ 'header.x-event': 'pull' }, false],
  ])('%j holds: %s', (when, holds) => {
    const made = make({ deployments: { when, id: '1', status: 'succeeded' } }, { ...body, tags: ['a', 'b'] }, { 'x-event': 'push' })
    expect(made.length).toBe(holds ? 1 : 0)
  })

  test('that does not hold is told', () => {
    const scope = { body, headers: {}, receivedAt }
    const options = optionsOf({
      deployments: { ...deployRule, when: { event: ['a', 'b'] } },
      incidents: { id: '1', title: 't', when: { kind: { exists: true } } },
    })
    expect(whyNot(options, scope)).toBe('event is "deploy"; the rule takes a or b; kind is nothing; the rule takes something')
    expect(whyNot(optionsOf({ setup: true }), scope)).toBe('there is no rule yet')
  })
})
