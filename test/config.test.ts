import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Config, loadConfig, readSettings, readTerminal, serviceOf } from '../server/config.ts'
import { ShiplogError } from '../server/errors.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shiplog-config-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function load(text: string, env: NodeJS.ProcessEnv = {}): Config {
  const file = path.join(folder, 'shiplog.yaml')
  writeFileSync(file, text)
  return loadConfig({ file, env, cwd: folder })
}

function refusal(work: () => unknown): ShiplogError {
  try {
    work()
  } catch (error) {
    if (error instanceof ShiplogError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const shop = 'sources:\n  - { id: shop, type: git, path: ./shop }\n'

describe('a file without faults', () => {
  it('takes what it says, and the defaults for the rest', () => {
    const config = load('timeZone: Europe/Berlin\nsources:\n  - id: shop\n    type: git\n    path: ./shop\n')
    expect(config).toMatchObject({
      timeZone: 'Europe/Berlin',
      services: [],
      teams: [],
      demo: false,
      file: path.join(folder, 'shiplog.yaml'),
    })
    expect(config.definition.version).toBe('dora@1')
    expect(config.sources).toHaveLength(1)
    expect(config.sources[0]).toMatchObject({ id: 'shop', type: 'git', schedule: '*/15 * * * *' })
  })

  it('may be empty: facts then arrive over HTTP alone', () => {
    expect(load('')).toMatchObject({ timeZone: 'UTC', sources: [], services: [], teams: [] })
  })

  it('says where facts and metrics are written to', () => {
    const text = `${shop}exports:\n  - { id: es, type: elastic, url: "https://es:9200/", token: "\${ES_KEY}" }\n`
    expect(load(text, { ES_KEY: 'abc' }).exports).toMatchObject([
      {
        id: 'es',
        type: 'elastic',
        schedule: '*/15 * * * *',
        options: { url: 'https://es:9200', token: 'abc', index: 'shiplog', metrics: true },
      },
    ])
    expect(load(shop).exports).toBeUndefined()
  })

  it("starts a source's relative path at the folder of the file", () => {
    expect(load(shop).sources[0]?.options).toMatchObject({ path: path.join(folder, 'shop') })
    expect(load('sources: [{ id: shop, type: git, path: /srv/shop }]').sources[0]?.options).toMatchObject({ path: '/srv/shop' })
  })

  it('takes a secret from the environment', () => {
    const text = 'sources: [{ id: shop, type: git, url: https://git.example.org/shop.git, token: "${SHOP_TOKEN}" }]'
    expect(load(text, { SHOP_TOKEN: 'abc' }).sources[0]?.options).toMatchObject({ token: 'abc' })
  })

  it('names the version of a definition whose parameters differ', () => {
    const config = load('definition: { failureWindow: 12h, hotfix: [] }')
    expect(config.definition).toMatchObject({ failureWindow: 43_200, hotfix: [] })
    expect(config.definition.version).toMatch(/^dora@1\+[0-9a-f]{8}$/)
  })

  it('reads services, owners with dates and former ids', () => {
    const config = load(`${shop}services:
  - id: checkout
    source: shop
    was: [basket, cart]
    team: [{ team: web }, { team: payments, from: 2026-03-01 }]
  - { id: billing, team: payments }
`)
    expect(config.services).toEqual([
      {
        id: 'checkout',
        sources: ['shop'],
        was: ['basket', 'cart'],
        teams: [
          { team: 'web', from: null },
          { team: 'payments', from: '2026-03-01' },
        ],
      },
      { id: 'billing', sources: [], was: [], teams: [{ team: 'payments', from: null }] },
    ])
    expect(config.teams).toEqual([
      { id: 'web', title: 'web' },
      { id: 'payments', title: 'payments' },
    ])
    expect(serviceOf(config, 'shop')).toBe('checkout')
  })

  it('reads whose word on deployments holds', () => {
    const { services } = load(`${shop}services: [{ id: a, authority: shop }, { id: b, authority: { production: shop, staging: api } }]`)
    expect(services.map(({ authority }) => authority)).toEqual(['shop', { production: 'shop', staging: 'api' }, undefined])
  })

  it('makes a service of a source that no service lists', () => {
    const config = load(
      'sources: [{ id: a, type: git, path: a }, { id: b, type: git, path: b }, { id: c, type: git, path: c }]\nservices: [{ id: shop, source: a }, { id: b }]',
    )
    expect(config.services.map(({ id, sources }) => [id, sources])).toEqual([
      ['shop', ['a']],
      ['b', ['b']],
      ['c', ['c']],
    ])
  })

  it('leaves the services open where none are configured', () => {
    const config = load(shop)
    expect(config.services).toEqual([])
    expect(serviceOf(config, 'shop')).toBe('shop')
  })

  it('takes the titles of teams', () => {
    expect(load('teams: [{ id: payments, title: Payments and billing }, { id: web }]').teams).toEqual([
      { id: 'payments', title: 'Payments and billing' },
      { id: 'web', title: 'web' },
    ])
  })

  it('takes teams within teams, in any order', () => {
    const text = 'teams: [{ id: cards, parent: payments }, { id: commerce }, { id: payments, title: Payments, parent: commerce }]'
    expect(load(text).teams).toEqual([
      { id: 'cards', title: 'cards', parent: 'payments' },
      { id: 'commerce', title: 'commerce' },
      { id: 'payments', title: 'Payments', parent: 'commerce' },
    ])
  })
})

const faults: [name: string, text: string, said: RegExp[]][] = [
  ['syntax', 'sources:\n  - id: "shop\n', [/shiplog\.yaml:\d: .*; check the indentation/]],
  ['a key twice', 'timeZone: UTC\ntimeZone: UTC\n', [/shiplog\.yaml:2: .*unique.*; check/]],
  ['a list instead of keys', '- 1\n', [/shiplog\.yaml:1: must be a block of keys; write/]],
  ['an unknown key', 'timezone: UTC\n', [/shiplog\.yaml:1: timezone: is not a known key; write timeZone$/]],
  [
    'an unknown key like none',
    'favourite: UTC\n',
    [/favourite: is not a known key; remove it; known here: timeZone, sources, services, exports, teams, definition/],
  ],
  [
    'an unknown key deep inside',
    `${shop}\nteams:\n  - id: web\n    tilte: Web\n`,
    [/shiplog\.yaml:6: teams\[0\]\.tilte: is not a known key; write title/],
  ],
  [
    'an unknown key of a source',
    'sources:\n  - id: shop\n    type: git\n    path: .\n    deploments: auto\n',
    [/shiplog\.yaml:5: sources\[0\]\.deploments: is not a known key; write deployments/],
  ],
  [
    'a source without an id',
    'sources:\n  - type: git\n    path: .\n',
    [/shiplog\.yaml:2: sources\[0\]\.id: is missing; write id: and text/],
  ],
  ['a wrong type', 'timeZone: 2\n', [/shiplog\.yaml:1: timeZone: must be text; write text, in quotes/]],
  [
    'a time zone that is none',
    'timeZone: Europe/Berln\n',
    [/timeZone: Europe\/Berln is not a time zone; write an IANA name such as Europe\/Berlin/],
  ],
  ['an offset for a time zone', 'timeZone: "+02:00"\n', [/timeZone: \+02:00 is not a time zone/]],
  [
    'a source of an unknown type',
    'sources: [{ id: shop, type: gti }]\n',
    [/sources\[0\]\.type: gti is not a known type of source; write git/],
  ],
  ['an id that is no name', 'sources: [{ id: ../up, type: git, path: . }]\n', [/sources\[0\]\.id: must be letters, digits/]],
  [
    'an id that facts over HTTP have',
    'sources: [{ id: api, type: git, path: . }]\n',
    [/sources\[0\]\.id: api is the name of facts that arrive over HTTP; choose another id/],
  ],
  [
    'two sources of one id',
    'sources:\n  - { id: a, type: git, path: a }\n  - { id: A, type: git, path: b }\n',
    [/shiplog\.yaml:3: sources\[1\]\.id: A is the id of sources\[0\] too; give/],
  ],
  [
    'a schedule that is no cron',
    'sources: [{ id: a, type: git, path: a, schedule: hourly }]\n',
    [/sources\[0\]\.schedule: is not a cron expression; write five fields such as \*\/15 \* \* \* \*/],
  ],
  ['neither path nor address', 'sources: [{ id: a, type: git }]\n', [/sources\[0\]\.path: is missing/]],
  [
    'an expression for tags that is none',
    'sources:\n  - id: a\n    type: git\n    path: a\n    deployments: { tags: "^v(" }\n',
    [/shiplog\.yaml:5: sources\[0\]\.deployments\.tags: is not a regular expression/],
  ],
  [
    'a misspelt key in a choice of shapes',
    'sources:\n  - id: a\n    type: git\n    path: a\n    deployments: { tag: "^v" }\n',
    [/shiplog\.yaml:5: sources\[0\]\.deployments\.tag: is not a known key; write tags/],
  ],
  [
    'globs that are none of paths in a repository',
    `${shop}services:\n  - id: checkout\n    source: shop\n    paths: ["apps/**", "/lib/**", "../x", "a{b", ""]\n`,
    [
      /shiplog\.yaml:6: services\[0\]\.paths\[1\]: must begin at the top folder of the repository, without a slash or dots before it/,
      /services\[0\]\.paths\[2\]: must begin at the top folder/,
      /services\[0\]\.paths\[3\]: has a bracket or brace that is not closed; write a glob such as/,
      /services\[0\]\.paths\[4\]: must not be empty; write a glob such as apps\/checkout/,
    ],
  ],
  [
    'exports that cannot be',
    `${shop}exports:\n  - { id: a, type: elastic, url: 'https://es', indx: x, schedule: daily }\n  - { id: A, type: splunk }\n`,
    [
      /shiplog\.yaml:4: exports\[0\]\.schedule: is not a cron expression/,
      /exports\[0\]\.indx: is not a known key; write index/,
      /exports\[1\]\.type: splunk is not a known type of export; write elastic/,
      /exports\[1\]\.id: A is the id of exports\[0\] too/,
    ],
  ],
  [
    'deployments of a service without paths',
    `${shop}services:\n  - { id: a, source: shop, deployments: { tags: "a-.*" } }\n`,
    [/services\[0\]\.deployments: serves only services with paths, which share a repository; write it under the source, or give/],
  ],
  [
    'deployments of a service by a rule that stands with the source',
    `${shop}services:\n  - { id: a, source: shop, paths: a, deployments: { tags: "(" } }\n  - { id: b, source: shop, paths: b, deployments: { branch: main } }\n`,
    [
      /services\[0\]\.deployments\.tags: must be a regular expression of RE2 syntax/,
      /services\[1\]\.deployments\.branch: is not a known key; remove it; known here: tags, environments/,
    ],
  ],
  [
    'paths in a source of several repositories',
    'sources: [{ id: hub, type: github, owner: acme, token: "x" }]\nservices: [{ id: a, source: hub, paths: apps/a }]\n',
    [/services\[0\]\.paths: does not say in which repository; write under repository which of the repositories of hub it is in/],
  ],
  [
    'a rule of a source for a service that is not there',
    'sources: [{ id: hub, type: github, owner: acme, token: "x", deployments: [{ workflow: a.yml, service: tlil }] }]\nservices: [{ id: till, source: hub, repository: acme/shop, paths: till }]\n',
    [/sources\[0\]\.deployments\[0\]\.service: there is no service tlil; write till, or add it under services/],
  ],
  [
    'two services on one source',
    `${shop}services:\n  - { id: a, source: shop }\n  - { id: b, source: shop }\n`,
    [/shiplog\.yaml:5: services\[1\]\.source: a has the source shop too; give b and a paths such as apps\/b/],
  ],
  [
    'a service without paths beside one that has them',
    `${shop}services:\n  - { id: a, source: shop, paths: [a] }\n  - { id: b, source: shop }\n`,
    [/shiplog\.yaml:5: services\[1\]\.source: a has the source shop too; give b paths such as apps\/b\/\*\*, or each service a repository/],
  ],
  [
    'a service of an unknown source',
    `${shop}services: [{ id: a, source: shpo }]\n`,
    [/services\[0\]\.source: there is no source shpo; write shop, or add it under sources/],
  ],
  [
    'source and sources',
    `${shop}services: [{ id: a, source: shop, sources: [shop] }]\n`,
    [/services\[0\]\.source: stands beside sources; write one of them/],
  ],
  [
    'an authority that is no source, by name and by environment',
    `${shop}services:\n  - { id: a, authority: shpo }\n  - id: b\n    authority:\n      production: shop\n      staging: argo\n  - { id: c, authority: {} }\n`,
    [
      /shiplog\.yaml:4: services\[0\]\.authority: there is no source shpo; write shop, or add it under sources/,
      /shiplog\.yaml:8: services\[1\]\.authority\.staging: there is no source argo; add it under sources/,
      /services\[2\]\.authority: names no source; write a source, or one for each environment/,
    ],
  ],
  [
    'two authorities of one environment',
    `${shop}services:\n  - id: a\n    authority:\n      production: shop\n      production: api\n`,
    [/shiplog\.yaml:7: .*unique/],
  ],
  [
    'an authority that is a list',
    `${shop}services:\n  - { id: a, authority: [shop] }\n`,
    [/services\[0\]\.authority: must be the id of a source, or one for each environment or tier such as \{ production: argo/],
  ],
  ['two services of one id', 'services: [{ id: a }, { id: a }]\n', [/services\[1\]\.id: a is the id of services\[0\] too/]],
  [
    'a former id that a service has',
    'services: [{ id: a }, { id: b, was: a }]\n',
    [/services\[1\]\.was: a is or was the id of a; list an id/],
  ],
  [
    'a parent that is not listed',
    'teams:\n  - { id: commerce }\n  - id: payments\n    parent: comerce\n',
    [/shiplog\.yaml:4: teams\[1\]\.parent: there is no team comerce; write commerce, or add it under teams/],
  ],
  [
    'a parent that is only named',
    'teams: [{ id: payments, parent: commerce }]\nservices: [{ id: a, team: payments }]\n',
    [/teams\[0\]\.parent: there is no team commerce; add it under teams$/],
  ],
  [
    'a team within itself',
    'teams: [{ id: payments, parent: payments }]\n',
    [/has one fault:\n.*teams\[0\]\.parent: payments is the team itself; write the team that it is part of, or take parent out/],
  ],
  [
    'teams in a circle, once, and not those that lead into it',
    'teams:\n  - { id: x, parent: a }\n  - { id: a, parent: b }\n  - { id: b, parent: c }\n  - { id: c, parent: a }\n',
    [
      /has one fault:\n.*:3: teams\[1\]\.parent: the teams go round in a circle: a, part of b, part of c, part of a; take parent out of one/,
    ],
  ],
  [
    'two circles',
    'teams: [{ id: a, parent: b }, { id: b, parent: a }, { id: c, parent: d }, { id: d, parent: c }]\n',
    [/has 2 faults:/, /teams\[0\]\.parent: .*: a, part of b, part of a;/, /teams\[2\]\.parent: .*: c, part of d, part of c;/],
  ],
  ['two teams of one id', 'teams: [{ id: a }, { id: a }]\n', [/teams\[1\]\.id: a is listed before; give each team/]],
  [
    'a team that is not listed',
    'teams: [{ id: payments }]\nservices: [{ id: a, team: paymets }]\n',
    [/services\[0\]\.team: there is no team paymets; write payments, or add it under teams/],
  ],
  [
    'owners out of order',
    'services: [{ id: a, team: [{ team: x, from: 2026-02-01 }, { team: y, from: 2026-01-01 }] }]\n',
    [/services\[0\]\.team\[1\]\.from: is not later than/],
  ],
  [
    'a later owner without a day',
    'services: [{ id: a, team: [{ team: x }, { team: y }] }]\n',
    [/services\[0\]\.team\[1\]: says not when this team took over; write from: and a day/],
  ],
  [
    'a day that is none',
    'services: [{ id: a, team: [{ team: x, from: 2026-02-30 }] }]\n',
    [/services\[0\]\.team\[0\]\.from: must be a day such as 2026-01-31/],
  ],
  ['an unknown parameter', 'definition: { failureWindw: 24h }\n', [/definition\.failureWindw: is not a known key; write failureWindow/]],
  [
    'a parameter that cannot be',
    'definition: { failureWindow: soon }\n',
    [/definition\.failureWindow: must be a number of seconds or text such as 90m, 24h or 14d/],
  ],
  [
    'an expression for reverts that is none',
    'definition: { reverts: [{ field: title, pattern: "(?<=x)a" }] }\n',
    [/definition\.reverts\[0\]\.pattern: is not a regular expression that can be used; write .*RE2/],
  ],
  [
    'a variable that is not set',
    'sources: [{ id: a, type: git, url: https://git.example.org/a.git, token: "${A_TOKEN}" }]\n',
    [/sources\[0\]\.token: the environment variable A_TOKEN is not set; set A_TOKEN before starting/],
  ],
]

describe('a file with faults', () => {
  it.each(faults)('tells of %s: its line, its place and what to write', (_name, text, said) => {
    const error = refusal(() => load(text))
    expect(error.code).toBe('invalid')
    for (const pattern of said) expect(error.message).toMatch(new RegExp(pattern.source, `${pattern.flags}m`))
  })

  it('lists every fault at once, by line', () => {
    const error = refusal(() =>
      load(
        'timeZone: Mars\nsources:\n  - { id: a, type: git, path: a, schedule: often }\n  - { id: a, type: svn }\nservices:\n  - { id: s, source: b, paths: [/x] }\n',
      ),
    )
    const lines = error.message.split('\n')
    expect(lines[0]).toMatch(/shiplog\.yaml has 6 faults:$/)
    expect(lines.slice(1).map((line) => /:(\d+): /.exec(line)?.[1])).toEqual(['1', '3', '4', '4', '6', '6'])
  })

  it('tells of faults inside the parts that can be read, beside one that spoils the outline', () => {
    const error = refusal(() =>
      load('timezone: UTC\nsources: [{ id: a, type: git, path: a, schedule: often }]\ndefinition: { hotfx: [] }\n'),
    )
    expect(error.message).toMatch(/3 faults/)
    expect(error.message).toMatch(/write timeZone[\s\S]*schedule: is not a cron[\s\S]*write hotfix/)
  })

  it('tells of references and ids beside a fault that spoils the outline', () => {
    const text = `timezone: UTC
sources:
  - { id: a, type: git, path: a }
  - { id: a, type: git, path: b }
services:
  - { id: s, source: nope, paths: [/x], titel: S }
  - { id: s, source: a, team: ghosts }
teams: [{ id: web }]
`
    const lines = refusal(() => load(text))
      .message.split('\n')
      .slice(1)
    expect(lines.map((line) => line.replace(/^.*?:(\d+): (.*?):.*$/, '$1 $2'))).toEqual([
      '1 timezone',
      '4 sources[1].id',
      '6 services[0].paths[0]',
      '6 services[0].titel',
      '6 services[0].source',
      '7 services[1].id',
      '7 services[1].team',
    ])
  })

  it('says of what cannot be read nothing but that', () => {
    const error = refusal(() => load('sources:\n  - { idd: a, type: git, path: a }\nservices: [{ id: s, source: a }]\n'))
    expect(error.message).toMatch(/has one fault:/)
  })

  it('says of a secret only that it must not be written', () => {
    const error = refusal(() => load('sources: [{ id: a, type: git, url: https://h/a.git, token: plainsecret }]\n'))
    expect(error.message).toMatch(/has one fault:\n.*token: a secret must not be written/)
  })

  it.each([['ghp_0123456789'], ['github_pat_0123'], ['gho_0123'], ['ghs_0123'], ['glpat-0123'], ['0123456789abcdef0123456789abcdef']])(
    'refuses the token %s as the user name of an address, without repeating it',
    (user) => {
      const error = refusal(() => load(`sources: [{ id: a, type: git, url: 'https://${user}@host/a.git' }]\n`))
      expect(error.message).toMatch(/has one fault:\n.*url: the address holds a token as its user name; take it out/)
      expect(error.message).not.toContain(user)
    },
  )

  it('takes a user name in an address', () => {
    expect(load("sources: [{ id: a, type: git, url: 'ssh://git@host/a.git' }]\n").sources).toHaveLength(1)
  })

  it('does not say of a misspelt key that the right one is missing as well', () => {
    const error = refusal(() => load('sources:\n  - { idd: a, type: git, path: a }\n'))
    expect(error.message).toMatch(/has one fault:\n.*sources\[0\]\.idd: is not a known key; write id$/)
  })

  it.each([
    ['a token', 'token: ghp_sesame'],
    ['a numeric token', 'token: 5012345'],
    ['a secret of another name', 'webhookSecret: sesame5012345'],
    ['a password in an address', 'url: https://me:sesame5012345@git.example.org/a.git'],
  ])('refuses %s that is written out, and does not repeat it', (_name, line) => {
    const error = refusal(() => load(`sources:\n  - id: a\n    type: git\n    ${line}\n`))
    expect(error.message).toMatch(/shiplog\.yaml:4: sources\[0\]\.\w+: .*; (?:write \$\{[A-Z_]+\}|take them out)/)
    expect(`${error.message} ${JSON.stringify(error.details)}`).not.toMatch(/sesame|5012345/)
  })

  it('is told when the file is not there', () => {
    expect(refusal(() => loadConfig({ file: 'none.yaml', env: {}, cwd: folder })).message).toMatch(
      /none\.yaml does not exist\. Check the path given by --config/,
    )
  })
})

describe('without a file named', () => {
  it('is the demo', () => {
    const config = loadConfig({ env: {}, cwd: mkdtempSync(path.join(folder, 'empty-')) })
    expect(config.demo).toBe(true)
    expect(config.sources.map((source) => source.type)).toEqual(['demo'])
  })

  it('finds shiplog.yaml where the person stands, and the one that SHIPLOG_CONFIG names', () => {
    load('timeZone: Asia/Tokyo')
    expect(loadConfig({ env: {}, cwd: folder }).timeZone).toBe('Asia/Tokyo')
    expect(loadConfig({ env: { SHIPLOG_CONFIG: path.join(folder, 'shiplog.yaml') }, cwd: tmpdir() }).timeZone).toBe('Asia/Tokyo')
  })

  it.each([
    ['shop', 'shop', { path: '/srv/code/shop' }],
    ['/srv/mirror/shop.git', 'shop', { path: '/srv/mirror/shop.git' }],
    ['/srv/code/shop/.git', 'shop', { path: '/srv/code/shop/.git' }],
    ['.', 'code', { path: '/srv/code' }],
    ['https://git.example.org/acme/web-shop.git', 'web-shop', { url: 'https://git.example.org/acme/web-shop.git' }],
    ['git@git.example.org:acme/shop.git', 'shop', { url: 'git@git.example.org:acme/shop.git' }],
    ['file:///srv/shop', 'shop', { url: 'file:///srv/shop' }],
  ])('makes one source of --git %s', (git, id, options) => {
    const config = loadConfig({ git, env: {}, cwd: '/srv/code' })
    expect(config).toMatchObject({ demo: false, services: [], sources: [{ id, type: 'git', options }] })
  })

  it('takes GIT_TOKEN for an https address of --git only', () => {
    const env = { GIT_TOKEN: 'abc' }
    expect(loadConfig({ git: 'https://git.example.org/shop.git', env, cwd: '/' }).sources[0]?.options).toMatchObject({ token: 'abc' })
    expect(loadConfig({ git: '/srv/shop', env, cwd: '/' }).sources[0]?.options).not.toHaveProperty('token')
  })

  it.each(['me:sesame', 'ghp_sesame'])('refuses %s in the address of --git without repeating it', (user) => {
    const error = refusal(() => loadConfig({ git: `https://${user}@git.example.org/shop.git`, env: {}, cwd: '/' }))
    expect(error.message).toMatch(/set the environment variable GIT_TOKEN/)
    expect(error.message).not.toMatch(/sesame/)
  })

  it('refuses --git beside --config', () => {
    expect(refusal(() => loadConfig({ git: '.', file: 'shiplog.yaml', env: {} })).message).toMatch(/Give one of them/)
  })
})

describe('settings', () => {
  const config = () => load('')
  const demo = () => loadConfig({ env: {}, cwd: mkdtempSync(path.join(folder, 'empty-')) })

  it('has defaults that bind to this machine only', () => {
    expect(readSettings({ config: config(), env: {}, cwd: folder })).toMatchObject({
      databaseUrl: null,
      host: '127.0.0.1',
      port: 4400,
      token: null,
      logLevel: 'info',
    })
  })

  it('takes the environment, and flags before it', () => {
    const env = {
      DATABASE_URL: 'postgres://db/shiplog',
      HOST: '0.0.0.0',
      PORT: '80',
      SHIPLOG_TOKEN: 't',
      LOG_LEVEL: 'warn',
      SHIPLOG_DATA: 'kept',
    }
    const read = readSettings({ config: config(), env, cwd: folder })
    expect(read).toMatchObject({
      databaseUrl: 'postgres://db/shiplog',
      host: '0.0.0.0',
      port: 80,
      token: 't',
      logLevel: 'warn',
      dataDir: path.join(folder, 'kept'),
    })
    expect(readSettings({ config: config(), env, cwd: folder, port: '0', host: '::1', data: '/d' })).toMatchObject({
      port: 0,
      host: '::1',
      dataDir: '/d',
    })
  })

  it('gives the demo, each repository and each configuration a folder of its own', () => {
    const of = (git: string) => readSettings({ config: loadConfig({ git, env: {}, cwd: '/srv' }), git, env: {}, cwd: '/srv' }).dataDir
    const folders = [
      readSettings({ config: demo(), env: {} }).dataDir,
      readSettings({ config: config(), env: {} }).dataDir,
      of('shop'),
      of('/other/shop'),
    ]
    expect(new Set(folders).size).toBe(4)
    expect(folders[0]).toMatch(/data[/\\]demo$/)
    expect(folders[1]).toBe(path.join(folder, 'data', 'shiplog'))
    expect(folders[2]).toMatch(/data[/\\]git[/\\]shop-[0-9a-f]{8}$/)
    expect(of('/srv/shop')).toBe(of('shop'))
  })

  it('never lets the demo into a database', () => {
    const error = refusal(() => readSettings({ config: demo(), env: { DATABASE_URL: 'postgres://me:sesame@db/x' } }))
    expect(error.message).toMatch(/the demo never goes into a database of yours\. Give --config FILE or --git/)
    expect(error.message).not.toMatch(/sesame/)
  })

  it('lists every fault at once, without the secret in an address', () => {
    const error = refusal(() =>
      readSettings({ config: config(), env: { DATABASE_URL: 'mysql://me:sesame@db/x', PORT: '99999', LOG_LEVEL: 'loud' } }),
    )
    expect(error.message).toMatch(/DATABASE_URL is not[\s\S]*port 99999[\s\S]*LOG_LEVEL loud/)
    expect(error.message).not.toMatch(/sesame/)
  })

  it('knows who wants no colour', () => {
    expect(readTerminal({ NO_COLOR: '1' })).toEqual({ noColor: true, dumb: false })
    expect(readTerminal({ NO_COLOR: '', TERM: 'dumb' })).toEqual({ noColor: false, dumb: true })
  })
})
