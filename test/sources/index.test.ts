import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sources } from '../../server/sources/index.ts'

const read = (page: string) => readFileSync(new URL(`../../docs/sources/${page}`, import.meta.url), 'utf8')
/** The demo is no system of anybody's. */
const types = Object.keys(sources).filter((type) => type !== 'demo')

describe('the registry of sources', () => {
  test('names each source by its own id', () => {
    expect(Object.entries(sources).filter(([type, { id }]) => type !== id)).toEqual([])
  })

  test.each(types)('has a page on %s that tells how to connect it and what was proven', (type) => {
    const page = read(`${type}.md`)
    expect(page).toMatch(new RegExp(`type: ${type}\\b`))
    expect(page).toMatch(/^## What it cannot see$/m)
    expect(page).toMatch(/proven/i)
  })

  test('has every source in the index of the pages, in its order', () => {
    const listed = [...read('README.md').matchAll(/^\| \[[^\]]+\]\(([a-z]+)\.md\)/gm)].map(([, type]) => type)
    expect(listed).toEqual(types)
  })
})
