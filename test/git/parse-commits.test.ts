import { describe, expect, test } from 'vitest'
import { dateOf, instantOf, isClamped } from '../../server/git/commit-date.ts'
import { parseCommits } from '../../server/git/parse-commits.ts'
import { isPreRelease, tagMatcher } from '../../server/git/rule.ts'
import { clip } from '../../server/git/text.ts'

const sha = (digit: string) => digit.repeat(40)
const output = Buffer.from(
  [
    [sha('a'), '', '5', '6', 'Zoë', 'z@x', 'one\n\nlines\n'],
    [sha('b'), `${sha('a')} ${sha('c')}`, '', '-1', '', '', ''],
  ]
    .map((fields) => `${fields.join('\0')}\0\n`)
    .join(''),
)

async function parse(pieces: Buffer[]) {
  const records = []
  for await (const some of parseCommits(
    (async function* () {
      yield* pieces
    })(),
  )) {
    records.push(...some)
  }
  return records
}

describe('parseCommits', () => {
  test('gives the same commits wherever the output is cut', async () => {
    const expected = [
      { sha: sha('a'), parents: [], authored: 5, committed: 6, name: 'Zoë', mail: 'z@x', message: 'one\n\nlines\n' },
      { sha: sha('b'), parents: [sha('a'), sha('c')], authored: null, committed: -1, name: '', mail: '', message: '' },
    ]
    for (let cut = 0; cut <= output.length; cut++) {
      expect(await parse([output.subarray(0, cut), output.subarray(cut)])).toEqual(expected)
    }
    expect(await parse([...output].map((byte) => Buffer.from([byte])))).toEqual(expected)
  })

  test('an output that ends within a commit is a fault', async () => {
    await expect(parse([output.subarray(0, -10)])).rejects.toThrow('git ended in the middle of a commit')
  })
})

describe('dates', () => {
  test.each([
    ['committer A <a@x> 12 +0200', 12_000],
    ['committer A <a@x> -12 +0000', -12_000],
    ['committer A > B <a@x> 12 +0000', 12_000],
    ['committer A <a@x>', null],
    ['author A <a@x> 12 +0000', null],
    ['committer A <a@x> 999999999999999999999 +0000', Date.UTC(9998, 0, 1)],
  ])('%s', (header, at) => {
    expect(dateOf(header, 'committer')).toBe(at)
  })

  test('stay within what can be written', () => {
    expect(new Date(instantOf(-1e15)).toISOString()).toBe('0001-01-01T00:00:00.000Z')
    expect(isClamped(instantOf(-1e15))).toBe(true)
    expect(isClamped(instantOf(1))).toBe(false)
  })
})

describe('rules', () => {
  test.each(['v1.2.3-rc1', '1.2.3-beta.1', 'v1.2.3.RC1', 'v1.2.3rc1', 'v1.2.3.M1'])('%s is a pre-release', (name) => {
    expect(isPreRelease(name)).toBe(true)
  })

  test.each(['v1.2.3', '1.2.3.4', 'v1.2', 'nightly'])('%s is none', (name) => {
    expect(isPreRelease(name)).toBe(false)
  })

  test('a line that took no part in the match is none', () => {
    const match = tagMatcher('(?:(?P<line>\\d+)-)?v\\d+')
    expect([match('7-v1'), match('v1'), match('xv1')]).toEqual([{ line: '7' }, { line: null }, null])
  })

  test('a text is not cut within a character', () => {
    expect(clip('ab😀', 3)).toBe('ab')
    expect(clip('ab😀', 4)).toBe('ab😀')
  })
})
