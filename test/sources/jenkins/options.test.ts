import { describe, expect, test } from 'vitest'
import { JenkinsOptions } from '../../../server/sources/jenkins/options.ts'

const faults = (value: unknown) => JenkinsOptions.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('options', () => {
  test('need an address, or a sender', () => {
    expect(faults({})).toEqual(['url: is missing: write url, or webhook where Jenkins sends'])
    expect(faults({ webhook: { token: 'x' } })).toBeUndefined()
    expect(faults({ url: 'https://ci.example.org/' })).toBeUndefined()
  })

  test('need user and token together, and an address for them', () => {
    expect(faults({ url: 'https://ci.example.org', token: 'x' })).toEqual(['user: is missing: an API token goes with the user who made it'])
    expect(faults({ url: 'https://ci.example.org', user: 'x' })).toEqual([
      'token: is missing: make one in the menu of the user, under Security',
    ])
    expect(faults({ webhook: { token: 'x' }, user: 'a', token: 'b' })).toEqual(['url: is missing: the token is for asking Jenkins there'])
  })

  test.each([
    [{ deployments: [] }, /deployments/],
    [{ deployments: { job: '(' } }, /deployments/],
    [{ deployments: { stage: 'Deploy' } }, /deployments/],
    [{ unstable: 'ignored' }, /unstable/],
    [{ user: 'a:b', token: 'x' }, /user: must be the id of a user/],
    [{ backfillDays: 0 }, /backfillDays/],
    [{ jobs: 'x' }, /Unrecognized key/],
  ])('%j is refused', (given, message) => {
    expect(faults({ url: 'https://ci.example.org', ...given })?.join('\n')).toMatch(message)
  })

  test('take a job with deploy in its name without a rule', () => {
    expect(JenkinsOptions.parse({ url: 'https://ci.example.org' })).toMatchObject({
      deployments: [{ job: '(?i)deploy' }],
      service: ['project'],
    })
  })
})
