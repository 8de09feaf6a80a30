import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { describeError } from '../../server/api/error-body.ts'
import { readJson } from '../../server/api/request-body.ts'
import type { AppEnv } from '../../server/api/router.ts'

const app = new Hono<AppEnv>()
app.post('/', async (c) => c.json({ read: await readJson(c, 1000) }))
app.onError((error, c) => {
  const { status, body } = describeError(error)
  return c.json(body, status)
})

function post(body: BodyInit | null, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  return app.request('/', { method: 'POST', body, headers, ...(body instanceof ReadableStream ? { duplex: 'half' } : {}) } as RequestInit)
}

describe('readJson', () => {
  it.each([
    ['plain', 'application/json'],
    ['with a charset', 'application/json; charset=utf-8'],
    ['of a vendor', 'application/vnd.acme+json'],
    ['in capitals', 'Application/JSON'],
  ])('takes JSON %s', async (_, type) => {
    const response = await post('{"a":1}', { 'content-type': type })
    expect(await response.json()).toEqual({ read: { a: 1 } })
  })

  it.each<[string, BodyInit | null, Record<string, string>, number, RegExp]>([
    ['another type', 'a=1', { 'content-type': 'text/plain' }, 415, /text\/plain.*application\/json/],
    ['no type', new Uint8Array([123, 125]), {}, 415, /no stated type/],
    ['a compressed body', '{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 415, /compressed/],
    ['an empty body', '', { 'content-type': 'application/json' }, 400, /empty/],
    ['broken JSON', '{"a":', { 'content-type': 'application/json' }, 400, /not valid JSON/],
    ['bytes that are no UTF-8', new Uint8Array([34, 255, 254, 34]), { 'content-type': 'application/json' }, 400, /UTF-8/],
    ['a body over the limit', `"${'x'.repeat(1000)}"`, { 'content-type': 'application/json' }, 413, /larger than 1000 bytes/],
    ['a length over the limit', '{}', { 'content-type': 'application/json', 'content-length': '100000' }, 413, /larger than/],
  ])('refuses %s', async (_, body, headers, status, message) => {
    const response = await post(body, headers)
    expect(response.status).toBe(status)
    expect((await response.json()) as unknown).toMatchObject({ error: { message: expect.stringMatching(message) } })
  })

  it('stops reading a stream at the limit', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 100
        controller.enqueue(new Uint8Array(100).fill(32))
      },
    })
    const response = await post(endless)
    expect(response.status).toBe(413)
    expect(sent).toBeLessThan(5000)
  })

  it('takes JSON nested beyond any sense', async () => {
    const response = await post(`${'['.repeat(490)}${']'.repeat(490)}`)
    expect(response.status).toBe(200)
  })
})
