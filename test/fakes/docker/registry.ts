/** A registry as the distribution specification has it, with tokens, pages and blobs that lie elsewhere; and with faults. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Stored {
  mediaType: string
  body: string
}

export interface FakeRegistry {
  url: string
  /** What was asked, as `GET /v2/...`. */
  asked: string[]
  /** By image, then by tag or digest. */
  images: Map<string, Map<string, Stored>>
  /** Answers in the place of the registry where it returns true. */
  fault: (request: IncomingMessage, response: ServerResponse) => boolean
  /** Tokens that were given out and hold. */
  tokens: Set<string>
  stop(): void
}

export interface FakeOptions {
  /** Lets in who has a token, which this user gets; or who shows these credentials at once. */
  access?: { scheme: 'bearer' | 'basic'; user: string; password: string }
  /** Blobs are at another address, without access. */
  redirectBlobs?: boolean
  pageSize?: number
}

export const oci = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
}

export function digestOf(body: string): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`
}

/** Stores the manifest of one platform with its configuration; answers its digest. */
export function addImage(
  { images }: Pick<FakeRegistry, 'images'>,
  image: string,
  tags: string[],
  labels: Record<string, string> | null,
  more: { created?: string; configType?: string; annotations?: Record<string, string> } = {},
): string {
  const config = JSON.stringify({ created: more.created ?? '2026-01-10T08:00:00Z', architecture: 'amd64', config: { Labels: labels } })
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: oci.manifest,
    config: { mediaType: more.configType ?? oci.config, digest: digestOf(config), size: config.length },
    layers: [],
    ...(more.annotations ? { annotations: more.annotations } : {}),
  })
  store(images, image, [digestOf(config)], { mediaType: 'application/octet-stream', body: config })
  store(images, image, [digestOf(manifest), ...tags], { mediaType: oci.manifest, body: manifest })
  return digestOf(manifest)
}

/** Stores an index over manifests; answers its digest. */
export function addIndex(
  { images }: Pick<FakeRegistry, 'images'>,
  image: string,
  tags: string[],
  digests: string[],
  more: { attestation?: string; annotations?: Record<string, string> } = {},
): string {
  const manifests: unknown[] = digests.map((digest, n) => ({
    mediaType: oci.manifest,
    digest,
    size: 1,
    platform: { os: 'linux', architecture: n === 0 ? 'amd64' : `arm${n}` },
  }))
  if (more.attestation)
    manifests.push({ mediaType: oci.manifest, digest: more.attestation, size: 1, platform: { os: 'unknown', architecture: 'unknown' } })
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: oci.index,
    manifests,
    ...(more.annotations ? { annotations: more.annotations } : {}),
  })
  store(images, image, [digestOf(index), ...tags], { mediaType: oci.index, body: index })
  return digestOf(index)
}

function store(images: FakeRegistry['images'], image: string, names: string[], stored: Stored): void {
  const known = images.get(image) ?? new Map<string, Stored>()
  images.set(image, known)
  for (const name of names) known.set(name, stored)
}

export async function startRegistry(options: FakeOptions = {}): Promise<FakeRegistry> {
  const fake: FakeRegistry = { url: '', asked: [], images: new Map(), fault: () => false, tokens: new Set(), stop: () => {} }
  const elsewhere = createServer((request, response) => {
    // Who is let in at the registry must not be told here.
    if (request.headers.authorization !== undefined) {
      response.writeHead(400).end('{}')
      return
    }
    const [, image = '', digest = ''] = /^\/(.+)\/(sha256:.+)$/.exec(request.url ?? '') ?? []
    response.writeHead(200).end(fake.images.get(image)?.get(digest)?.body)
  })
  const server = createServer((request, response) => {
    fake.asked.push(`${request.method} ${request.url}`)
    if (!fake.fault(request, response)) answer(request, response)
  })

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', fake.url)
    if (url.pathname === '/token') {
      giveToken(request, response, url)
      return
    }
    if (!isLetIn(request)) {
      const scope = /\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(url.pathname)?.[1]
      const wanted = scope === undefined ? 'registry:catalog:*' : `repository:${scope}:pull`
      const challenge =
        options.access?.scheme === 'basic' ? 'Basic realm="fake"' : `Bearer realm="${fake.url}/token",service="fake",scope="${wanted}"`
      response.writeHead(401, { 'www-authenticate': challenge }).end('{"errors":[]}')
      return
    }
    if (url.pathname === '/v2/_catalog') {
      paged(response, url, 'repositories', [...fake.images.keys()])
      return
    }
    const [, image = '', kind, name = ''] = /^\/v2\/(.+)\/(manifests|blobs|tags)\/(.+)$/.exec(url.pathname) ?? []
    const stored = fake.images.get(image)
    if (kind === 'tags' && stored) {
      paged(
        response,
        url,
        'tags',
        [...stored.keys()].filter((key) => !key.includes(':')),
      )
      return
    }
    const found = stored?.get(name)
    if (!found) {
      response.writeHead(404).end('{"errors":[]}')
      return
    }
    if (kind === 'blobs' && options.redirectBlobs) {
      const { port } = elsewhere.address() as AddressInfo
      response.writeHead(307, { location: `http://localhost:${port}/${image}/${name}` }).end()
      return
    }
    response.writeHead(200, { 'content-type': found.mediaType, 'docker-content-digest': digestOf(found.body) }).end(found.body)
  }

  function giveToken(request: IncomingMessage, response: ServerResponse, url: URL): void {
    if (options.access && request.headers.authorization !== basicOf(options.access)) {
      response.writeHead(401).end('{}')
      return
    }
    const token = `${url.searchParams.get('service')} ${url.searchParams.get('scope')} ${fake.asked.length}`
    const held = Buffer.from(token).toString('base64url')
    fake.tokens.add(held)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: held, expires_in: 60 }))
  }

  function isLetIn({ headers }: IncomingMessage): boolean {
    if (!options.access) return true
    if (options.access.scheme === 'basic') return headers.authorization === basicOf(options.access)
    return fake.tokens.has(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '')
  }

  function paged(response: ServerResponse, url: URL, field: string, all: string[]): void {
    const last = url.searchParams.get('last')
    const size = Math.min(Number(url.searchParams.get('n')), options.pageSize ?? 1000)
    const sorted = all.sort()
    const rest = last === null ? sorted : sorted.filter((name) => name > last)
    const page = rest.slice(0, size)
    const link = rest.length > size ? { link: `<${url.pathname}?last=${page.at(-1)}&n=${size}>; rel="next"` } : {}
    response.writeHead(200, { 'content-type': 'application/json', ...link }).end(JSON.stringify({ [field]: page }))
  }

  for (const one of [server, elsewhere]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  fake.stop = () => {
    for (const one of [server, elsewhere]) {
      one.closeAllConnections()
      one.close()
    }
  }
  return fake
}

function basicOf({ user, password }: { user: string; password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
