import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Settings } from '../server/config.ts'
import { type Running, start } from '../server/main.ts'
import { now, testConfig } from './api/open-api.ts'
import { receivingSource, signed, systemOf } from './support/receiving.ts'

let dataDir: string
let running: Running

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'shiplog-main-'))
  running = await start(options())
})
afterAll(async () => {
  await running.stop()
  await rm(dataDir, { recursive: true })
})

function options(settings: Partial<Settings> = {}) {
  const common = { databaseUrl: null, dataDir, host: '127.0.0.1', port: 0, token: null, logLevel: 'silent' }
  return { config: testConfig(), settings: { ...common, ...settings }, now: () => now, log: pino({ level: 'silent' }), webDir: null }
}

/** What a server answers to bytes as they are. */
function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setEncoding('utf8')
    socket.on('data', (text) => {
      answer += text
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

describe('start', () => {
  it('serves on a free port of this machine', async () => {
    expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await (await fetch(`${running.url}/readyz`)).json()).toEqual({ status: 'ready' })
    expect((await fetch(`${running.url}/api/v1/teams`)).status).toBe(200)
  })

  it('refuses a foreign Host and what is no request', async () => {
    expect(await raw(running.url, 'GET /api/v1/teams HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 403/,
    )
    expect(await raw(running.url, 'GET /api/v1/teams HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 40[03]/)
    expect(await raw(running.url, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400/)
    expect(await raw(running.url, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400/)
  })

  it('refuses a body over the limit while it is sent', async () => {
    const response = await fetch(`${running.url}/api/v1/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `"${'x'.repeat(6 * 1024 * 1024)}"`,
    })
    expect(response.status).toBe(413)
  })

  it.each(['0.0.0.0', '::', '192.168.1.7', 'shiplog.example.org'])('does not serve on %s without a token', async (host) => {
    await expect(start(options({ host }))).rejects.toThrow(/SHIPLOG_TOKEN is not set/)
  })

  it('wants a token that cannot be guessed', async () => {
    await expect(start(options({ token: 'short' }))).rejects.toThrow(/only 5 characters/)
  })

  it('says who has the data folder', async () => {
    await expect(start(options())).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(running.url) })
  })

  it('says that the port is in use, and leaves nothing open', async () => {
    const other = await mkdtemp(path.join(tmpdir(), 'shiplog-main-'))
    const port = Number(new URL(running.url).port)
    await expect(start(options({ dataDir: other, port }))).rejects.toThrow(new RegExp(`Port ${port} on 127.0.0.1 is in use`))
    const free = await start(options({ dataDir: other }))
    await free.stop()
    await rm(other, { recursive: true })
  })

  it('says that an address is not of this machine', async () => {
    const other = await mkdtemp(path.join(tmpdir(), 'shiplog-main-'))
    const taken = start(options({ dataDir: other, host: '192.0.2.1', token: 'correct-horse-battery-staple' }))
    await expect(taken).rejects.toThrow(/not an address of this machine/)
    await rm(other, { recursive: true })
  })
})

describe('what a system sends', () => {
  it('is a fact soon, without a token', async () => {
    const other = await mkdtemp(path.join(tmpdir(), 'shiplog-main-'))
    const token = 'correct-horse-battery-staple'
    systemOf('acme')
    const config = testConfig({ sources: [receivingSource('acme')] })
    const server = await start({ ...options({ dataDir: other, token }), config })
    const { headers, body } = signed('a', { changed: ['d1'] })
    const response = await fetch(`${server.url}/api/v1/hooks/acme`, { method: 'POST', headers, body: new Uint8Array(body) })
    expect([response.status, await response.json()]).toEqual([202, { accepted: true }])
    const asked = () => fetch(`${server.url}/api/v1/sources`, { headers: { authorization: `Bearer ${token}` } })
    await vi.waitFor(
      async () => {
        const { sources } = (await (await asked()).json()) as { sources: object[] }
        expect(sources[0]).toMatchObject({ inbox: { pending: 0, failed: 0 }, counts: { deployments: 1 } })
      },
      { timeout: 20_000, interval: 50 },
    )
    await server.stop()
    await rm(other, { recursive: true })
  })
})

describe('stop', () => {
  it('finishes what runs, keeps what was taken, and may be called again', async () => {
    const other = await mkdtemp(path.join(tmpdir(), 'shiplog-main-'))
    const first = await start(options({ dataDir: other }))
    const item = (n: number) => ({
      id: `d${n}`,
      service: 'shop',
      environment: 'production',
      status: 'succeeded',
      finishedAt: '2026-03-10T10:00:00Z',
    })
    const items = Array.from({ length: 500 }, (_, n) => item(n))
    const idle = await fetch(`${first.url}/healthz`)
    await idle.text()
    const sent = fetch(`${first.url}/api/v1/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items }),
    })
    // The server has the request when another one, sent later, is answered.
    await (await fetch(`${first.url}/healthz`)).text()
    const stopping = first.stop()
    expect(first.stop()).toBe(stopping)
    expect(await (await sent).json()).toEqual({ accepted: 500, unchanged: 0 })
    await stopping
    await expect(fetch(`${first.url}/healthz`)).rejects.toThrow()

    const second = await start(options({ dataDir: other }))
    const { services } = (await (await fetch(`${second.url}/api/v1/services`)).json()) as { services: { id: string }[] }
    expect(services.map((service) => service.id)).toEqual(['shop'])
    await second.stop()
    await rm(other, { recursive: true })
  })
})
