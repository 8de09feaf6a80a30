/** An API server of a small cluster on port 0, over http or https: lists in pages, watches as streams of JSON lines, and its faults. */
import { createPrivateKey } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Json, World } from './world.ts'

export interface Fault {
  /** Of the path and the query. */
  on: RegExp
  status?: number
  headers?: Record<string, string>
  /** The connection is cut once so many events of a watch are told, the last of them in half. */
  cutAfter?: number
  /** A watch tells an event of the type ERROR with this code. */
  error?: number
  /** How often; default once. */
  times?: number
}

export interface KubernetesFake {
  url: string
  asked: string[]
  faults: Fault[]
  token: string
  /** Watches that are open now. */
  open(): number
  stop(): Promise<void>
}

const groups: Record<string, string> = {
  deployments: 'apps/v1',
  statefulsets: 'apps/v1',
  daemonsets: 'apps/v1',
  replicasets: 'apps/v1',
  controllerrevisions: 'apps/v1',
  rollouts: 'argoproj.io/v1alpha1',
  pods: 'v1',
}

export interface FakeOptions {
  token?: string
  tls?: { key: object; cert: string }
  /** Groups that the cluster does not have. */
  unknown?: string[]
}

export async function startKubernetes(
  world: World,
  { token = 'let-me-in', tls, unknown = ['argoproj.io/v1alpha1'] }: FakeOptions = {},
): Promise<KubernetesFake> {
  const watches = new Set<ServerResponse>()
  const fake: Omit<KubernetesFake, 'url' | 'stop'> = { asked: [], faults: [], token, open: () => watches.size }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const text = request.url ?? ''
    fake.asked.push(text)
    const fault = fake.faults.find(({ on, times = 1 }) => on.test(text) && times > 0)
    if (fault) fault.times = (fault.times ?? 1) - 1
    if (request.headers.authorization !== `Bearer ${fake.token}`) {
      refuse(response, 401, 'Unauthorized')
      return
    }
    if (fault?.status) {
      refuse(response, fault.status, 'fault', fault.headers)
      return
    }
    const url = new URL(text, 'http://cluster')
    const match = /^\/(?:api|apis)\/((?:[\w.]+\/)?v\w+)\/(?:namespaces\/([\w-]+)\/)?(\w+)$/.exec(url.pathname)
    const [, group = '', namespace, plural = ''] = match ?? []
    if (groups[plural] !== group || unknown.includes(group)) {
      refuse(response, 404, 'the server could not find the requested resource')
      return
    }
    if (url.searchParams.get('watch')) watch(response, plural, namespace, url.searchParams, fault)
    else list(response, plural, namespace, url.searchParams)
  }

  function list(response: ServerResponse, plural: string, namespace: string | undefined, query: URLSearchParams): void {
    const [label, value] = (query.get('labelSelector') ?? '').split('=')
    const all = [...(world.objects[plural]?.values() ?? [])]
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .filter(({ metadata }) => !label || metadata.labels?.[label] === value)
    const [from = 0, version = world.version] = (query.get('continue') ?? '').split('.').filter(Boolean).map(Number)
    if (version < world.compacted) {
      refuse(response, 410, 'The provided continue parameter is too old')
      return
    }
    const limit = Number(query.get('limit') ?? 500)
    const rest = from + limit < all.length ? `${from + limit}.${version}` : undefined
    send(response, 200, {
      kind: 'List',
      metadata: { resourceVersion: String(version), ...(rest ? { continue: rest } : {}) },
      items: all.slice(from, from + limit),
    })
  }

  function watch(
    response: ServerResponse,
    plural: string,
    namespace: string | undefined,
    query: URLSearchParams,
    fault: Fault | undefined,
  ): void {
    let version = Number(query.get('resourceVersion'))
    if (version < world.compacted) {
      // Both happen: the status of the answer, or an event in its stream.
      if (plural === 'deployments') {
        refuse(response, 410, 'too old resource version')
        return
      }
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(
        `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' } })}\n`,
      )
      return
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (fault?.error) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: fault.error, message: 'etcd is away' } })}\n`)
      return
    }
    watches.add(response)
    let told = 0
    const tell = () => {
      for (const event of world.events[plural] ?? []) {
        if (event.version <= version || (namespace !== undefined && event.object.metadata.namespace !== namespace)) continue
        const line = `${JSON.stringify({ type: event.type, object: event.object })}\n`
        if (fault?.cutAfter !== undefined && told >= fault.cutAfter) {
          response.write(line.slice(0, line.length / 2), () => response.destroy())
          return false
        }
        version = event.version
        told++
        // In two pieces, as networks do.
        response.write(line.slice(0, 40))
        response.write(line.slice(40))
      }
      return true
    }
    if (!tell()) return
    if (fault?.cutAfter !== undefined) {
      response.destroy()
      return
    }
    const bookmark = { type: 'BOOKMARK', object: { kind: plural, metadata: { resourceVersion: String(world.version) } } }
    response.write(`${JSON.stringify(bookmark)}\n`)
    version = world.version
    const timer = setInterval(tell, 5)
    response.on('close', () => {
      clearInterval(timer)
      watches.delete(response)
    })
  }

  const server = tls
    ? createTlsServer(
        { key: createPrivateKey({ key: tls.key as Json, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }), cert: tls.cert },
        answer,
      )
    : createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(fake, {
    url: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

function send(response: ServerResponse, code: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}

function refuse(response: ServerResponse, code: number, message: string, headers: Record<string, string> = {}): void {
  send(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }, headers)
}
