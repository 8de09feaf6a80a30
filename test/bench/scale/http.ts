/** One request and its answer, on connections that stay open. */
import { Agent, request } from 'node:http'

export interface Connection {
  get<T>(path: string): Promise<{ status: number; body: T }>
  /** Throws where the facts are not taken. */
  post(path: string, items: unknown[]): Promise<void>
  end(): void
}

export function connect(url: string): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  function send(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const sent = request(`${url}${path}`, { method, agent, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk) => {
          text += chunk
        })
        answer.on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
  return {
    async get<T>(path: string) {
      const { status, text } = await send('GET', path)
      return { status, body: JSON.parse(text) as T }
    },
    async post(path, items) {
      const { status, text } = await send('POST', path, JSON.stringify({ items }))
      if (status !== 200) throw new Error(`POST ${path} answered ${status}: ${text.slice(0, 300)}`)
    },
    end: () => agent.destroy(),
  }
}
