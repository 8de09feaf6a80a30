import { describe, expect, test } from 'vitest'
import { DockerOptions, isWanted, listsImages } from '../../../server/sources/docker/options.ts'

const faultsOf = (options: unknown) =>
  DockerOptions.safeParse(options).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)

test('Docker Hub is meant where no address is given, and whichever of its addresses is', () => {
  for (const url of [
    undefined,
    'https://hub.docker.com/',
    'https://docker.io',
    'https://index.docker.io',
    'https://registry-1.docker.io',
  ]) {
    const options = DockerOptions.parse({ url })
    expect(options.url).toBe('https://registry-1.docker.io')
    expect(listsImages(options)).toBe(false)
  }
  expect(listsImages(DockerOptions.parse({ url: 'https://harbor.example.org/' }))).toBe(true)
})

test.each([
  [{ url: 'harbor.example.org' }, 'url: must be an address such as https://ci.example.org'],
  [{ user: 'ship' }, 'password: must be set together with user, or neither of them'],
  [{ user: 'a:b', password: 'x' }, 'user: must not contain a colon'],
  [
    { images: ['registry.example.org/acme/shop:v1'] },
    'images.0: must be the name of an image without registry and tag, such as acme/checkout; * stands for any text',
  ],
  [{ webhook: 'secret' }, 'webhook: must be one of { token: SECRET }, { user: NAME, password: SECRET } or { header: NAME, value: SECRET }'],
])('%j is refused with its mend', (options, fault) => {
  expect(faultsOf(options)).toEqual([fault])
})

describe('images', () => {
  test.each([
    ['acme/shop', 'acme/shop', true],
    ['acme/shop', 'acme/shop2', false],
    ['acme/*', 'acme/shop', true],
    ['acme/*', 'acme2/shop', false],
    ['*/shop', 'acme/web/shop', true],
    ['a*b*c', 'aXbXc', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['*', 'anything', true],
  ])('%s means %s: %s', (name, image, expected) => {
    expect(isWanted({ images: [name] }, image)).toBe(expected)
  })
  test('all where none is named', () => expect(isWanted({}, 'acme/shop')).toBe(true))
})
