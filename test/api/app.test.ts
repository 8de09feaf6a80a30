import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../server/api/app.ts'
import { openApi, type TestApi, testConfig, testDeps } from './open-api.ts'

let api: TestApi
const webDir = mkdtempSync(path.join(tmpdir(), 'shiplog-web-'))

beforeAll(async () => {
  mkdirSync(path.join(webDir, 'assets'))
  writeFileSync(path.join(webDir, 'index.html'), '<!doctype html><html><head><title>Pages</title></head><body></body></html>')
  writeFileSync(path.join(webDir, 'assets', 'index-1a2b.js'), `console.log("${'x'.repeat(2000)}")`)
  writeFileSync(path.join(webDir, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  api = await openApi({ webDir })
})
afterAll(async () => {
  await api.close()
  rmSync(webDir, { recursive: true })
})

describe('Host and Origin', () => {
  it.each(['localhost', 'localhost:4400', '127.0.0.1:4400', '[::1]:4400', 'LOCALHOST'])('answers for %s', async (host) => {
    expect((await api.get('teams', { host })).status).toBe(200)
  })

  it.each([
    'evil.example',
    'evil.example:4400',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.7',
    '[fd00::1]:4400',
    'localhost@evil',
    '',
  ])('refuses the host %j', async (host) => {
    const response = await api.get('teams', { host })
    expect(response.status).toBe(403)
    expect(response.body.error.code).toBe('forbidden')
  })

  it('tells probes that it lives, whatever name they use', async () => {
    expect((await api.get('/healthz', { host: 'shiplog.internal' })).body).toEqual({ status: 'ok' })
    expect((await api.get('/readyz', { host: 'shiplog.internal' })).body).toEqual({ status: 'ready' })
  })

  it.each([
    ['http://evil.example', undefined],
    ['http://localhost:9999', undefined],
    ['null', undefined],
    ['file://', undefined],
    [undefined, 'cross-site'],
    [undefined, 'same-site'],
  ])('refuses a change sent by a page of %s (%s)', async (origin, site) => {
    const headers: Record<string, string> = { host: 'localhost:4400' }
    if (origin !== undefined) headers.origin = origin
    if (site !== undefined) headers['sec-fetch-site'] = site
    for (const [method, route] of [
      ['POST', 'deployments'],
      ['DELETE', 'deployments/api/x'],
      ['PUT', 'deployments/api/x/verdict'],
      ['POST', '/logout'],
    ] as const) {
      expect((await api.send(method, route, method === 'DELETE' ? undefined : {}, headers)).status, `${method} ${route}`).toBe(403)
    }
  })

  it('takes a change from its own pages and from programs', async () => {
    const own = { host: 'localhost:4400', origin: 'http://localhost:4400', 'sec-fetch-site': 'same-origin' }
    expect((await api.send('POST', 'deployments', {}, own)).status).toBe(400)
    expect((await api.send('POST', 'deployments', {}, { host: 'localhost:4400' })).status).toBe(400)
  })

  it('answers for the public address, and on the network for numeric ones', async () => {
    const deps = testDeps({ store: api.deps.store })
    const settings = { ...deps.settings, host: '0.0.0.0', token: 'correct-horse-battery-staple', publicUrl: 'https://shiplog.example.org' }
    const network = await openApi({ store: api.deps.store, settings })
    const authorization = `Bearer ${settings.token}`
    for (const host of ['shiplog.example.org', '10.0.0.7:4400', '[fd00::1]:4400', 'localhost']) {
      expect((await network.get('teams', { host, authorization })).status, host).toBe(200)
    }
    expect((await network.get('teams', { host: 'evil.example', authorization })).status).toBe(403)
    const behind = { host: '127.0.0.1:4400', origin: 'https://shiplog.example.org', authorization }
    expect((await network.send('POST', 'deployments', {}, behind)).status).toBe(400)
  })
})

describe('every answer', () => {
  it.each(['teams', '/healthz', '/', '/api/docs', '/nothing', '/assets/index-1a2b.js'])(
    'of %s carries the security headers',
    async (route) => {
      const { headers } = await api.get(route)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'self'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe-inline')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.get('cache-control')).not.toBeNull()
      expect(headers.get('access-control-allow-origin')).toBeNull()
    },
  )

  it('is compressed for who can read it', async () => {
    const response = await createApp(api.deps).request('/api/openapi.json', { headers: { 'accept-encoding': 'gzip' } })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(JSON.parse(gunzipSync(Buffer.from(await response.arrayBuffer())).toString()).openapi).toBe('3.1.0')
  })
})

describe('what is not there', () => {
  it('names some of the services that are known, and how many more there are', async () => {
    const services = Array.from({ length: 30 }, (_, n) => ({ id: `s${n}`, sources: [], teams: [], was: [] }))
    const many = await openApi({ store: api.deps.store, config: testConfig({ services }) })
    expect((await many.get('services/none')).body.error.message).toMatch(/^There is no service none\. Known are: .* and 10 others\.$/)
    expect((await many.get('metrics?scope=service:none')).body.error.message).toMatch(/Known services: .* and 10 others\.$/)
  })

  it('is told in JSON below /api', async () => {
    const { status, body } = await api.get('/api/v1/nothing', { accept: 'text/html' })
    expect(status).toBe(404)
    expect(body.error.code).toBe('not_found')
  })

  it.each([
    ['PATCH', 'metrics', 'GET, HEAD'],
    ['PUT', 'deployments', 'GET, HEAD, POST'],
    ['POST', 'deployments/api/x', 'DELETE'],
    ['POST', 'deployments/api/x/verdict', 'GET, HEAD, PUT, DELETE'],
    ['GET', 'commits', 'POST'],
    ['DELETE', '/login', 'GET, HEAD, POST'],
  ])('%s %s is answered 405 with what is possible', async (method, route, allow) => {
    const response = await api.send(method, route)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe(allow)
    expect(response.body.error.code).toBe('method_not_allowed')
  })

  it('OPTIONS says what is possible', async () => {
    const response = await api.send('OPTIONS', 'deployments')
    expect(response.status).toBe(204)
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST')
  })
})

describe('the pages', () => {
  it('are the answer to every address that is no file', async () => {
    for (const route of ['/', '/services/checkout', '/report/org/2026-W13?x=1']) {
      const { status, text, headers } = await api.get(route, { accept: 'text/html,*/*' })
      expect(status).toBe(200)
      expect(text).toContain('<title>Pages</title>')
      const nonce = /nonce="([^"]+)"/.exec(text)?.[1]
      expect(headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`)
    }
  })

  it('have a new nonce each time', async () => {
    const [one, two] = [await api.get('/'), await api.get('/')]
    expect(one.text).not.toBe(two.text)
  })

  it('come with their files: those with a hash in their name for good, others by ETag', async () => {
    expect((await api.get('/assets/index-1a2b.js')).headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const icon = await api.get('/favicon.svg')
    expect(icon.headers.get('content-type')).toBe('image/svg+xml')
    expect(icon.headers.get('cache-control')).toBe('no-cache')
    expect((await api.get('/favicon.svg', { 'if-none-match': icon.headers.get('etag') ?? '' })).status).toBe(304)
  })

  it('send files compressed by brotli where that is taken', async () => {
    const response = await createApp(api.deps).request('/assets/index-1a2b.js', { headers: { 'accept-encoding': 'gzip, br' } })
    expect(response.headers.get('content-encoding')).toBe('br')
    expect(brotliDecompressSync(Buffer.from(await response.arrayBuffer())).toString()).toContain('console.log')
  })

  it.each([
    '/../package.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/assets/nothing.js',
  ])('hold nothing else: %s', async (route) => {
    const { status, text } = await api.get(route)
    expect(status).toBe(404)
    expect(text).not.toContain('dependencies')
  })

  it('say how to build them where they are not built', async () => {
    const bare = await openApi({ store: api.deps.store, webDir: path.join(webDir, 'missing') })
    const { status, text } = await bare.get('/', { accept: 'text/html' })
    expect(status).toBe(503)
    expect(text).toContain('npm run build')
  })
})

describe('the log', () => {
  it('has a line for each request, without its query', async () => {
    const lines: string[] = []
    const log = pino({ level: 'debug' }, { write: (line) => lines.push(line) })
    await createApp({ ...api.deps, log }).request('/api/v1/metrics?scope=org&token=hunter2', {
      headers: { authorization: 'Bearer hunter2' },
    })
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] as string)).toMatchObject({ msg: 'request', method: 'GET', path: '/api/v1/metrics', status: 400 })
    expect(lines.join('')).not.toContain('hunter2')
  })
})
