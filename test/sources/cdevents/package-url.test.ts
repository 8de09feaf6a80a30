import { expect, test } from 'vitest'
import { parsePackageUrl } from '../../../server/sources/cdevents/package-url.ts'

const commit = '0123456789abcdef0123456789abcdef01234567'

test.each([
  ['pkg:oci/myapp@sha256%3A0b31', { type: 'oci', name: 'myapp', version: 'sha256:0b31' }],
  ['pkg:docker/acme/shop@1.2?repository_url=ghcr.io', { type: 'docker', namespace: 'acme', name: 'shop', version: '1.2' }],
  ['pkg:maven/org.acme/till@1.2#src/main', { type: 'maven', namespace: 'org.acme', name: 'till', version: '1.2' }],
  ['pkg:npm/%40acme/shop', { type: 'npm', namespace: '@acme', name: 'shop' }],
  [`pkg:GitHub/acme/shop@${commit}`, { type: 'github', namespace: 'acme', name: 'shop', version: commit, commit }],
  [
    `pkg:generic/shop@1?vcs_url=git%2Bhttps%3A%2F%2Fgit.example.org%2Fshop%40${commit}`,
    { type: 'generic', name: 'shop', version: '1', commit },
  ],
  ['pkg:oci/bad%ZZname@1', { type: 'oci', name: 'bad%ZZname', version: '1' }],
  ['shop:1.2', null],
  ['', null],
])('parsePackageUrl reads %s', (text, expected) => {
  expect(parsePackageUrl(text)).toEqual(expected)
})
