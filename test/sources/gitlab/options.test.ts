import { describe, expect, test } from 'vitest'
import { GitlabOptions } from '../../../server/sources/gitlab/options.ts'

const least = { group: 'acme', token: 'glpat-x' }

describe('the options', () => {
  test('need a group or projects, and a token', () => {
    expect(GitlabOptions.parse(least)).toEqual({
      url: 'https://gitlab.com',
      token: 'glpat-x',
      group: 'acme',
      archived: false,
      deployments: true,
      incidents: {},
      service: ['project'],
      reviews: true,
      backfillMonths: 12,
      git: true,
    })
  })

  test.each<[object, RegExp]>([
    [{ token: 'x' }, /group: is missing: write group or projects|is missing: write group or projects/],
    [{ group: 'acme' }, /token|expected string/],
    [{ ...least, projects: ['acme/shop'] }, /cannot stand beside group/],
    [{ projects: ['acme/shop'], token: 'x', include: ['acme/*'] }, /goes with group/],
    [{ ...least, group: 'https://gitlab.com/acme' }, /path of a group/],
    [{ projects: ['shop'], token: 'x' }, /full path of a project/],
    [{ ...least, url: 'https://gitlab.example.org/api/v4' }, /without \/api/],
    [{ ...least, exclude: ['/x'] }, /glob of project paths/],
    [{ ...least, deployments: { job: 'x' } }, /must be true/],
    [{ ...least, deployments: { jobs: '(' } }, /./],
    [{ ...least, webhook: {} }, /must have a token or a secret/],
    [{ ...least, incidents: { label: 'a,b' } }, /one label/],
    [{ ...least, unknown: 1 }, /unknown/i],
  ])('%j are refused', (options, message) => {
    expect(JSON.stringify(GitlabOptions.safeParse(options).error?.issues)).toMatch(message)
  })

  test("of a server of one's own", () => {
    expect(GitlabOptions.parse({ ...least, url: 'https://git.example.org/gitlab/' }).url).toBe('https://git.example.org/gitlab')
  })
})
