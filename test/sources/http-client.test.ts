import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createHttpClient, type HttpClient, refusalOf } from '../../server/sources/http-client.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void

async function serve(answer: Answer): Promise<{ client: HttpClient; asked: string[]; url: string; abort: AbortController }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response, asked.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const abort = new AbortController()
  const client = createHttpClient(
    {
      system: 'Jenkins',
      baseUrl: url,
      headers: { authorization: 'Basic x' },
      credentials: 'Make a new token.',
      retryMs: 1,
      timeoutMs: 500,
    },
    { signal: abort.signal, progress: () => {} },
  )
  return { client, asked, url, abort }
}

const json = (response: ServerResponse, value: unknown, headers: Record<string, string> = {}, status = 200) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}
const Things = z.object({ things: z.array(z.number()) })

describe('an answer', () => {
  test('is one also beside the HTTP server, which replaces the global Response', async () => {
    const native = { Request, Response }
    getRequestListener(() => new Response())
    expect(Response).not.toBe(native.Response)
    try {
      const { client } = await serve((_request, response, count) => json(response, { things: [count] }, {}, count === 1 ? 500 : 200))
      expect((await client.ask('things', '/things', Things)).data).toEqual({ things: [2] })
    } finally {
      Object.assign(globalThis, native)
    }
  })

  test('is checked, and says where the next page is', async () => {
    const { client, asked } = await serve((_request, response) =>
      json(response, { things: [1] }, { link: '<http://x/prev>; rel="prev", <http://x/next?page=2>; rel="next"' }),
    )
    const answer = await client.ask('things', '/things', Things, { query: { limit: 5, kind: ['a', 'b'], none: undefined } })
    expect(answer.data).toEqual({ things: [1] })
    expect(answer.next).toBe('http://x/next?page=2')
    expect(asked).toEqual(['GET /things?limit=5&kind=a&kind=b'])
  })

  test('that is not as described names the field', async () => {
    const { client } = await serve((_request, response) => json(response, { things: ['one'] }))
    await expect(client.ask('things', '/things', Things)).rejects.toThrow(/question for things is not what its API describes \(things\.0/)
  })

  test('that is no JSON is not taken', async () => {
    const { client } = await serve((_request, response) => response.end('<html>'))
    await expect(client.ask('things', '/things', Things)).rejects.toThrow(/not what its API describes/)
  })

  test('may be that there is nothing', async () => {
    const { client } = await serve((_request, response) => json(response, {}, {}, 404))
    expect(await client.find('a thing', '/things/1', Things)).toBeNull()
    await expect(client.ask('a thing', '/things/1', Things)).rejects.toThrow(/knows nothing at a thing/)
  })
})

describe('a refusal', () => {
  test.each([
    [401, /refuses the credentials \(401\)\. Make a new token\./],
    [403, /forbids reading things \(403\)/],
    [302, /sends the question for things elsewhere/],
    [400, /answers with 400/],
  ])('of %i is told with its mend and not asked again', async (status, message) => {
    const { client, asked } = await serve((_request, response) => json(response, {}, {}, status))
    await expect(client.ask('things', '/things', Things)).rejects.toThrow(message)
    expect(asked).toHaveLength(1)
  })

  test('tells its status to who asks', async () => {
    const { client } = await serve((_request, response) => json(response, {}, {}, 403))
    expect(refusalOf(await client.ask('things', '/things', Things).catch((error) => error))).toBe(403)
    expect(refusalOf(await client.ask('things', 'http://elsewhere.invalid/', Things).catch((error) => error))).toBeNull()
    expect(refusalOf(new Error('another'))).toBeNull()
  })

  test('of credentials goes nowhere by another protocol', async () => {
    const { client, asked, url } = await serve((_request, response) => json(response, { things: [] }))
    await expect(client.ask('things', `${url.replace('http:', 'https:')}/things`, Things)).rejects.toThrow(/sends on to https:/)
    expect(asked).toEqual([])
  })

  test('of credentials goes to no other host', async () => {
    const { client, asked } = await serve((_request, response) => json(response, { things: [] }))
    await expect(client.ask('things', 'http://elsewhere.invalid/things', Things)).rejects.toThrow(/sends on to elsewhere\.invalid/)
    expect(asked).toEqual([])
  })
})

describe('patience', () => {
  test('waits as long as is asked, and asks again', async () => {
    const { client, asked } = await serve((_request, response, count) =>
      count < 3 ? json(response, {}, { 'retry-after': '0.01' }, 429) : json(response, { things: [2] }),
    )
    expect((await client.ask('things', '/things', Things)).data).toEqual({ things: [2] })
    expect(asked).toHaveLength(3)
  })

  test('ends where more is asked than a run has time for', async () => {
    const { client, asked } = await serve((_request, response) => json(response, {}, { 'retry-after': '3600' }, 429))
    await expect(client.ask('things', '/things', Things)).rejects.toThrow(/asks to slow down/)
    expect(asked).toHaveLength(1)
  })

  test('asks four times where the system is at fault', async () => {
    const { client, asked } = await serve((_request, response) => json(response, {}, {}, 502))
    await expect(client.ask('things', '/things', Things)).rejects.toThrow(/answers with 502/)
    expect(asked).toHaveLength(4)
  })

  test('asks again where the connection breaks', async () => {
    const { client } = await serve((request, response, count) => (count < 2 ? request.socket.destroy() : json(response, { things: [3] })))
    expect((await client.ask('things', '/things', Things)).data).toEqual({ things: [3] })
  })

  test('ends when the run does', async () => {
    const { client, abort } = await serve((_request, response) => json(response, {}, { 'retry-after': '60' }, 503))
    setTimeout(() => abort.abort(), 50)
    await expect(client.ask('things', '/things', Things)).rejects.toThrow(/abort/i)
  })
})

test('a stream comes as it is sent', async () => {
  const { client } = await serve((_request, response) => {
    response.write('one\n')
    setTimeout(() => response.end('two\n'), 20)
  })
  let text = ''
  for await (const bytes of await client.stream('events', '/watch')) text += Buffer.from(bytes).toString()
  expect(text).toBe('one\ntwo\n')
})
