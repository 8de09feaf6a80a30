import { expect, test } from 'vitest'
import { ElasticOptions } from '../../../server/sources/elastic/options.ts'

test.each([
  [{}, 'url is missing: write url to collect alerts, webhook to be sent them, or both'],
  [{ webhook: { token: 'x' }, token: 'y' }, 'url is missing: the credentials are for it'],
  [{ url: 'http://es', token: 'y', user: 'a', password: 'b' }, 'user cannot stand beside token: write one of the two'],
  [{ url: 'http://es', user: 'a' }, 'password is missing: write it beside user'],
  [{ url: 'http://es', password: 'a' }, 'user is missing: write it beside password'],
  [{ url: 'http://es', index: 'a/b' }, 'index must be the name of an index, in which * stands for any text, such as .alerts-*'],
])('%j is refused', (fields, fault) => {
  const issues = ElasticOptions.safeParse(fields).error?.issues ?? []
  expect(issues.map(({ path, message }) => `${path.join('.')} ${message}`)).toContain(fault)
})

test('what is not written has its default', () => {
  expect(ElasticOptions.parse({ url: 'https://es:9200/' })).toMatchObject({
    url: 'https://es:9200',
    index: '.alerts-*',
    backfillDays: 90,
    environments: true,
  })
})
