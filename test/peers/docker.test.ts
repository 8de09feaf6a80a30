/** A real registry and a real client: what is pushed becomes known, and tells what a deployment of it carries. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Running, start } from '../../server/main.ts'
import { DockerOptions } from '../../server/sources/docker/options.ts'
import { testConfig } from '../api/open-api.ts'

const run = promisify(execFile)
const programs = ['docker-registry', 'skopeo'].map((name) => ({
  name,
  found: (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name))),
}))
const missing = programs.filter(({ found }) => !found).map(({ name }) => name)

const registryProgram = 'docker-registry'
const user = 'ship'
const password = 'push-and-pull'
/** As `htpasswd -B` writes it. */
const passwordLine = 'ship:$2b$04$ACsAo5zdp.62WDY/tfsux.zO4rQJciSDJHJW8hE/Rtb3IOLMRucnm\n'
const secret = 'registry-to-shiplog'
const hour = 3_600_000

let folder: string
let registry: ChildProcess
let registryUrl: string
let shiplog: Running
const began = Date.now()

const commitId = (n: number) => createHash('sha1').update(`peer ${n}`).digest('hex')
const at = (hours: number) => new Date(began - 100 * hour + hours * hour).toISOString()

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function startRegistry(port: number, hook: string): Promise<void> {
  await writeFile(path.join(folder, 'htpasswd'), passwordLine)
  const config = {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: path.join(folder, 'registry') } },
    http: { addr: `127.0.0.1:${port}`, secret: 'any' },
    auth: { htpasswd: { realm: 'peer', path: path.join(folder, 'htpasswd') } },
    notifications: {
      endpoints: [
        { name: 'shiplog', url: hook, headers: { Authorization: [`Bearer ${secret}`] }, timeout: '5s', threshold: 3, backoff: '1s' },
      ],
    },
  }
  // YAML is a superset of JSON.
  await writeFile(path.join(folder, 'registry.yml'), JSON.stringify(config))
  registry = spawn(registryProgram, ['serve', path.join(folder, 'registry.yml')], { stdio: 'ignore' })
  await vi.waitFor(async () => expect((await fetch(`${registryUrl}/v2/`)).status).toBe(401), { timeout: 20_000, interval: 100 })
}

async function startShiplog(port: number): Promise<void> {
  const options = DockerOptions.parse({ url: registryUrl, user, password, webhook: { token: secret } })
  shiplog = await start({
    config: testConfig({
      sources: [{ id: 'registry', type: 'docker', options, schedule: '0 0 1 1 *' }],
      services: [{ id: 'shop', sources: [], teams: [], was: [] }],
    }),
    settings: { databaseUrl: null, dataDir: path.join(folder, 'data'), host: '127.0.0.1', port, token: null, logLevel: 'silent' },
    log: pino({ level: 'silent' }),
    webDir: null,
  })
}

interface Built {
  layout: string
  tag: string
  /** The digest of the index, and of the manifest of each platform. */
  index: string
  platforms: string[]
}

/** Writes an image of two platforms as a folder of the OCI layout. */
async function build(tag: string, commit: string): Promise<Built> {
  const layout = await mkdtemp(path.join(folder, 'layout-'))
  await mkdir(path.join(layout, 'blobs', 'sha256'), { recursive: true })
  const store = async (content: Buffer | string, mediaType: string) => {
    const hash = createHash('sha256').update(content).digest('hex')
    await writeFile(path.join(layout, 'blobs', 'sha256', hash), content)
    return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(content) }
  }
  const tar = Buffer.alloc(1024)
  const layer = await store(gzipSync(tar), 'application/vnd.oci.image.layer.v1.tar+gzip')
  const manifests = []
  for (const architecture of ['amd64', 'arm64']) {
    const config = await store(
      JSON.stringify({
        created: at(50),
        os: 'linux',
        architecture,
        config: {
          Labels: {
            'org.opencontainers.image.revision': commit,
            'org.opencontainers.image.source': 'https://git.example.org/shop.git',
            'org.opencontainers.image.version': tag,
          },
        },
        rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(tar).digest('hex')}`] },
      }),
      'application/vnd.oci.image.config.v1+json',
    )
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const manifest = await store(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }), mediaType)
    manifests.push({ ...manifest, platform: { os: 'linux', architecture } })
  }
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const index = await store(JSON.stringify({ schemaVersion: 2, mediaType, manifests }), mediaType)
  await writeFile(path.join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const annotations = { 'org.opencontainers.image.ref.name': tag }
  await writeFile(path.join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [{ ...index, annotations }] }))
  return { layout, tag, index: index.digest, platforms: manifests.map(({ digest }) => digest) }
}

async function push(name: string, { layout, tag }: Built): Promise<void> {
  const target = `docker://${new URL(registryUrl).host}/${name}:${tag}`
  const access = ['--dest-tls-verify=false', '--dest-creds', `${user}:${password}`]
  await run('skopeo', ['--insecure-policy', 'copy', '--all', '--preserve-digests', ...access, `oci:${layout}:${tag}`, target])
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
async function ask(route: string, body?: unknown): Promise<any> {
  const init = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(`${shiplog.url}/api/v1/${route}`, init)
  const answer = await response.json()
  expect(response.ok, JSON.stringify(answer)).toBe(true)
  return answer
}

const deployed = (id: string, digest: string, hours: number) =>
  ask('deployments', { id, service: 'shop', environment: 'production', status: 'succeeded', finishedAt: at(hours), digest })

async function rowOf(id: string) {
  const { items } = await ask('deployments?scope=service:shop')
  return items.find((row: { id: string }) => row.id === id)
}

async function artifacts(): Promise<number> {
  const { sources } = await ask('sources')
  return sources[0].counts.artifacts ?? 0
}

if (missing.length > 0) {
  console.info(`${missing.join(' and ')} not found: the tests against a real registry are left out. apt-get install ${missing.join(' ')}`)
  test('needs the programs of the Debian packages docker-registry and skopeo', () => expect(missing).not.toEqual([]))
} else {
  describe('a real registry', () => {
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'shiplog-registry-'))
      const [port, own] = [await freePort(), await freePort()]
      registryUrl = `http://127.0.0.1:${port}`
      await startRegistry(port, `http://127.0.0.1:${own}/api/v1/hooks/registry`)
      await startShiplog(own)
      const commits = Array.from({ length: 6 }, (_, n) => ({
        repository: 'shop',
        sha: commitId(n),
        parents: n === 0 ? [] : [commitId(n - 1)],
        authoredAt: at(n),
        committedAt: at(n),
        message: `Change ${n}`,
      }))
      await ask('commits', { items: commits })
      await ask('deployments', {
        id: 'first',
        service: 'shop',
        environment: 'production',
        status: 'succeeded',
        finishedAt: at(10),
        commit: commitId(0),
      })
    })
    afterAll(async () => {
      await shiplog?.stop()
      const ended = new Promise((resolve) => registry?.once('exit', resolve) ?? resolve(null))
      registry?.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    })

    test('a push ties the digests of the index and of each platform to the commit, and is no deployment', async () => {
      await push('acme/shop', await build('v1.1', commitId(2)))
      await vi.waitFor(async () => expect(await artifacts()).toBe(3), { timeout: 20_000, interval: 200 })
      expect((await ask('deployments?scope=service:shop')).items).toHaveLength(1)
    })

    test('a deployment of the digest carries the commits since the one before, whether it or the push comes first', async () => {
      const { index, platforms } = await build('v1.1', commitId(2))
      await deployed('by-platform', platforms[0] as string, 20)
      expect(await rowOf('by-platform')).toMatchObject({ commit: commitId(2), version: 'v1.1', kind: 'code', changes: 2 })
      await deployed('by-index', index, 30)
      expect(await rowOf('by-index')).toMatchObject({ commit: commitId(2), kind: 'redeploy' })

      // The other way around: it is known what is deployed before it is known what that is.
      const next = await build('v1.2', commitId(5))
      await deployed('before', next.index, 40)
      expect(await rowOf('before')).toMatchObject({ commit: null, changes: 0 })
      await push('acme/shop', next)
      await vi.waitFor(async () => expect(await rowOf('before')).toMatchObject({ commit: commitId(5), version: 'v1.2', changes: 3 }), {
        timeout: 20_000,
        interval: 200,
      })
      const { metrics } = await ask('metrics?scope=service:shop')
      expect(metrics.change_lead_time.n).toBe(5)
    })

    test('all images are collected by their tags too, and are the facts that the pushes made', async () => {
      await push('acme/other', await build('v9', commitId(1)))
      await vi.waitFor(async () => expect(await artifacts()).toBe(9), { timeout: 20_000, interval: 200 })
      await ask('sources/registry/runs', {})
      await vi.waitFor(
        async () => {
          const { runs } = await ask('sources/registry/runs')
          expect(runs[0]).toMatchObject({ outcome: 'succeeded', counts: { artifacts: 9 } })
        },
        { timeout: 20_000, interval: 200 },
      )
      expect(await artifacts()).toBe(9)
    })
  })
}
