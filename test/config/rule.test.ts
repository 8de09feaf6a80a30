import { describe, expect, it } from 'vitest'
import { ruleText, withRule } from '../../server/config/rule.ts'
import type { SourceConfig } from '../../server/config.ts'

const shop: SourceConfig = {
  id: 'shop',
  type: 'git',
  options: { path: '/srv/shop', deployments: 'auto' },
  written: { path: '/srv/shop' },
  schedule: '*/15 * * * *',
}

function refusal(text: string): { message: string; details: unknown } {
  try {
    withRule(shop, text)
  } catch (error) {
    return error as { message: string; details: unknown }
  }
  throw new Error('it was taken')
}

describe('another rule on a source', () => {
  it.each([
    ['JSON', '{ "tags": "^v\\\\d+$" }', { tags: '^v\\d+$' }],
    ['YAML', "{ tags: '^v\\d+$' }", { tags: '^v\\d+$' }],
    ['a block', 'tags: ^v\\d+$', { tags: '^v\\d+$' }],
    ['its key before it, as it is pasted', "deployments: { tags: '^v\\d+$' }", { tags: '^v\\d+$' }],
    ['a word', 'auto', 'auto'],
  ])('is read from %s', (_name, text, deployments) => {
    const tried = withRule(shop, text)
    expect(tried).toMatchObject({ id: 'shop', options: { path: '/srv/shop', deployments } })
    expect(shop.options).toEqual({ path: '/srv/shop', deployments: 'auto' })
  })

  it.each([
    ['a pattern that is none', '{ tags: "(" }', /^deployments\.tags: is not a regular expression that can be used .*; write RE2 syntax/],
    ['a misspelt key', '{ tag: "^v" }', /^deployments\.tag: is not a known key; write tags$/],
    ['another misspelt key', '{ branche: main }', /^deployments\.branche: is not a known key; write branch$/],
    ['a word that is none', 'everything', /^deployments: must be auto, \{ tags/],
    ['nothing', ' ', /^deployments: is empty; write a rule/],
    ['broken YAML', '{ tags: "^v"', /^deployments: .*; check the indentation/],
    [
      'endless aliases',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]`,
      /aliases/,
    ],
  ])('is refused with the field and the mend: %s', (_name, text, said) => {
    expect(refusal(text).message).toMatch(said)
  })

  it('says the line of a fault', () => {
    expect(refusal('\n\ntag: ^v').details).toMatchObject([{ path: 'deployments.tag', line: 3 }])
  })

  it('puts no environment variable in the place of its name', () => {
    expect(withRule(shop, "{ tags: '${HOME}' }").options).toMatchObject({ deployments: { tags: '${HOME}' } })
  })
})

describe('a rule as shiplog.yaml has it', () => {
  it.each([
    [{ options: { deployments: 'auto' } }, 'deployments: auto'],
    [{ options: { deployments: 'auto' }, written: { deployments: { tags: '^v\\d+$' } } }, "deployments: { tags: '^v\\d+$' }"],
    [{ options: { deployments: { branch: true } } }, 'deployments: { branch: true }'],
    [{ options: {} }, null],
    [{ options: { deployments: { tags: `^${'release-'.repeat(10)}$` } } }, `deployments:\n  tags: '^${'release-'.repeat(10)}$'`],
  ])('%j', (source, text) => {
    expect(ruleText({ ...shop, written: undefined, ...source })).toBe(text)
  })

  it('is what withRule takes', () => {
    const tried = withRule(shop, "{ tags: '^v: \\d+ #$' }")
    expect(withRule(shop, ruleText(tried) ?? '').options).toEqual(tried.options)
  })
})
