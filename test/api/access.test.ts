import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Settings } from '../../server/config.ts'
import { openStore } from '../../server/store/open.ts'
import type { Store } from '../../server/store/store.ts'
import { now, openApi, type TestApi, testDeps } from './open-api.ts'

const token = 'correct-horse-battery-staple'
let store: Store

beforeAll(async () => {
  store = await openStore({ databaseUrl: null, dataDir: null })
})
afterAll(() => store.close())

/** An API on the shared store, with a clock that can be moved. */
async function guarded(settings: Partial<Settings> = {}) {
  let time = now
  const deps = testDeps({ store })
  const api = await openApi({ store, now: () => time, settings: { ...deps.settings, token, ...settings } })
  return { ...api, wait: (ms: number) => (time = new Date(time.getTime() + ms)) }
}

function login(api: Pick<TestApi, 'send'>, given: string, next?: string) {
  const form = new URLSearchParams({ token: given, ...(next === undefined ? {} : { next }) }).toString()
  return api.send('POST', '/login', form, { 'content-type': 'application/x-www-form-urlencoded' })
}

describe('without a token', () => {
  it('lets in everybody on this machine', async () => {
    const api = await guarded({ token: null })
    expect((await api.get('teams')).status).toBe(200)
    expect((await api.get('/login')).headers.get('location')).toBe('/')
  })
})

describe('with a token', () => {
  it.each(['teams', '/api/openapi.json', '/api/docs', '/api/v1/nothing', '/assets/index.js'])('refuses %s to strangers', async (path) => {
    const response = await (await guarded()).get(path)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(response.body.error.code).toBe('unauthorized')
  })

  it.each(['/healthz', '/readyz', '/login', '/login.css'])('leaves %s open', async (path) => {
    expect((await (await guarded()).get(path)).status).toBe(200)
  })

  it('takes the token as a bearer, in any case of the scheme', async () => {
    const api = await guarded()
    for (const scheme of ['Bearer', 'bearer']) expect((await api.get('teams', { authorization: `${scheme} ${token}` })).status).toBe(200)
  })

  it.each(['Bearer wrong', `Basic ${token}`, token, 'Bearer', `Bearer ${token}x`, `Bearer ${token.slice(1)}`])(
    'refuses %j',
    async (authorization) => {
      expect((await (await guarded()).get('teams', { authorization })).status).toBe(401)
    },
  )

  it('never takes the token from the address', async () => {
    expect((await (await guarded()).get(`teams?token=${token}&access_token=${token}`)).status).toBe(401)
  })

  it('sends browsers to the login page, and back where they were going', async () => {
    const response = await (await guarded()).get('/services/a?from=2026-01-01', { accept: 'text/html' })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/login?next=%2Fservices%2Fa%3Ffrom%3D2026-01-01')
  })

  it('slows down whoever guesses, on both ways in, and lets in again afterwards', async () => {
    const api = await guarded()
    for (let attempt = 0; attempt < 5; attempt++) expect((await api.get('teams', { authorization: 'Bearer no' })).status).toBe(401)
    for (let attempt = 0; attempt < 5; attempt++) expect((await login(api, 'no')).status).toBe(401)
    const refused = await login(api, token)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('60')
    expect((await api.get('teams', { authorization: `Bearer ${token}` })).status).toBe(429)
    api.wait(60_000)
    expect((await login(api, token)).status).toBe(303)
    expect((await api.get('teams', { authorization: `Bearer ${token}` })).status).toBe(200)
  })
})

describe('the login page', () => {
  it('works without a script and escapes what it is given', async () => {
    const { text } = await (await guarded()).get(`/login?next=${encodeURIComponent('/"><b>')}`)
    expect(text).toContain('<form method="post" action="/login">')
    expect(text).not.toContain('<script')
    expect(text).not.toContain('<b>')
  })

  it('gives a session that is not the token, and takes it', async () => {
    const api = await guarded()
    const response = await login(api, token, '/services/a?x=1')
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/services/a?x=1')
    const cookie = response.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^shiplog=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(token)
    const [session = ''] = cookie.split(';')
    expect((await api.get('teams', { cookie: session })).status).toBe(200)
    api.wait(8 * 86_400_000)
    expect((await api.get('teams', { cookie: session })).status).toBe(401)
  })

  it('marks the cookie secure where people come by https', async () => {
    const api = await guarded({ publicUrl: 'https://shiplog.example.org' })
    expect((await login(api, token)).headers.get('set-cookie')).toMatch(/^__Host-shiplog=.*; Secure/)
  })

  it.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/a\r\nSet-Cookie: x=1', ''])(
    'does not send on to %j',
    async (next) => {
      expect((await login(await guarded(), token, next)).headers.get('location')).toBe('/')
    },
  )

  it('says so when the token is wrong', async () => {
    const response = await login(await guarded(), 'wrong')
    expect(response.status).toBe(401)
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.text).toContain('role="alert"')
  })

  it('refuses a form larger than any login', async () => {
    const response = await login(await guarded(), 'x'.repeat(20_000))
    expect(response.status).toBe(413)
  })

  it('ends the session on signing out', async () => {
    const api = await guarded()
    const [session = ''] = ((await login(api, token)).headers.get('set-cookie') ?? '').split(';')
    const out = await api.send('POST', '/logout', undefined, { cookie: session })
    expect(out.headers.get('location')).toBe('/login')
    expect(out.headers.get('set-cookie')).toMatch(/^shiplog=; Max-Age=0/)
    expect((await api.get('teams', { cookie: session })).status).toBe(401)
  })
})
