import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { DockerOptions } from '../../../server/sources/docker/options.ts'
import { dockerReceiver, parseChanged } from '../../../server/sources/docker/receive.ts'

const folder = fileURLToPath(new URL('../../../../shared/payloads/docker', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.info('No recorded payloads beside the repository at ../shared/payloads/docker: their tests are left out.')

const now = new Date('2026-01-10T12:00:00Z')
const receivedAt = now.getTime()
const options = DockerOptions.parse({ url: 'https://registry.example.org', webhook: { token: 'secret' } })
const letters = 'abcdef0123456789'
const digest = (n: number) => `sha256:${letters.charAt(n).repeat(64)}`

function arriving(body: unknown, more: { query?: Record<string, string>; headers?: Record<string, string> } = {}) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return { headers: { authorization: 'Bearer secret' }, query: {}, body: bytes, ...more }
}
const accept = (body: unknown, more = {}, given = options) => dockerReceiver.accept(given, arriving(body, more))
const read = (body: unknown, given = options) =>
  dockerReceiver.read(given, arriving(body), { sourceId: 'registry', service: 'registry', receivedAt }).changed.map(parseChanged)

function event(more: Record<string, unknown> = {}, target: Record<string, unknown> = {}) {
  return {
    id: 'e1',
    timestamp: '2026-01-10T11:00:00.5Z',
    action: 'push',
    target: {
      mediaType: 'application/vnd.oci.image.index.v1+json',
      digest: digest(1),
      size: 9,
      repository: 'acme/shop',
      url: `https://registry.example.org/v2/acme/shop/manifests/${digest(1)}`,
      tag: 'v1',
      ...target,
    },
    ...more,
  }
}

const harbor = (data: Record<string, unknown> = {}) => ({
  resources: [
    { digest: digest(2), tag: 'v2', resource_url: 'harbor.example.org/acme/shop:v2' },
    { digest: digest(3), tag: digest(3), resource_url: 'harbor.example.org/acme/shop' },
  ],
  repository: { name: 'shop', namespace: 'acme', repo_full_name: 'acme/shop' },
  ...data,
})

const pushed = (reference: string, tag: string | null, at: number) => ({ image: 'acme/shop', reference, tag, at })

describe('pushes', () => {
  test('of a distribution registry: manifests, of each event of the envelope', () => {
    const blob = event({}, { mediaType: 'application/octet-stream' })
    const body = {
      events: [blob, event({ action: 'pull' }), event(), event({}, { tag: undefined, digest: digest(4) }), { action: 'mount' }, 7],
    }
    expect(accept(body)).toMatchObject({ keep: true })
    const at = Date.parse('2026-01-10T11:00:00.5Z')
    expect(read(body)).toEqual([pushed(digest(1), 'v1', at), pushed(digest(4), null, at)])
  })

  test('of Docker Hub, by the tag, with the secret in the address', () => {
    const body = {
      callback_url: 'http://169.254.169.254/',
      push_data: { pushed_at: 1768042800, tag: 'v3' },
      repository: { repo_name: 'acme/shop' },
    }
    expect(accept(body, { headers: {}, query: { token: 'secret' } })).toMatchObject({ keep: true })
    expect(read(body)).toEqual([pushed('v3', 'v3', 1768042800_000)])
  })

  test('of Harbor in both of its formats', () => {
    const plain = { type: 'PUSH_ARTIFACT', occur_at: 1768042800, operator: 'ci', event_data: harbor() }
    const events = { specversion: '1.0', id: 'x', type: 'harbor.artifact.pushed', time: '2026-01-10T11:00:00Z', data: harbor() }
    for (const body of [plain, events]) {
      expect(accept(body)).toMatchObject({ keep: true })
      expect(read(body)).toEqual([pushed(digest(2), 'v2', 1768042800_000), pushed(digest(3), null, 1768042800_000)])
    }
  })

  test('of images that are not wanted are passed over, and a wrong clock is not believed', () => {
    const body = {
      events: [event({}, { repository: 'other/tool' }), event({ timestamp: '2099-01-01T00:00:00Z' }), event({ timestamp: 'never' })],
    }
    expect(read(body, DockerOptions.parse({ ...options, images: ['acme/*'] })).map((push) => push?.at)).toEqual([receivedAt, receivedAt])
    expect(read({ push_data: { pushed_at: 0, tag: 'v1' }, repository: { repo_name: 'acme/shop' } })).toEqual([
      pushed('v1', 'v1', receivedAt),
    ])
  })
})

describe('what else is sent', () => {
  test.each([
    { events: [event({ action: 'pull' })] },
    { events: [event({ action: 'delete', target: { digest: digest(1), repository: 'acme/shop' } })] },
    { events: [event({}, { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' })] },
    { events: [] },
    { type: 'PULL_ARTIFACT', occur_at: 1, event_data: harbor() },
    { type: 'SCANNING_COMPLETED', occur_at: 1, event_data: { resources: 'whatever' } },
    { type: 'harbor.artifact.pulled', time: '2026-01-10T11:00:00Z', data: harbor() },
  ])('is not kept: %j', (body) => {
    expect(accept(body)).toMatchObject({ keep: false, reply: 'No image was pushed: nothing of it is needed.' })
    expect(read(body)).toEqual([])
  })

  test.each(['no JSON', '[]', '7', 'null', '{}', '{"type":"other"}', '{"events":7}'])('is refused: %s', (body) => {
    expect(() => accept(body)).toThrow(/^The (?:body of the )?delivery is (?:not JSON|neither)/)
  })

  test.each([
    { events: [event({}, { digest: 'sha256:short' })] },
    { events: [event({}, { repository: '../../secrets' })] },
    { events: [event({}, { tag: 'a b' })] },
    { push_data: { pushed_at: 1, tag: '../x' }, repository: { repo_name: 'acme/shop' } },
    { push_data: { pushed_at: 1, tag: 'v1' }, repository: { repo_name: 'ACME?x=1' } },
    { type: 'PUSH_ARTIFACT', occur_at: 'today', event_data: harbor() },
    { type: 'harbor.artifact.pushed', time: '2026', data: harbor({ repository: {} }) },
  ])('is set aside with the field that is wrong: %j', (body) => {
    expect(() => read(body)).toThrow(/is not as its system describes it: \S+: /)
  })
})

test.each([
  [{}, {}],
  [{ authorization: 'Bearer other' }, {}],
  [{}, { token: 'other' }],
])('who does not show the secret is refused: %j %j', (headers, query) => {
  expect(() => accept({ events: [event()] }, { headers, query })).toThrow(/does not show the secret/)
  const open = DockerOptions.parse({ url: 'https://registry.example.org' })
  expect(() => accept({ events: [event()] }, { headers, query }, open)).toThrow(/does not show the secret/)
})

test('an equal body is the same delivery', () => {
  expect(accept({ events: [event()] }).key).toBe(accept({ events: [event()] }).key)
  expect(accept({ events: [event({ id: 'e2' })] }).key).not.toBe(accept({ events: [event()] }).key)
})

describe.runIf(isThere)('recorded payloads', () => {
  const payload = (file: string) => JSON.parse(readFileSync(path.join(folder, file), 'utf8'))

  test('the push of a manifest among blobs', () => {
    expect(accept(payload('distribution_event_envelope_push.json'))).toMatchObject({ keep: true })
    expect(read(payload('distribution_event_envelope_push.json'))).toEqual([
      {
        image: 'library/test',
        reference: 'sha256:fea8895f450959fa676bcc1df0611ea93823a735a01205fd8622846041d0c7cf',
        tag: null,
        at: Date.UTC(2006, 0, 2, 15, 4, 5),
      },
    ])
  })

  test('the push of a tag to Docker Hub', () => {
    expect(read(payload('dockerhub_webhook_push.json'))).toEqual([
      { image: 'svendowideit/testhook', reference: 'latest', tag: 'latest', at: 1417566161000 },
    ])
  })

  test.each(['distribution_event_pull.json', 'harbor_cloudevents_artifact_pulled.json', 'harbor_default_pull_artifact.json'])(
    '%s is not needed',
    (file) => {
      expect(accept(payload(file))).toMatchObject({ keep: false })
    },
  )

  test('what was deleted is not needed', () => {
    const body = { events: [{ action: 'delete', ...payload('distribution_event_delete_target.json') }] }
    expect(accept(body)).toMatchObject({ keep: false })
  })
})

test('no JSON makes an unforeseen error, and what is read can be asked for', () => {
  const word = fc.constantFrom(
    'push',
    digest(1),
    'acme/shop',
    'v1',
    'PUSH_ARTIFACT',
    'harbor.artifact.pushed',
    '2026-01-10T11:00:00Z',
    'application/vnd.oci.image.manifest.v1+json',
  )
  const value = fc.oneof(fc.jsonValue(), word, fc.double(), fc.constant(undefined))
  const wrong = (model: object): fc.Arbitrary<unknown> =>
    Array.isArray(model)
      ? fc.oneof({ weight: 6, arbitrary: fc.tuple(...model.map((each) => part(each))) }, value)
      : fc.oneof(
          { weight: 6, arbitrary: fc.record(Object.fromEntries(Object.entries(model).map(([name, each]) => [name, part(each)]))) },
          value,
        )
  const part = (each: unknown): fc.Arbitrary<unknown> =>
    typeof each === 'object' && each !== null ? wrong(each) : fc.oneof({ weight: 8, arbitrary: fc.constant(each) }, value)
  const bodies = fc.oneof(
    fc.jsonValue(),
    wrong({ events: [event(), event()] }),
    wrong({ push_data: { pushed_at: 1768042800, tag: 'v1' }, repository: { repo_name: 'acme/shop' } }),
    wrong({ type: 'PUSH_ARTIFACT', occur_at: 1768042800, event_data: harbor() }),
    wrong({ type: 'harbor.artifact.pushed', time: '2026-01-10T11:00:00Z', data: harbor() }),
  )
  fc.assert(
    fc.property(bodies, (body) => {
      const text = JSON.stringify(body) ?? 'null'
      try {
        accept(text)
        for (const push of read(text)) {
          expect(push).not.toBeNull()
          expect(push?.at).toBeLessThanOrEqual(receivedAt + 24 * 3_600_000)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ShiplogError)
        expect((error as ShiplogError).code).toBe('invalid')
      }
    }),
    { numRuns: 1000 },
  )
})
