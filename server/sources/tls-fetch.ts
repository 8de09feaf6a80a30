/** Asks over TLS with certificates of its own, such as those of a cluster: what Node's fetch cannot be told. */
import { Agent, request } from 'node:https'
import { Readable } from 'node:stream'
import type { Fetch } from './http-client.ts'

/** In PEM format. */
export interface Certificates {
  /** Who vouches for the server, in the place of the usual authorities. */
  ca?: string
  /** What shows who asks. */
  cert?: string
  key?: string
  /** The name that the server's certificate holds, where it is not that of the address. */
  serverName?: string
}

/** Answers as fetch does; it follows no redirect, and sends a body only as text. */
export function createTlsFetch({ ca, cert, key, serverName }: Certificates): Fetch {
  const agent = new Agent({ ca, cert, key, servername: serverName, keepAlive: true })
  return (url, init) => {
    if (url.protocol === 'http:') return fetch(url, init)
    return new Promise((resolve, reject) => {
      const headers = Object.fromEntries(new Headers(init.headers))
      const asking = request(url, { method: init.method ?? 'GET', headers, agent, signal: init.signal ?? undefined }, (answer) => {
        const status = answer.statusCode ?? 0
        const isEmpty = status === 204 || status === 205 || status === 304
        if (status < 200 || status > 599) return reject(new Error(`the answer has the status ${status}`))
        if (isEmpty) answer.resume()
        const given = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        )
        resolve(new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers: given }))
      })
      asking.on('error', reject)
      asking.end(typeof init.body === 'string' ? init.body : undefined)
    })
  }
}
