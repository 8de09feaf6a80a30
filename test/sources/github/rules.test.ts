import { describe, expect, test } from 'vitest'
import { fingerprint, matchesGlob, ruleInWords } from '../../../server/sources/github/rules.ts'
import { optionsOf, rulings } from '../../support/github-things.ts'

describe('a glob of repositories', () => {
  test.each([
    ['shop', 'acme/shop', true],
    ['shop', 'acme/shop-web', false],
    ['shop', 'acme/web-shop', false],
    ['Shop', 'acme/sHOP', true],
    ['shop-*', 'acme/shop-web', true],
    ['shop-*', 'acme/shop-', true],
    ['shop-*', 'acme/shop', false],
    ['*', 'acme/shop', true],
    ['*-web', 'acme/shop-web', true],
    ['s?op', 'acme/shop', true],
    ['s?op', 'acme/sop', false],
    ['a.js', 'acme/a.js', true],
    ['a.js', 'acme/abjs', false],
    ['acme/shop', 'acme/shop', true],
    ['acme/shop', 'other/shop', false],
    ['acme/*', 'acme/shop', true],
    ['*/shop', 'other/shop', true],
    ['*/*', 'acme/shop', true],
    ['acme', 'acme/shop', false],
  ])('%s takes %s: %s', (glob, name, takes) => {
    expect(matchesGlob(glob, name)).toBe(takes)
  })
})

describe('the rules of a repository', () => {
  const tiersOf = (deployments: unknown) => rulings({ deployments }).all.map(({ tiers, taken }) => ({ tiers: [...tiers], taken }))

  test('without a word are every deployment of the Deployments API, and issues with the label incident', () => {
    const { environments, releases, workflows, git, incidents } = rulings()
    expect(environments?.rule).toEqual({ environments: true })
    expect([...(environments?.tiers ?? [])]).toEqual(['production', 'staging', 'testing', 'development'])
    expect({ releases, workflows, git }).toEqual({ releases: null, workflows: [], git: null })
    expect(incidents?.labels).toEqual(['incident'])
  })

  test('tell each tier once: the first that covers it counts', () => {
    expect(tiersOf([{ releases: true }, { environments: { production: 'prod', staging: 'stag' } }])).toEqual([
      { tiers: ['production'], taken: [] },
      { tiers: ['staging'], taken: ['production'] },
    ])
    expect(tiersOf([{ environments: true }, { workflow: 'deploy.yml' }, { releases: true, environment: 'staging' }])).toEqual([
      { tiers: ['production', 'staging', 'testing', 'development'], taken: [] },
      { tiers: [], taken: ['production'] },
      { tiers: [], taken: ['staging'] },
    ])
  })

  test('one of which every tier is told by others does not count', () => {
    const { environments, releases, workflows, git, all } = rulings({
      deployments: [{ tags: '^v' }, { releases: true }, { workflow: 'deploy.yml' }, { environments: { production: 'prod' } }],
    })
    expect({ environments, releases, workflows }).toEqual({ environments: null, releases: null, workflows: [] })
    expect(git?.rule).toEqual({ tags: '^v', environment: 'production' })
    expect(all).toHaveLength(4)
  })

  test('a workflow on a branch is told from the commits of a branch', () => {
    expect(rulings({ deployments: { workflow: 'deploy.yml', branch: true } })).toMatchObject({
      git: null,
      workflows: [{ rule: { branch: true } }],
    })
    expect(rulings({ deployments: { branch: true } })).toMatchObject({ git: { rule: { branch: true } }, workflows: [] })
  })

  test('two workflows count for two tiers', () => {
    const { workflows } = rulings({
      deployments: [
        { workflow: 'deploy.yml', branch: 'live' },
        { workflow: 'deploy.yml', branch: true, environment: 'staging' },
      ],
    })
    expect(workflows.map(({ tiers }) => [...tiers])).toEqual([['production'], ['staging']])
  })

  test('are those of the first override that matches, and of the source in what it leaves open', () => {
    const overrides = [
      { repositories: ['acme/shop', 'cart-*'], deployments: { releases: true } },
      { repositories: ['*'], deployments: { tags: '^v' }, incidents: false },
    ]
    const of = (repository: string) => rulings({ overrides, incidents: { labels: ['outage'] } }, repository)
    expect(of('acme/shop')).toMatchObject({ releases: {}, git: null, incidents: { labels: ['outage'] } })
    expect(of('acme/cart-api')).toMatchObject({ releases: {}, git: null })
    expect(of('acme/site')).toMatchObject({ releases: null, git: {}, incidents: null })
    expect(rulings({ incidents: false }).incidents).toBeNull()
  })

  test('have a fingerprint that is another where what counts is another', () => {
    const of = (deployments: unknown) => fingerprint(rulings({ deployments }))
    const different = [
      { environments: true },
      { environments: { production: 'prod', staging: 'stag' } },
      { environments: { staging: 'stag', production: 'prod' } },
      { releases: true },
      { releases: 'with pre-releases' },
      { releases: true, environment: 'staging' },
      { workflow: 'a.yml' },
      { workflow: 'a.yml', job: 'deploy' },
      { branch: true },
    ]
    expect(new Set(different.map(of)).size).toBe(different.length)
    expect(of({ releases: true })).toBe(of([{ releases: true, environment: 'production' }]))
    expect(of({ releases: true })).toBe(fingerprint(rulings({ deployments: { releases: true }, incidents: false })))
  })
})

test.each([
  [{ environments: true }, 'Each deployment of the Deployments API counts, its tier told by the name of its environment.'],
  [
    { environments: { production: '^prod', staging: '^stag' } },
    'Each deployment of the Deployments API counts, by its environment: ^prod is production, ^stag is staging.',
  ],
  [{ releases: true }, 'Each published release is a deployment; pre-releases are left out.'],
  [{ releases: 'with pre-releases', environment: 'staging' }, 'Each published release is a deployment to staging; pre-releases too.'],
  [{ tags: '^v\\d+$' }, 'Each tag whose whole name matches ^v\\d+$ is a deployment.'],
  [{ workflow: 'deploy.yml' }, 'Each run of the workflow deploy.yml is a deployment; skipped and cancelled ones are not.'],
  [
    { workflow: 'Release', job: 'deploy', branch: true, environment: 'testing' },
    'Each job deploy of the workflow Release on the default branch is a deployment to testing; skipped and cancelled ones are not.',
  ],
  [
    { workflow: 'deploy.yml', branch: 'live' },
    'Each run of the workflow deploy.yml on live is a deployment; skipped and cancelled ones are not.',
  ],
  [{ branch: true }, 'Each commit on the first-parent path of the default branch is a deployment.'],
  [{ branch: 'live', environment: 'staging' }, 'Each commit on the first-parent path of live is a deployment to staging.'],
])('%j in words', (deployments, words) => {
  expect(optionsOf({ deployments }).deployments.map(ruleInWords)).toEqual([words])
})

describe('workflows that deploy single services of a repository', () => {
  const till = { workflow: 'till.yml', service: 'till' }
  const search = { workflow: 'search.yml', service: 'search' }
  const counting = (...deployments: unknown[]) => rulings({ deployments }).all.map(({ tiers }) => [...tiers])

  test('do not stand in each other’s way', () => {
    expect(counting(till, search)).toEqual([['production'], ['production']])
    expect(ruleInWords(rulings({ deployments: [till] }).workflows[0]?.rule ?? { branch: true, environment: 'production' })).toBe(
      'Each run of the workflow till.yml is a deployment of till; skipped and cancelled ones are not.',
    )
  })

  test('stand in the way of a rule for all, and it in theirs', () => {
    expect(counting(till, { releases: true })).toEqual([['production'], []])
    expect(counting({ releases: true }, till)).toEqual([['production'], []])
    expect(counting(till, { workflow: 'other.yml', service: 'till' })).toEqual([['production'], []])
  })

  test('cannot share one workflow', () => {
    expect(() => optionsOf({ deployments: [till, { ...till, service: 'search' }] })).toThrow(/must not give one workflow/)
  })
})
