/** The API of an Argo CD server on port 0: its applications, and its faults. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ArgocdFake {
  url: string
  asked: string[]
  applications: unknown[] | null
  /** Statuses of the next answers. */
  faults: number[]
  stop(): Promise<void>
}

export async function startArgocd(token = 'let-me-in'): Promise<ArgocdFake> {
  const fake: ArgocdFake = { url: '', asked: [], applications: null, faults: [], stop: async () => {} }
  const server = createServer((request, response) => {
    fake.asked.push(request.url ?? '')
    const url = new URL(request.url ?? '', 'http://argocd')
    const fault = fake.faults.shift()
    const status =
      fault ?? (request.headers.authorization !== `Bearer ${token}` ? 401 : url.pathname === '/api/v1/applications' ? 200 : 404)
    response.writeHead(status, { 'content-type': 'application/json', ...(status === 429 ? { 'retry-after': '0' } : {}) })
    response.end(JSON.stringify(status === 200 ? { metadata: {}, items: fake.applications } : { error: 'fault', code: status }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  fake.stop = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return fake
}
