import { describe, expect, it } from 'vitest'
import { globFault, pathMatcher } from '../server/path-globs.ts'

describe('globs of paths', () => {
  it.each<[globs: string[], taken: string[], left: string[]]>([
    [['apps/checkout/**'], ['apps/checkout/a.ts', 'apps/checkout/.env', 'apps/checkout/src/b/c.ts'], ['apps/checkout2/a.ts', 'apps/a.ts']],
    [['apps/checkout'], ['apps/checkout/a.ts', 'apps/checkout'], ['apps/checkout.md', 'lib/apps/checkout/a.ts']],
    [['apps/checkout/'], ['apps/checkout/a.ts'], ['apps/till/a.ts']],
    [['apps/{checkout,till}/**'], ['apps/checkout/a', 'apps/till/b'], ['apps/search/a']],
    [['**/*.sql'], ['a.sql', 'db/x/b.sql'], ['a.ts']],
    [['*.ts'], ['a.ts'], ['src/a.ts']],
    [['apps/**', '!apps/docs/**', '!**/*.md'], ['apps/a.ts'], ['apps/docs/a.ts', 'apps/README.md', 'a.ts']],
    [['!docs/**'], ['a.ts', 'apps/docs/a'], ['docs/a.md']],
    [['**'], ['a', 'a/b/c', '.github/workflows/x.yml'], []],
    [['apps/Checkout/**'], ['apps/Checkout/a'], ['apps/checkout/a']],
  ])('%j', (globs, taken, left) => {
    const isMeant = pathMatcher(globs)
    expect([...taken, ...left].filter(isMeant)).toEqual(taken)
  })

  it.each([
    ['apps/**', null],
    ['!apps/**', null],
    ['', /must not be empty/],
    ['!', /must not be empty/],
    ['/apps', /begin at the top folder/],
    ['./apps', /begin at the top folder/],
    ['apps/../lib', /begin at the top folder/],
    ['apps\\lib', /no backslashes/],
    ['apps/{a,b', /not closed/],
    ['!!apps', /more than one !/],
  ])('%s is refused: %s', (glob, fault) => {
    if (fault === null) expect(globFault(glob)).toBeNull()
    else expect(globFault(glob)).toMatch(fault)
  })
})
