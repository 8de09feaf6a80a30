import { describe, expect, test } from 'vitest'
import { GitOptions } from '../../../server/sources/git/options.ts'

function faults(input: unknown): string[] {
  const parsed = GitOptions.safeParse(input)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('options of a git source', () => {
  test.each([
    [{ path: './shop' }],
    [{ path: '-odd' }],
    [{ url: 'https://host.example/team/shop.git', token: 'secret' }],
    [{ url: 'https://robot@host.example/team/shop.git', token: 'secret' }],
    [{ url: 'ssh://git@host.example:2222/team/shop.git' }],
    [{ url: 'git@host.example:team/shop.git' }],
    [{ url: 'host:shop.git' }],
    [{ url: 'file:///srv/shop.git' }],
    [{ path: '.', deployments: 'auto' }],
    [{ path: '.', deployments: { tags: '^v\\d+$' } }],
    [{ path: '.', deployments: { branch: 'release/2026' } }],
    [{ path: '.', deployments: { branch: true } }],
  ])('takes %j', (input) => {
    expect(faults(input)).toEqual([])
  })

  test.each([
    [{}, 'path: is missing: write path or url'],
    [{ path: '.', url: 'https://host/x' }, 'path: cannot stand beside url: write one of the two'],
    [{ path: '' }, 'path: must not be empty'],
    [{ path: 'a\0b' }, 'path: must not contain a NUL character'],
    [{ url: 'http://host/x' }, 'url: must not be http, which sends code and secrets unprotected; write https, ssh or file'],
    [{ url: 'https://me:secret@host/x' }, 'url: must not hold a password; write the name of an environment variable under token'],
    [{ url: 'ssh://-oProxyCommand=touch/x' }, 'url: must not have a host that begins with a hyphen'],
    [{ url: 'ssh://git@-oProxyCommand=touch/x' }, 'url: must not have a host that begins with a hyphen'],
    [{ path: '.', token: 'secret' }, 'token: serves https addresses only: take it out, or write an https url'],
    [{ url: 'https://host/x', token: 'two\nlines' }, 'token: must not contain spaces or control characters'],
    [{ path: '.', paths: ['apps/**'] }, 'paths: must stand with a service and not with the source: services: [{ id, source, paths }]'],
    [{ path: '.', deployments: { branch: '--upload-pack=x' } }, 'deployments.branch: must be the plain name of a branch, such as main'],
    [{ path: '.', deployments: { tags: 'a', branch: 'b' } }, 'deployments: must be auto'],
    [
      { path: '.', deployments: { tags: 'v(' } },
      'deployments.tags: is not a regular expression that can be used (missing closing ): `v(`)',
    ],
    [{ path: '.', deployments: { tags: '(?=v)' } }, 'write RE2 syntax, without look-around and back-references'],
    [{ path: '.', branch: 'main' }, 'Unrecognized key'],
  ])('refuses %j', (input, message) => {
    expect(faults(input).join('\n')).toContain(message)
  })

  test.each([
    '--upload-pack=touch',
    '-x',
    'ext::sh -c x',
    '/srv/shop',
    './shop',
    'git://host/x',
    'ftp://host/x',
    'host:-x',
    '-host:x',
    'c:\\shop',
  ])('refuses the address %j', (url) => {
    expect(faults({ url }).join('\n')).toContain('url: must be an https, ssh or file address')
  })

  test('a secret is not repeated in a fault', () => {
    expect(faults({ url: 'https://me:hunter2@host/x', token: 'a b hunter3' }).join()).not.toMatch(/hunter/)
  })
})
