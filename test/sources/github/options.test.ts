import { describe, expect, test } from 'vitest'
import { readConfigFile } from '../../../server/config/file.ts'
import { ShiplogError } from '../../../server/errors.ts'
import type { GithubOptions } from '../../../server/sources/github/options.ts'

const key = '-----BEGIN RSA PRIVATE KEY-----\\nAAAA\\n-----END RSA PRIVATE KEY-----'
const env = { TOKEN: 'ghp_abc', SECRET: "It's a Secret to Everybody", NEXT: 'next', BROKEN: 'two\nlines', KEY: key }

/** A file with a source `hub`, and what stands after it. */
function file(own: string[], rest: string[] = []): string {
  return ['sources:', '  - id: hub', '    type: github', ...own.map((line) => `    ${line}`), ...rest].join('\n')
}

function read(own: string[], rest: string[] = []) {
  return readConfigFile('/srv/shiplog.yaml', file(own, rest), env)
}

function optionsFrom(...own: string[]): GithubOptions {
  return read(['token: ${TOKEN}', ...own]).sources[0]?.options as GithubOptions
}

/** What is refused, without the line. */
function faults(own: string[], rest: string[] = []): string[] {
  try {
    read(own, rest)
    return []
  } catch (error) {
    if (!(error instanceof ShiplogError)) throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().replace(/^shiplog\.yaml:\d+: (?:sources\[0\]\.)?/, ''))
  }
}

describe('a GitHub source in shiplog.yaml', () => {
  test('needs an owner and a token', () => {
    expect(optionsFrom('owner: acme')).toEqual({
      owner: 'acme',
      token: 'ghp_abc',
      archived: false,
      forks: false,
      baseUrl: 'https://api.github.com',
      deployments: [{ environments: true }],
      incidents: { labels: ['incident'], severity: expect.any(String) },
      overrides: [],
      backfillMonths: 12,
      reserve: 0.1,
      git: true,
    })
  })

  test.each<[string, object]>([
    ['repositories: [acme/shop, octo_corp/a.js]', { repositories: ['acme/shop', 'octo_corp/a.js'] }],
    [
      'owner: ada_corp, include: ["shop-*", "?"], exclude: [acme/old], archived: true, forks: true',
      { owner: 'ada_corp', include: ['shop-*', '?'] },
    ],
    ['owner: acme, baseUrl: https://github.example.org/api/v3/', { baseUrl: 'https://github.example.org/api/v3' }],
    ['owner: acme, baseUrl: "http://127.0.0.1:3000"', { baseUrl: 'http://127.0.0.1:3000' }],
    ['owner: acme, webhookSecret: "${SECRET}"', { webhookSecret: env.SECRET }],
    ['owner: acme, webhookSecret: ["${SECRET}", "${NEXT}"]', { webhookSecret: [env.SECRET, 'next'] }],
    ['owner: acme, deployments: { releases: true }', { deployments: [{ releases: true, environment: 'production' }] }],
    [
      'owner: acme, deployments: { releases: with pre-releases }',
      { deployments: [{ releases: 'with pre-releases', environment: 'production' }] },
    ],
    ['owner: acme, deployments: { tags: "^v", environment: staging }', { deployments: [{ tags: '^v', environment: 'staging' }] }],
    ['owner: acme, deployments: { branch: release/live }', { deployments: [{ branch: 'release/live', environment: 'production' }] }],
    [
      'owner: acme, deployments: [{ workflow: deploy.yml, job: "deploy (eu)", branch: true }, { environments: { staging: stag } }]',
      {
        deployments: [
          { workflow: 'deploy.yml', job: 'deploy (eu)', branch: true, environment: 'production' },
          { environments: { staging: 'stag' } },
        ],
      },
    ],
    [
      'owner: acme, deployments: [{ releases: true }, { environments: true }]',
      { deployments: [{ releases: true, environment: 'production' }, { environments: true }] },
    ],
    ['owner: acme, incidents: false', { incidents: false }],
    [
      'owner: acme, incidents: { labels: [outage], service: "^service:(.+)$" }',
      { incidents: { labels: ['outage'], service: '^service:(.+)$' } },
    ],
    ['owner: acme, overrides: [{ repositories: [shop], incidents: false }]', { overrides: [{ repositories: ['shop'], incidents: false }] }],
    ['owner: acme, backfillMonths: 240, reserve: 0, git: false', { backfillMonths: 240, reserve: 0, git: false }],
  ])('takes %s', (own, expected) => {
    const { sources } = readConfigFile('/srv/shiplog.yaml', `sources: [{ id: hub, type: github, token: "\${TOKEN}", ${own} }]`, env)
    expect(sources[0]?.options).toMatchObject(expected)
  })

  test('the order of environments is the order of the file', () => {
    const { deployments } = optionsFrom('owner: acme', 'deployments: { environments: { staging: a, production: b, development: c } }')
    expect(JSON.stringify(deployments)).toBe('[{"environments":{"staging":"a","production":"b","development":"c"}}]')
  })

  test('an App shows its number and its key, whose lines may be written with \\n', () => {
    const { sources } = read(['owner: acme', 'app: { id: "12", privateKey: "${KEY}", installation: 7 }'])
    expect(sources[0]?.options).toMatchObject({ app: { id: 12, installation: 7, privateKey: key.replaceAll('\\n', '\n') } })
    expect(sources[0]?.options).not.toHaveProperty('token')
  })

  test.each<[string[], ...string[]]>([
    [[], 'owner: is missing: write owner or repositories', 'token: is missing: write token or app'],
    [['owner: acme'], 'token: is missing: write token or app'],
    [
      ['token: ${TOKEN}', 'owner: acme', 'repositories: [acme/shop]'],
      'repositories: cannot stand beside owner: write one of the two, and include with owner',
    ],
    [['token: ${TOKEN}', 'owner: acme', 'app: { id: 1, privateKey: "${KEY}" }'], 'app: cannot stand beside token: write one of the two'],
    [['token: ${NONE}', 'owner: acme'], 'token: the environment variable NONE is not set; set NONE before starting Shiplog'],
    [
      ['owner: acme', 'app: { id: shop, privateKey: "${KEY}" }'],
      'app.id: must be the number of the app, or its client id such as Iv1.8a61f9b3a7aba766',
    ],
    [
      ['owner: acme', 'app: { id: 1, privateKey: "${TOKEN}" }'],
      'app.privateKey: must be a private key in PEM format, with BEGIN PRIVATE KEY',
    ],
    [
      ['owner: acme', 'app: { id: 1, privateKey: "${KEY}", installation: all }'],
      'app.installation: must be the number of the installation',
    ],
  ])('%j is refused', (own, ...expected) => {
    expect(faults(own)).toEqual(expected)
  })

  test.each([
    ['owner: acme corp', 'owner: must be the name of an organisation or of a person, such as acme'],
    ['owner: acme/shop', 'owner: must be the name of an organisation or of a person, such as acme'],
    ['ownr: acme', 'ownr: is not a known key; write owner'],
    ['repositories: [shop]', 'repositories[0]: must be an owner and a repository, such as acme/shop'],
    ['repositories: ["acme/*"]', 'repositories[0]: must be an owner and a repository, such as acme/shop'],
    ['include: ["a b"]', 'include[0]: must be the name of a repository, in which * stands for any text, such as shop-*'],
    ['exclude: ["[ab]"]', 'exclude[0]: must be the name of a repository, in which * stands for any text, such as shop-*'],
    ['archived: 1', 'archived: must be true or false; write true or false'],
    ['baseUrl: github.example.org', 'baseUrl: must be an address such as https://github.example.org/api/v3'],
    ['baseUrl: http://github.example.org/api/v3', 'baseUrl: must not be http, which sends the token unprotected; write https'],
    ['webhookSecret: ${BROKEN}', 'webhookSecret: must not contain control characters'],
    [
      'deployments: { environments: { prod: x, staging: y } }',
      'deployments.environments.prod: is not a known key; remove it; known here: production, staging, testing, development',
    ],
    ['deployments: { environments: {} }', 'deployments.environments: must map at least one tier, such as production: ^prod'],
    [
      'deployments: { environments: { production: "(?=x)" } }',
      'deployments.environments.production: is not a regular expression that can be used',
    ],
    [
      'deployments: { tags: "v(" }',
      'deployments.tags: is not a regular expression that can be used (missing closing ): `v(`); write RE2 syntax',
    ],
    ['deployments: { tags: "" }', 'deployments.tags: must not be empty; write a regular expression such as ^v\\d+\\.\\d+\\.\\d+$'],
    ['deployments: { workflow: deploy.yml, jobs: x }', 'deployments.jobs: is not a known key; write job'],
    ['deployments: { branch: refs/heads/main }', 'deployments.branch: must be the plain name of a branch, such as main'],
    ['deployments: { branch: --upload-pack=x }', 'deployments.branch: must be the plain name of a branch, such as main'],
    [
      'deployments: releases',
      "deployments: must be one of { environments: true }, { environments: { production: '^prod' } }, { releases: true }",
    ],
    [
      'deployments: { releases: true, environment: live }',
      'deployments.environment: is not one of the known values; write production or staging or testing or development',
    ],
    ['deployments: { releases: latest }', 'deployments.releases: is not one of the known values; write true or with pre-releases'],
    ['deployments: []', 'deployments: must not be empty; take the key out, or write a rule such as { releases: true }'],
    [
      'deployments: [{ tags: ^v }, { branch: true, environment: staging }]',
      'deployments: must not have more than one rule of tags or of a branch: keep the one that counts',
    ],
    ['incidents: true', 'incidents: is not one of the known values; write false'],
    ['incidents: { labels: [] }', 'incidents.labels: must not be empty; write incidents: false where no issue is an incident'],
    ['incidents: { severity: "(" }', 'incidents.severity: is not a regular expression that can be used'],
    ['overrides: [{ deployments: { releases: true } }]', 'overrides[0].repositories: is missing; write repositories: and a list'],
    ['overrides: [{ repositories: [shop], deployments: [] }]', 'overrides[0].deployments: must not be empty'],
    ['backfillMonths: 0', 'backfillMonths: too small'],
    ['reserve: 1', 'reserve: too big'],
  ])('%s is refused', (own, expected) => {
    const beside = /^(?:owner|repositories)/.test(own) ? [] : ['owner: acme']
    const found = faults(['token: ${TOKEN}', ...beside, own])
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(expected)
  })

  test('a secret that is written out, or is none, is not repeated', () => {
    const found = faults(['owner: acme', 'token: ghp_hunter2', 'webhookSecret: [hunter3]']).join('\n')
    expect(found).toContain('token: a secret must not be written in the file; write ${TOKEN} and set the environment variable TOKEN')
    expect(found).toContain('webhookSecret[0]: a secret must not be written in the file')
    expect(found).not.toMatch(/hunter/)
    expect(faults(['owner: acme', 'token: ${BROKEN}']).join()).not.toMatch(/two|lines/)
  })
})

describe('services of a GitHub source', () => {
  const own = ['token: ${TOKEN}', 'owner: acme']
  const git = ['  - id: site', '    type: git', '    path: .']
  const services = (...entries: string[]) => ['services:', ...entries.map((entry) => `  - ${entry}`)]

  test('are one for each repository where nothing is said', () => {
    expect(read(own).services).toEqual([])
  })

  test('take the repositories that they list', () => {
    const listed = services(
      '{ id: shop, source: hub, repository: acme/shop }',
      '{ id: pay, sources: [hub], repositories: [acme/pay, acme/psp] }',
    )
    expect(read(own, listed).services).toEqual([
      { id: 'shop', sources: ['hub'], repositories: ['acme/shop'], teams: [], was: [] },
      { id: 'pay', sources: ['hub'], repositories: ['acme/pay', 'acme/psp'], teams: [], was: [] },
    ])
  })

  test('one may have the whole source', () => {
    expect(read(own, services('{ id: shop, source: hub }')).services).toEqual([{ id: 'shop', sources: ['hub'], teams: [], was: [] }])
  })

  test.each<[string, string[], string]>([
    [
      'a repository of two services',
      services('{ id: shop, source: hub, repository: acme/shop }', '{ id: pay, source: hub, repositories: [acme/pay, acme/shop] }'),
      'services[1].repositories[1]: shop has the repository acme/shop too; list it once',
    ],
    [
      'a repository that is listed twice',
      services('{ id: shop, source: hub, repositories: [acme/shop, acme/shop] }'),
      'services[0].repositories[1]: shop has the repository acme/shop too; list it once',
    ],
    [
      'a source that two services have whole',
      services('{ id: shop, source: hub }', '{ id: pay, source: hub }'),
      'services[1].source: shop has the source hub too; list under repositories which of them are this service',
    ],
    [
      'both keys',
      services('{ id: shop, source: hub, repository: acme/shop, repositories: [acme/pay] }'),
      'services[0].repository: stands beside repositories; write one of them',
    ],
    [
      'repositories of a source that has one',
      [...git, ...services('{ id: shop, source: site, repository: acme/shop }')],
      'services[0].repository: serves only sources of several repositories; take it out, or write under source one that has several repositories, such as one of type github',
    ],
    [
      'repositories of no source',
      services('{ id: shop, repositories: [acme/shop] }'),
      'services[0].repositories: serves only sources of several repositories; take it out',
    ],
    ['no repositories', services('{ id: shop, source: hub, repositories: [] }'), 'services[0].repositories: too small'],
  ])('%s is refused', (_, rest, expected) => {
    const found = faults(own, rest)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(expected)
  })
})
