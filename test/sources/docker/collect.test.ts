import { afterEach, describe, expect, test } from 'vitest'
import type { Fact } from '../../../server/facts.ts'
import { collectImages, refreshImages } from '../../../server/sources/docker/collect.ts'
import { DockerOptions } from '../../../server/sources/docker/options.ts'
import type { Context } from '../../../server/sources/source.ts'
import { addImage, addIndex, type FakeOptions, type FakeRegistry, startRegistry } from '../../fakes/docker/registry.ts'

const sha = (n: number) => n.toString(16).padStart(40, 'a')
const labels = (n: number) => ({
  'org.opencontainers.image.revision': sha(n),
  'org.opencontainers.image.source': 'https://github.com/acme/shop',
  'org.opencontainers.image.version': `1.${n}`,
})
const pushedAt = Date.UTC(2026, 0, 10, 9)

const started: FakeRegistry[] = []
afterEach(() => {
  for (const fake of started.splice(0)) fake.stop()
})

async function serve(options?: FakeOptions): Promise<FakeRegistry> {
  const fake = await startRegistry(options)
  started.push(fake)
  return fake
}

interface Run {
  facts: Fact[]
  cursor: string | null
  notes: string[]
}

interface Asked {
  cursor?: string | null
  now?: Date
  /** Leaves after so many batches, as a crash does. */
  stopAfter?: number
  signal?: AbortSignal
}

function contextOf(notes: string[], { now, signal }: Asked = {}): Context {
  return {
    sourceId: 'registry',
    service: 'registry',
    dataDir: '/nonexistent',
    signal: signal ?? new AbortController().signal,
    now: now ?? new Date('2026-02-01T00:00:00Z'),
    needsFiles: () => false,
    progress: () => {},
    note: (text) => notes.push(text),
  }
}

async function collect(fake: FakeRegistry, options: Record<string, unknown> = {}, asked: Asked = {}): Promise<Run> {
  const run: Run = { facts: [], cursor: asked.cursor ?? null, notes: [] }
  let batches = 0
  for await (const batch of collectImages(DockerOptions.parse({ url: fake.url, ...options }), run.cursor, contextOf(run.notes, asked), 1)) {
    run.facts.push(...batch.facts)
    run.cursor = batch.cursor
    if (++batches === asked.stopAfter) break
  }
  return run
}

async function refresh(fake: FakeRegistry, changed: unknown[][], options: Record<string, unknown> = {}): Promise<Run> {
  const run: Run = { facts: [], cursor: null, notes: [] }
  const texts = changed.map((one) => JSON.stringify(one))
  for await (const { facts } of refreshImages(DockerOptions.parse({ url: fake.url, ...options }), texts, contextOf(run.notes), 1)) {
    run.facts.push(...facts)
  }
  return run
}

const ids = (facts: Fact[]) => facts.map((fact) => ('id' in fact ? fact.id : '')).sort()

describe('refresh', () => {
  test('ties the digest of a pushed image to what it was built from', async () => {
    const fake = await serve()
    const digest = addImage(fake, 'acme/shop', ['1.1'], labels(1))
    const { facts } = await refresh(fake, [['acme/shop', digest, '1.1', pushedAt]])
    expect(facts).toEqual([
      {
        kind: 'artifact',
        source: 'registry',
        id: digest,
        image: 'acme/shop',
        tags: ['1.1'],
        commit: sha(1),
        version: '1.1',
        repository: 'acme/shop',
        builtAt: Date.UTC(2026, 0, 10, 8),
        updatedAt: pushedAt,
      },
    ])
    expect(fake.asked).toHaveLength(2)
  })

  test('ties an index and the manifest of each of its platforms, and no attestation', async () => {
    const fake = await serve()
    const platforms = ['a', 'b'].map((name) => addImage(fake, 'acme/shop', [], { ...labels(2), name }))
    const attestation = addImage(fake, 'acme/shop', [], { kind: 'attestation' })
    const index = addIndex(fake, 'acme/shop', ['2'], platforms, { attestation })
    const { facts } = await refresh(fake, [['acme/shop', '2', '2', pushedAt]])
    expect(ids(facts)).toEqual([index, ...platforms].sort())
    for (const fact of facts) expect(fact).toMatchObject({ commit: sha(2), tags: ['2'] })
    // Each platform was pushed before its index: what a digest means is asked for once.
    const asked = fake.asked.length
    const all = await refresh(fake, [
      ...platforms.map((digest) => ['acme/shop', digest, null, pushedAt]),
      ['acme/shop', index, '2', pushedAt + 1],
    ])
    expect(all.facts).toHaveLength(5)
    expect(fake.asked.length - asked).toBe(5)
  })

  test('an index whose platforms are of different commits is of none, and its own annotations hold where these say nothing', async () => {
    const fake = await serve()
    const different = [3, 4].map((n) => addImage(fake, 'acme/shop', [], labels(n)))
    const mixed = addIndex(fake, 'acme/shop', [], different)
    const bare = addImage(fake, 'acme/shop', [], null)
    const annotated = addIndex(fake, 'acme/shop', [], [bare], { annotations: { 'org.opencontainers.image.revision': sha(9) } })
    const { facts } = await refresh(
      fake,
      [mixed, annotated].map((digest) => ['acme/shop', digest, null, pushedAt]),
    )
    const commits = new Map(facts.map((fact) => [(fact as { id: string }).id, (fact as { commit?: string }).commit]))
    expect(commits.get(mixed)).toBeUndefined()
    expect(different.map((digest) => commits.get(digest))).toEqual([sha(3), sha(4)])
    expect([commits.get(annotated), commits.get(bare)]).toEqual([sha(9), undefined])
  })

  test('what is gone, or no image, is said and passed over', async () => {
    const fake = await serve()
    const chart = addImage(fake, 'acme/chart', ['1'], {}, { configType: 'application/vnd.cncf.helm.config.v1+json' })
    const { facts, notes } = await refresh(fake, [
      ['acme/gone', 'latest', 'latest', pushedAt],
      ['acme/chart', chart, '1', pushedAt],
    ])
    expect(facts).toEqual([])
    expect(notes).toEqual([
      expect.stringContaining('acme/gone latest is gone'),
      expect.stringContaining('acme/chart 1 is gone, or is no image'),
    ])
  })
})

describe('access', () => {
  test.each(['bearer', 'basic'] as const)('by %s, once for each image, with blobs elsewhere', async (scheme) => {
    const fake = await serve({ access: { scheme, user: 'robot$ship', password: 'let-me-in' }, redirectBlobs: true })
    addImage(fake, 'acme/shop', ['1'], labels(1))
    addImage(fake, 'acme/shop', ['2'], labels(2))
    const { facts } = await collect(fake, { images: ['acme/shop'], user: 'robot$ship', password: 'let-me-in' })
    expect(facts).toHaveLength(2)
    expect(fake.asked.filter((line) => line.startsWith('GET /token'))).toHaveLength(scheme === 'bearer' ? 1 : 0)
    // One is refused before it is known what is asked for.
    expect(fake.asked.filter((line) => line.startsWith('GET /v2'))).toHaveLength(6)
  })

  test('a token that ended is asked for again', async () => {
    const fake = await serve({ access: { scheme: 'bearer', user: 'u', password: 'p' } })
    addImage(fake, 'acme/shop', ['1'], labels(1))
    fake.fault = ({ url }) => {
      if (url?.includes('/blobs/') && fake.asked.filter((line) => line.includes('/blobs/')).length === 1) fake.tokens.clear()
      return false
    }
    expect((await collect(fake, { images: ['acme/shop'], user: 'u', password: 'p' })).facts).toHaveLength(1)
    expect(fake.asked.filter((line) => line.startsWith('GET /token'))).toHaveLength(2)
  })

  test.each([{}, { user: 'u', password: 'wrong' }])('refused credentials are an error with its mend: %o', async (credentials) => {
    const fake = await serve({ access: { scheme: 'bearer', user: 'u', password: 'p' } })
    addImage(fake, 'acme/shop', ['1'], labels(1))
    await expect(collect(fake, { images: ['acme/shop'], ...credentials })).rejects.toThrow(
      /refuses the credentials \(401\).*Set user and password/,
    )
  })

  test('a token is not fetched without encryption for a registry that has it, nor taken from what is none', async () => {
    const fake = await serve({ access: { scheme: 'bearer', user: 'u', password: 'p' } })
    addImage(fake, 'acme/shop', ['1'], labels(1))
    fake.fault = ({ url }, response) => {
      if (!url?.startsWith('/token')) return false
      response.writeHead(200).end('{"token":""}')
      return true
    }
    await expect(collect(fake, { images: ['acme/shop'] })).rejects.toThrow(/cannot be reached: what it calls a token is none/)
    fake.fault = (_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="ftp://elsewhere.invalid/token"' }).end()
      return true
    }
    await expect(collect(fake, { images: ['acme/shop'] })).rejects.toThrow(/not encrypted/)
  })
})

describe('collect', () => {
  test('reads all images that the registry lists, page by page, and then only new tags', async () => {
    const fake = await serve({ pageSize: 2 })
    for (const image of ['acme/a', 'acme/b', 'other/c', 'acme/d'])
      for (const n of [1, 2, 3]) addImage(fake, image, [`1.${n}`], { ...labels(n), image })
    const first = await collect(fake, { images: ['acme/*'] })
    expect(first.facts).toHaveLength(9)
    addImage(fake, 'acme/b', ['1.4'], { ...labels(4), image: 'acme/b' })
    fake.asked.length = 0
    const second = await collect(fake, { images: ['acme/*'] }, { cursor: first.cursor })
    expect(second.facts).toMatchObject([{ image: 'acme/b', commit: sha(4), tags: ['1.4'] }])
    expect(fake.asked.filter((line) => line.includes('/manifests/'))).toHaveLength(1)
  })

  test('a tag that moved is seen a day later, and tags of one image stand together', async () => {
    const fake = await serve()
    const digest = addImage(fake, 'acme/shop', ['1.0', 'latest'], labels(1))
    const first = await collect(fake)
    expect(first.facts).toMatchObject([{ id: digest, tags: ['1.0', 'latest'] }])
    const moved = addImage(fake, 'acme/shop', ['latest'], labels(2))
    expect((await collect(fake, {}, { cursor: first.cursor })).facts).toEqual([])
    const later = await collect(fake, {}, { cursor: first.cursor, now: new Date('2026-02-02T00:00:00Z') })
    expect(ids(later.facts)).toEqual([digest, moved].sort())
  })

  test('another rule is told of images that were read before, also where the run was cut', async () => {
    const fake = await serve()
    for (let n = 0; n < 60; n++) addImage(fake, 'acme/shop', [`v${n}`], { ...labels(n), 'my.commit': sha(n + 100) })
    const first = await collect(fake, { commit: 'none' })
    const cut = await collect(fake, { commit: 'my.commit' }, { cursor: first.cursor, stopAfter: 1 })
    const rest = await collect(fake, { commit: 'my.commit' }, { cursor: cut.cursor })
    const again = [...cut.facts, ...rest.facts]
    expect(again.filter(({ kind }) => kind === 'withdrawal')).toHaveLength(60)
    expect(again.flatMap((fact) => (fact.kind === 'artifact' ? (fact.commit ?? '') : []))).toHaveLength(60)
    expect((await collect(fake, { commit: 'my.commit' }, { cursor: rest.cursor })).facts).toEqual([])
  })

  test('an image that cannot be read keeps no other from it, and the run fails all the same', async () => {
    const fake = await serve()
    addImage(fake, 'acme/a', ['v1'], labels(1))
    addImage(fake, 'acme/b', ['v1'], labels(2))
    fake.fault = (request, response) =>
      request.url?.startsWith('/v2/acme/a/manifests/') === true && response.writeHead(403).end('{}') !== undefined
    const run: Fact[] = []
    const reading = async () => {
      for await (const { facts } of collectImages(DockerOptions.parse({ url: fake.url }), null, contextOf([]), 1)) run.push(...facts)
    }
    await expect(reading()).rejects.toThrow(/forbids reading the manifest of acme\/a/)
    expect(run.flatMap((fact) => (fact.kind === 'artifact' ? fact.image : []))).toEqual(['acme/b'])
  })

  test('a run that is cut goes on where it stopped, and loses and repeats nothing', async () => {
    const fake = await serve()
    for (let n = 0; n < 130; n++) addImage(fake, 'acme/shop', [`1.${n}`], labels(n))
    const cut = await collect(fake, {}, { stopAfter: 1 })
    expect(cut.facts).toHaveLength(50)
    expect(cut.facts[0]).toMatchObject({ tags: ['1.129'] })
    const rest = await collect(fake, {}, { cursor: cut.cursor })
    expect(new Set(ids([...cut.facts, ...rest.facts])).size).toBe(130)
    expect(rest.facts).toHaveLength(80)
  })

  test('of too many tags it reads the greatest and says so', async () => {
    const fake = await serve()
    for (let n = 8; n < 12; n++) addImage(fake, 'acme/shop', [`1.${n}`], labels(n))
    const { facts, notes } = await collect(fake, { tags: 2 })
    expect(facts).toMatchObject([{ tags: ['1.11'] }, { tags: ['1.10'] }])
    expect(notes).toEqual([expect.stringContaining('has 4 tags: 2 of them are read')])
    expect((await collect(fake, { tags: 0 })).facts).toEqual([])
  })

  test('waits where it is asked to slow down, tries again after faults of the server, and says what stays', async () => {
    const fake = await serve()
    addImage(fake, 'acme/shop', ['1'], labels(1))
    const faults = [429, 503, 500]
    fake.fault = (_request, response) => {
      const status = faults.shift()
      if (status !== undefined) response.writeHead(status, { 'retry-after': '0' }).end('{}')
      return status !== undefined
    }
    expect((await collect(fake)).facts).toHaveLength(1)
    fake.fault = (_request, response) => void response.writeHead(429, { 'retry-after': '0' }).end('{}') === undefined
    await expect(collect(fake)).rejects.toThrow(/asks to slow down/)
    fake.fault = (_request, response) => void response.writeHead(200).end('<html>') === undefined
    await expect(collect(fake)).rejects.toThrow(/is not what its API describes/)
  })

  test('a cut in the middle of a run tells nothing of what was not read', async () => {
    const fake = await serve()
    addImage(fake, 'acme/shop', ['1'], labels(1))
    const stopping = new AbortController()
    fake.fault = () => {
      stopping.abort()
      return true
    }
    await expect(collect(fake, {}, { signal: stopping.signal })).rejects.toThrow(/abort/i)
  })

  test('an image that is not there and a registry that does not list any are said', async () => {
    const fake = await serve()
    addImage(fake, 'acme/shop', ['1'], labels(1))
    expect((await collect(fake, { images: ['acme/none'] })).notes).toEqual([expect.stringContaining('knows no image acme/none')])
    fake.fault = ({ url }, response) => url === '/v2/_catalog?n=1000' && void response.writeHead(404).end() === undefined
    await expect(collect(fake)).rejects.toThrow(/the list of images/)
    const notes: string[] = []
    for await (const _ of collectImages(DockerOptions.parse({}), null, contextOf(notes))) throw new Error('nothing is asked')
    expect(notes).toEqual([expect.stringContaining('Docker Hub does not tell')])
  })

  test('a push and a poll of the same image are one fact', async () => {
    const fake = await serve()
    const digest = addImage(fake, 'acme/shop', ['1'], labels(1))
    const [pushed] = (await refresh(fake, [['acme/shop', digest, '1', pushedAt]])).facts
    const [polled] = (await collect(fake)).facts
    const { updatedAt: _, ...rest } = pushed as { updatedAt?: number }
    expect(polled).toEqual(rest)
  })
})
