import { expect, test } from 'vitest'
import { branchOf, nameOf, pathOf, repositoryOf } from '../../../server/sources/jenkins/job-names.ts'

test.each([
  ['shop', '/job/shop'],
  ['acme/web shop', '/job/acme/job/web%20shop'],
  ['acme/shop/feature%2Flogin', '/job/acme/job/shop/job/feature%252Flogin'],
])('the job %s is at %s', (name, path) => {
  expect(pathOf(name)).toBe(path)
  expect([nameOf(path), nameOf(`${path.slice(1)}/`), nameOf(`/jenkins${path}/`)]).toEqual([name, name, name])
})

test.each(['', '/', 'view/all', 'job/', 'job/a%2Fb', 'acme/shop'])('%s names no job', (path) => expect(nameOf(path)).toBeNull())

test('a branch has its slashes', () => {
  expect(branchOf('acme/shop/feature%2Flogin')).toBe('feature/login')
  expect(branchOf('acme/shop/100%')).toBe('100%')
})

test.each([
  ['https://github.com/acme/shop.git', 'acme/shop'],
  ['https://user@git.acme.test:8443/group/sub/shop/', 'group/sub/shop'],
  ['git@github.com:acme/shop.git', 'acme/shop'],
  ['ssh://git@git.acme.test:7999/pay/checkout.git', 'pay/checkout'],
  ['/srv/git/shop.git', undefined],
])('%s is the repository %s', (remote, name) => expect(repositoryOf(remote)).toBe(name))
