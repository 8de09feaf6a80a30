import { createHmac } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Settings } from '../../server/config.ts'
import { rows } from '../../server/store/database.ts'
import { readDeliveries } from '../../server/store/inbox.ts'
import { receivingSource, type Sent, secret, signed, systemOf } from '../support/receiving.ts'
import { testStore } from '../support/stores.ts'
import { type Answered, now, openApi, testConfig, testDeps } from './open-api.ts'

const token = 'correct-horse-battery-staple'
const store = testStore('pglite')
const config = testConfig({
  sources: [
    receivingSource('shop'),
    receivingSource('open', { webhookSecret: null, origin: 'ci.example.org' }),
    { id: 'git', type: 'git', options: { path: '/nowhere' }, schedule: '0 * * * *' },
  ],
})

let woken: string[]
let logged: Record<string, unknown>[]
beforeEach(() => {
  woken = []
  logged = []
  systemOf('shop')
})

async function hooks(settings: Partial<Settings> = {}) {
  const inbox = { wake: (id: string) => void woken.push(id), retry: async () => 0, stop: async () => {} }
  const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line)) })
  const api = await openApi({ store: store(), config, inbox, log, settings: { ...testDeps({ store: store() }).settings, ...settings } })
  const deliver = ({ headers, body }: ReturnType<typeof signed>, { to = 'shop', ...more }: Record<string, string> = {}) =>
    api.send('POST', `hooks/${to}`, body.toString(), { ...headers, ...more })
  return { ...api, deliver, post: (key: string, sent: Sent, more?: Record<string, string>) => deliver(signed(key, sent), more) }
}

function kept() {
  return readDeliveries(store().db, { source: 'shop', limit: 10 })
}

function expectRefused({ status, body }: Answered, expected: number, code: string): void {
  expect({ status, code: body.error.code }).toEqual({ status: expected, code })
  const warnings = logged.filter(({ level }) => level === 40)
  expect(warnings).toMatchObject([{ msg: 'delivery refused', status: expected, code }])
  expect(woken).toEqual([])
}

describe('POST /hooks/{source}', () => {
  it('keeps what is signed, wakes the inbox, and reads nothing itself', async () => {
    const api = await hooks()
    const { status, body } = await api.post('a', { changed: ['d1'] })
    expect({ status, body }).toEqual({ status: 202, body: { accepted: true } })
    expect(await kept()).toMatchObject([{ key: 'a', state: 'pending', receivedAt: now.getTime() }])
    expect(woken).toEqual(['shop'])
  })

  it('answers 200 to what is known and to what is not kept, with what the sender should know', async () => {
    const api = await hooks()
    await api.post('a', {})
    const again = await api.post('a', {})
    expect([again.status, again.body]).toEqual([200, { accepted: false, reply: 'This delivery is known already.' }])
    const ping = await api.post('b', { ping: true })
    expect([ping.status, ping.body]).toEqual([200, { accepted: false, reply: 'Tick deployments, too.' }])
    expect(woken).toEqual(['shop'])
  })

  it.each(['shop', 'open'])('refuses what is not signed as agreed with %s, says no more than that, and keeps nothing', async (to) => {
    const api = await hooks({ token })
    const answer = await api.deliver(signed('a', {}, 'guessed'), { to, authorization: `Bearer ${token}` })
    expectRefused(answer, 401, 'unauthorized')
    expect(answer.body.error).toMatchObject({ message: 'The delivery is not signed as agreed.', details: null })
    expect(answer.text + JSON.stringify(logged)).not.toContain(secret)
    expect(await kept()).toEqual([])
  })

  it('refuses a body that was changed on its way', async () => {
    const { headers, query } = signed('a', {})
    expectRefused(await (await hooks()).deliver({ headers, query, body: Buffer.from('{"changed":["d1"]}') }), 401, 'unauthorized')
  })

  it.each(['nothing', 'git'])('is not there for %s', async (to) => {
    expectRefused(await (await hooks()).post('a', {}, { to }), 404, 'not_found')
  })

  it('refuses what is no delivery', async () => {
    const body = Buffer.from('no json')
    const headers = { 'x-signature': createHmac('sha256', secret).update(body).digest('hex') }
    expectRefused(
      await (await hooks()).deliver({ headers: { 'content-type': 'text/plain', 'x-delivery': 'a', ...headers }, query: {}, body }),
      400,
      'invalid',
    )
  })

  it('refuses what is compressed, and what is larger than 25 MB', async () => {
    const api = await hooks()
    expectRefused(await api.post('a', {}, { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type')
    logged = []
    expectRefused(await api.post('a', { changed: ['x'.repeat(25 * 1024 * 1024)] }), 413, 'too_large')
    logged = []
    expectRefused(await api.post('a', {}, { 'content-length': String(26 * 1024 * 1024) }), 413, 'too_large')
  })

  it('takes 20 MB', async () => {
    expect((await (await hooks()).post('a', { changed: ['x'.repeat(20 * 1024 * 1024)] })).status).toBe(202)
  })

  it('holds no more in memory than it can, however many send', async () => {
    const api = await hooks()
    const large = signed('large', { changed: ['x'.repeat(20 * 1024 * 1024)] })
    const statuses = (await Promise.all(Array.from({ length: 8 }, () => api.deliver(large)))).map(({ status }) => status)
    expect(statuses).toContain(503)
    expect((await api.post('small', {})).status).toBe(202)
  })

  it('says when to come again where too much waits', async () => {
    await rows(
      store().db,
      sql`insert into inbox (source, key, received_at, headers, body, size, next_attempt_at)
        select 'shop', 'k' || n, 0, '{}', '', 10, 0 from generate_series(1, 20000) n`,
    )
    const answer = await (await hooks()).post('a', {})
    expectRefused(answer, 503, 'unavailable')
    expect(answer.headers.get('retry-after')).toBe('60')
  })
})

describe('OPTIONS /hooks/{source}', () => {
  const ask = async (source: string, headers: Record<string, string>, settings: Partial<Settings> = {}) =>
    (await hooks(settings)).send('OPTIONS', `hooks/${source}`, undefined, headers)

  it('consents to the host whose deliveries are wanted, without a token', async () => {
    const { status, headers } = await ask('open', { 'webhook-request-origin': 'ci.example.org', 'webhook-request-rate': '120' }, { token })
    expect(status).toBe(200)
    expect(Object.fromEntries(headers)).toMatchObject({
      'webhook-allowed-origin': 'ci.example.org',
      'webhook-allowed-rate': '*',
      allow: 'OPTIONS, POST',
    })
  })

  it.each([
    ['another host', 'open', { 'webhook-request-origin': 'evil.example' }],
    ['no host', 'open', { 'webhook-request-origin': '*' }],
    ['who does not ask', 'open', {}],
    ['a source that takes no part', 'shop', { 'webhook-request-origin': 'ci.example.org' }],
  ])('does not consent to %s', async (_, source, headers) => {
    const answer = await ask(source, headers as Record<string, string>)
    expect(answer.status).toBe(204)
    expect([...answer.headers.keys()].filter((name) => name.startsWith('webhook-'))).toEqual([])
  })

  it('says of a source that is not there what it says of all addresses', async () => {
    expect((await ask('nothing', { 'webhook-request-origin': 'ci.example.org' })).status).toBe(404)
  })
})

describe('with SHIPLOG_TOKEN and SHIPLOG_URL set', () => {
  const settings = { token, publicUrl: 'https://shiplog.example.org' }

  it('takes deliveries by their signature alone, whatever else they claim', async () => {
    const api = await hooks(settings)
    expect((await api.post('a', {}, { host: 'shiplog.example.org' })).status).toBe(202)
    expect((await api.post('b', {}, { origin: 'https://sender.example', 'sec-fetch-site': 'cross-site' })).status).toBe(202)
    expect((await api.post('c', {}, { authorization: 'Basic d3Jvbmc6d3Jvbmc=' })).status).toBe(202)
    expect((await kept()).map(({ key }) => key)).toEqual(['c', 'b', 'a'])
  })

  it('lets nothing else in by that way', async () => {
    const api = await hooks(settings)
    expect((await api.post('a', {}, { host: 'evil.example' })).status).toBe(403)
    expect((await api.get('hooks/shop')).status).toBe(401)
    expect((await api.send('PUT', 'hooks/shop')).status).toBe(401)
    for (const path of ['hooks', 'hooks/', 'hooks/shop/x', 'hooks/../deployments', 'hooks/%2e%2e/deployments', 'hooks%2fshop']) {
      const { status } = await api.send('POST', path, { id: 'd1' })
      expect([401, 404], path).toContain(status)
    }
  })
})
