import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Artifact } from '../../../server/facts.ts'
import { DockerOptions } from '../../../server/sources/docker/options.ts'
import { artifactFact, repositoryIn } from '../../../server/sources/docker/to-facts.ts'

const commit = '3f786850e387550fdab836ed7e6dc881de23001b'
const digest = `sha256:${'1'.repeat(64)}`
const filing = { sourceId: 'registry', image: 'acme/shop', tags: ['v1.2'], pushedAt: null }

function made(labels: Record<string, string>, options: Record<string, unknown> = {}, more: { created?: string | null } = {}) {
  return artifactFact({ digest, labels, created: more.created ?? null }, filing, DockerOptions.parse(options))
}

const bare = { kind: 'artifact', source: 'registry', id: digest, image: 'acme/shop', tags: ['v1.2'] }

describe('an image', () => {
  test('tells what its labels say, by the names of today and of before', () => {
    const expected = { ...bare, commit, version: '1.2', repository: 'acme/shop', builtAt: Date.UTC(2026, 0, 10, 9, 30) }
    const oci = {
      'org.opencontainers.image.revision': commit.toUpperCase(),
      'org.opencontainers.image.source': 'https://github.com/acme/shop',
      'org.opencontainers.image.version': '1.2',
      'org.opencontainers.image.created': '2026-01-10T10:30:00+01:00',
    }
    const former = {
      'org.label-schema.vcs-ref': commit,
      'org.label-schema.vcs-url': 'git@github.com:acme/shop.git',
      'org.label-schema.version': '1.2',
      'org.label-schema.build-date': '2026-01-10T09:30:00Z',
    }
    expect(made(oci)).toEqual(expected)
    expect(made(former)).toEqual(expected)
  })

  test('of which nothing is said is known by its digest alone', () => {
    expect(made({})).toEqual(bare)
    expect(made({ 'org.opencontainers.image.revision': '' }, {}, { created: '1970-01-01T00:00:00Z' })).toEqual(bare)
  })

  test.each(['3f78685', 'main', `${commit}-dirty`, 'refs/heads/main'])('is of no commit where the label is none in full: %s', (label) => {
    expect(made({ 'org.opencontainers.image.revision': label })).toEqual(bare)
  })

  test('is of the commit that a rule finds: in another label, in the tag, in part of a text', () => {
    expect(made({ 'git-commit': commit }, { commit: 'git-commit' })).toMatchObject({ commit })
    const byTag = artifactFact(
      { digest, labels: {}, created: null },
      { ...filing, tags: [`sha-${commit}`] },
      DockerOptions.parse({ commit: { label: 'tag', pattern: '^sha-([0-9a-f]{40})$' }, version: 'tag' }),
    )
    expect(byTag).toMatchObject({ commit, version: `sha-${commit}` })
  })

  test('names the repository by a rule, or leaves it to the service that is deployed', () => {
    const labels = { 'org.opencontainers.image.source': 'https://git.example.org/teams/shop/-/tree/main' }
    expect(made(labels)).toMatchObject({ repository: 'teams/shop' })
    expect(made(labels, { repository: false })).toEqual(bare)
    expect(made(labels, { repository: { label: 'image', pattern: '^acme/(.+)$' } })).toMatchObject({ repository: 'shop' })
    expect(made(labels, { repository: { label: 'source', pattern: 'shop', service: 'web' } })).toMatchObject({ repository: 'web' })
  })

  test.each([
    ['https://github.com/acme/shop', 'acme/shop'],
    ['https://github.com/acme/shop.git', 'acme/shop'],
    ['https://github.com/acme/shop/tree/main/docker', 'acme/shop'],
    ['https://token@github.com/acme/shop?x=1#y', 'acme/shop'],
    ['git@github.com:acme/shop.git', 'acme/shop'],
    ['ssh://git@git.example.org:2222/acme/group/shop.git', 'acme/group/shop'],
    ['https://gitlab.example.org/acme/group/shop/-/blob/main/Dockerfile', 'acme/group/shop'],
    ['https://github.com/', undefined],
    ['shop', undefined],
    ['', undefined],
  ])('the repository in %s is %s', (source, expected) => {
    expect(repositoryIn(source)).toBe(expected)
  })
})

test('whatever the labels say, the fact is one', () => {
  const name = fc.constantFrom(
    'org.opencontainers.image.revision',
    'org.opencontainers.image.source',
    'org.opencontainers.image.version',
    'org.opencontainers.image.created',
    'org.label-schema.vcs-url',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 700 }),
    fc.constantFrom(commit, 'https://a.example/\ud800', 'x'.repeat(900), '9999-12-31T00:00:00Z'),
  )
  const labels = fc.dictionary(name, text)
  fc.assert(
    fc.property(
      labels,
      fc.option(text),
      fc.constantFrom('tag', 'repository', 'org.opencontainers.image.source'),
      (said, created, version) => {
        const { kind: _, ...fact } = made(said, { version }, { created }) as { kind: string; builtAt?: number }
        const sent = { ...fact, ...(fact.builtAt === undefined ? {} : { builtAt: new Date(fact.builtAt).toISOString() }) }
        expect(Artifact.safeParse(JSON.parse(JSON.stringify(sent))).error).toBeUndefined()
      },
    ),
    { numRuns: 500 },
  )
})
