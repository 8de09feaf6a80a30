import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { factResources } from '../../server/api/facts-schema.ts'
import { now, openApi, sha, type TestApi, testConfig } from './open-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.close())

let last = 0
function deployment(given: Record<string, unknown> = {}) {
  return { id: `d${++last}`, service: 'shop', environment: 'production', status: 'succeeded', finishedAt: '2026-03-10T10:00:00Z', ...given }
}

describe('POST', () => {
  it('takes one object, and the next question sees it', async () => {
    const before = (await api.get('metrics?scope=org')).body.metrics.deployment_frequency.n
    expect((await api.send('POST', 'deployments', deployment())).body).toEqual({ accepted: 1, unchanged: 0 })
    expect((await api.get('metrics?scope=org')).body.metrics.deployment_frequency.n).toBe(before + 1)
  })

  it('takes many, and repeats change nothing', async () => {
    const items = [deployment(), deployment(), deployment()]
    expect((await api.send('POST', 'deployments', { items })).body).toEqual({ accepted: 3, unchanged: 0 })
    expect((await api.send('POST', 'deployments', { items })).body).toEqual({ accepted: 0, unchanged: 3 })
    expect((await api.send('POST', 'deployments', { items: [...items, deployment()] })).body).toEqual({ accepted: 1, unchanged: 3 })
  })

  it('takes the same fact twice in one request', async () => {
    const one = deployment()
    const { status, body } = await api.send('POST', 'deployments', { items: [one, one] })
    expect(status).toBe(200)
    expect(body.accepted + body.unchanged).toBe(2)
    expect(body.accepted).toBe(1)
  })

  it('takes a thousand', async () => {
    const items = Array.from({ length: 1000 }, (_, n) => ({
      ...deployment(),
      service: 'many',
      finishedAt: new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString(),
    }))
    expect((await api.send('POST', 'deployments', { items })).body).toEqual({ accepted: 1000, unchanged: 0 })
  })

  it('takes all or none', async () => {
    const good = deployment({ service: 'none-of-it' })
    const { status } = await api.send('POST', 'deployments', { items: [good, deployment({ status: 'shipped' })] })
    expect(status).toBe(400)
    expect((await api.get('services/none-of-it')).status).toBe(404)
  })

  it.each<[string, unknown, string, RegExp]>([
    ['a missing field of one object', { ...deployment(), service: undefined }, 'service', /service/],
    [
      'a missing field of an item',
      { items: [deployment(), deployment(), deployment(), deployment({ finishedAt: undefined })] },
      'items[3].finishedAt',
      /is required when status is succeeded/,
    ],
    ['an unknown field', deployment({ enviroment: 'x' }), 'enviroment', /not a known field/],
    ['an unknown field beside items', { items: [deployment()], source: 'x' }, 'source', /not a known field beside items/],
    ['a time without an offset', deployment({ finishedAt: '2026-03-10T10:00:00' }), 'finishedAt', /RFC 3339/],
    ['a day that is none', deployment({ finishedAt: '2026-02-30T10:00:00Z' }), 'finishedAt', /RFC 3339/],
    ['a time in the year 20000', deployment({ finishedAt: '+020000-01-01T00:00:00Z' }), 'finishedAt', /RFC 3339/],
    ['a number for text', deployment({ version: 1e308 }), 'version', /must be text/],
    ['empty text', deployment({ service: '' }), 'service', /must not be empty/],
    ['text that is too long', deployment({ service: 'x'.repeat(201) }), 'service', /must be 200 characters or fewer/],
    ['a status that is none', deployment({ status: 'shipped' }), 'status', /must be running or succeeded or failed or cancelled/],
    ['a NUL', deployment({ version: 'a\0b' }), 'version', /NUL/],
    ['half a surrogate pair', deployment({ version: '\ud800' }), 'version', /surrogate/],
    ['a short commit id', deployment({ commit: 'abc123' }), 'commit', /40 or 64/],
    ['an address of another protocol', deployment({ url: 'javascript:alert(1)' }), 'url', /URL/],
    ['a start after the end', deployment({ startedAt: '2026-03-11T00:00:00Z' }), 'startedAt', /later than finishedAt/],
    ['no items', { items: [] }, 'items', /1 to 1000/],
    ['items that are no list', { items: { 0: deployment() } }, 'items', /1 to 1000/],
    ['an item that is no object', { items: [7] }, 'items[0]', /object/],
  ])('names %s', async (_, body, path, message) => {
    const answer = await api.send('POST', 'deployments', body)
    expect(answer.status).toBe(400)
    expect(answer.body.error.code).toBe('invalid')
    expect(answer.body.error.details[0].path).toBe(path)
    expect(answer.body.error.message).toContain(path)
    expect(answer.body.error.message).toMatch(message)
  })

  it('refuses times of a future that no clock could mean', async () => {
    const ahead = (hours: number) => new Date(now.getTime() + hours * 3_600_000).toISOString()
    expect((await api.send('POST', 'deployments', deployment({ finishedAt: ahead(23.9) }))).status).toBe(200)
    const late = { items: [deployment(), deployment({ startedAt: ahead(24.1), finishedAt: '2099-01-01T00:00:00Z' })] }
    const { status, body } = await api.send('POST', 'deployments', late)
    expect(status).toBe(400)
    expect(body.error.details.map((fault: { path: string }) => fault.path)).toEqual(['items[1].startedAt', 'items[1].finishedAt'])
    expect(body.error.message).toMatch(/^items\[1\]\.startedAt: must not lie more than 24 hours in the future/)
    const newer = await api.send('POST', 'deployments', deployment({ updatedAt: '2099-01-01T00:00:00Z' }))
    expect([newer.status, newer.body.error.details[0].path]).toEqual([400, 'updatedAt'])
  })

  it.each(['[]', '[{}]', '7', '"text"', 'null', 'true'])('wants an object, not %s', async (body) => {
    const answer = await api.send('POST', 'deployments', body)
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toContain('one JSON object')
  })

  it('refuses more than a thousand, and more than 5 MB', async () => {
    expect((await api.send('POST', 'deployments', { items: Array(1001).fill({}) })).status).toBe(413)
    expect((await api.send('POST', 'deployments', `{"id":"${'x'.repeat(5 * 1024 * 1024)}"}`)).status).toBe(413)
  })

  it('names keys that mean something to JavaScript as unknown, and changes no prototype', async () => {
    const text = JSON.stringify(deployment()).replace('{', '{"__proto__":{"polluted":true},"constructor":{"prototype":{}},')
    const { status, body } = await api.send('POST', 'deployments', text)
    expect(status).toBe(400)
    expect(body.error.details.map((fault: { path: string }) => fault.path)).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('refuses JSON nested a hundred thousand deep', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect((await api.send('POST', 'deployments', `{"id":${deep}}`)).status).toBe(400)
    expect((await api.send('POST', 'incidents', `{"items":[${deep}]}`)).status).toBe(400)
  })

  it('takes text of every language, and keeps it', async () => {
    const one = deployment({ id: 'r/1 ü 日本 🚀 %2F?#', version: '=1+1', service: 'größe/日本' })
    expect((await api.send('POST', 'deployments', one)).status).toBe(200)
    const { body } = await api.get(`deployments?scope=${encodeURIComponent('service:größe/日本')}&from=2026-03-01&to=2026-04-01`)
    expect(body.items[0]).toMatchObject({ id: one.id, version: '=1+1', service: one.service })
    const path = `deployments/api/${encodeURIComponent(one.id)}`
    expect((await api.get(`${path}/verdict`)).body).toEqual({ standing: null, history: [] })
    expect((await api.send('DELETE', path)).status).toBe(200)
  })

  it('names the known services where they are configured', async () => {
    const config = testConfig({ services: [{ id: 'shop', sources: [], teams: [], was: [] }] })
    const configured = await openApi({ store: api.deps.store, config })
    const { status, body } = await configured.send('POST', 'deployments', deployment({ service: 'shopp' }))
    expect(status).toBe(400)
    expect(body.error.message).toContain('shop')
  })
})

describe('no bad input is a 500', () => {
  const known = [
    'id',
    'source',
    'service',
    'environment',
    'status',
    'finishedAt',
    'commit',
    'commits',
    'repository',
    'sha',
    'parents',
    'items',
    'title',
  ]
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      '2026-03-10T10:00:00Z',
      'succeeded',
      'production',
      sha(1),
      '0001-01-01T00:00:00Z',
      '9998-12-31T23:59:59.999999+14:00',
      '\0',
      '\ud800',
    ),
  )
  const body = fc.dictionary(fc.oneof(fc.constantFrom(...known), fc.string()), value)

  it.each(factResources.map(({ path }) => path))('POST %s', async (path) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, fc.record({ items: fc.array(body, { maxLength: 3 }) }), fc.jsonValue()), async (given) => {
        const { status } = await api.send('POST', path, JSON.stringify(given))
        expect([200, 400, 413]).toContain(status)
      }),
      { numRuns: 150 },
    )
  })

  it.each(factResources.map(({ path, example }) => [path, example] as const))('POST %s with one field replaced', async (path, example) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(example)), value, async (field, replaced) => {
        const { status } = await api.send('POST', path, JSON.stringify({ ...example, source: 'fuzz', [field]: replaced }))
        expect([200, 400]).toContain(status)
      }),
      { numRuns: 100 },
    )
  })

  it('text that is no JSON, and questions that make no sense', async () => {
    const routes = [
      'metrics',
      'deployments',
      'changes',
      'incidents',
      'services',
      'distribution',
      'headline',
      'reports',
      'sources/x/runs',
      'reports/x',
    ]
    const names = ['scope', 'from', 'to', 'bucket', 'environment', 'metric', 'cursor', 'limit', 'state', 'revision', 'format', 'week']
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('org', 'service:shop', 'team:x', '2026-01-01', '0000-00-00', '9999-12-31', '-1', '1e9', '\0', 'waiting'),
      fc.jsonValue().map((cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url')),
      fc
        .array(fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.string()), { minLength: 2, maxLength: 4 })
        .map((cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url')),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), fc.dictionary(fc.constantFrom(...names), text), async (route, query) => {
        const asked = new URLSearchParams({ scope: 'org', ...query })
        const { status, text: answer } = await api.get(`${route}?${asked}`)
        expect(status, answer).toBeLessThan(500)
      }),
      { numRuns: 300 },
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('deployments', 'reports', 'commits'), fc.string({ unit: 'binary' }), async (route, given) => {
        expect((await api.send('POST', route, `${given}{`)).status).toBe(400)
      }),
      { numRuns: 50 },
    )
  })

  it('cursors of the right shape that nobody gave out', async () => {
    for (const cursor of [
      ['a', 'b'],
      [1, 'b'],
      [1, 2 ** 40],
      [2 ** 52, 1],
      [1, 2, 3],
      ['1', '2', '3'],
      [1, 2, 3, 4],
      [1, 2, '\0', 'x'],
      [1, 2 ** 33, 's', 'x'],
    ]) {
      const text = Buffer.from(JSON.stringify(cursor)).toString('base64url')
      for (const route of ['deployments', 'changes', 'incidents', 'changes?state=waiting']) {
        const { status, text: answer } = await api.get(`${route}${route.includes('?') ? '&' : '?'}scope=org&from=2026-01-01&cursor=${text}`)
        expect([200, 400], `${route} ${JSON.stringify(cursor)} ${answer}`).toContain(status)
      }
    }
  })
})

describe('DELETE', () => {
  it('withdraws a fact, once', async () => {
    const [one, other] = [deployment({ service: 'withdrawn' }), deployment({ service: 'withdrawn' })]
    await api.send('POST', 'deployments', { items: [one, other] })
    expect((await api.send('DELETE', `deployments/api/${one.id}`)).body).toEqual({ accepted: 1, unchanged: 0 })
    expect((await api.get('deployments?scope=service:withdrawn&from=2026-03-01&to=2026-04-01')).body.items).toMatchObject([
      { id: other.id },
    ])
    const again = await api.send('DELETE', `deployments/api/${one.id}`)
    expect(again.status).toBe(404)
    expect(again.body.error.message).toContain(`api/${one.id}`)
  })

  it.each([
    ['changes', { id: 'c1', repository: 'r', title: 't', mergedAt: '2026-03-01T00:00:00Z', commits: [] }, 'c1'],
    ['incidents', { id: 'i1', title: 't', openedAt: '2026-03-01T00:00:00Z' }, 'i1'],
    ['artifacts', { id: `sha256:${'a'.repeat(64)}`, image: 'acme/shop', commit: sha(77) }, `sha256:${'a'.repeat(64)}`],
    [
      'commits',
      { repository: 'r', sha: sha(77), parents: [], authoredAt: '2026-03-01T00:00:00Z', committedAt: '2026-03-01T00:00:00Z' },
      sha(77),
    ],
    [
      'commits',
      { id: 'own-Id', repository: 'r', sha: sha(78), parents: [], authoredAt: '2026-03-01T00:00:00Z', committedAt: '2026-03-01T00:00:00Z' },
      'own-Id',
    ],
  ])('withdraws %s', async (resource, fact, id) => {
    expect((await api.send('POST', resource, fact)).body.accepted).toBe(1)
    expect((await api.send('DELETE', `${resource}/api/${id}`)).status).toBe(200)
    expect((await api.send('DELETE', `${resource}/api/${id}`)).status).toBe(404)
  })

  it.each([
    ['deployments', deployment({ id: 'again' }), 'again', { version: 'v2' }],
    ['incidents', { id: 'i-again', title: 't', openedAt: '2026-03-01T00:00:00Z' }, 'i-again', { title: 'u' }],
    [
      'commits',
      { repository: 'r', sha: sha(79), parents: [], authoredAt: '2026-03-01T00:00:00Z', committedAt: '2026-03-01T00:00:00Z' },
      sha(79),
      { message: 'Known better' },
    ],
  ])('keeps what is withdrawn of the %s withdrawn, and says so and what to do', async (resource, fact, id, other) => {
    await api.send('POST', resource, fact)
    await api.send('DELETE', `${resource}/api/${id}`)
    for (const sent of [fact, { ...fact, ...other }]) {
      const { status, body } = await api.send('POST', resource, sent)
      expect([status, body]).toEqual([
        200,
        { accepted: 0, unchanged: 0, withdrawn: 1, note: expect.stringMatching(/^One fact was withdrawn .* updatedAt later/) },
      ])
      expect((await api.send('DELETE', `${resource}/api/${id}`)).status).toBe(404)
    }
    const newer = { ...fact, updatedAt: '2026-03-11T00:00:00Z' }
    expect((await api.send('POST', resource, newer)).body).toEqual({ accepted: 1, unchanged: 0 })
    expect((await api.send('DELETE', `${resource}/api/${id}`)).status).toBe(200)
  })

  it('does not stumble over ids that are none', async () => {
    for (const id of ['%00', '%E0%A4%A', 'a'.repeat(600), '%2F%2F', '..%2f..']) {
      expect([400, 404], id).toContain((await api.send('DELETE', `deployments/api/${id}`)).status)
    }
  })
})
