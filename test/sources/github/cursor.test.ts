import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyFeed, type RepositoryState, readCursor, writeCursor } from '../../../server/sources/github/cursor.ts'

const none = { v: 1, listing: [], listedFor: '', repositories: {} }

const state: RepositoryState = {
  id: 1,
  node: 'R_1',
  name: 'acme/shop',
  filed: 'acme/store',
  defaultBranch: 'main',
  gone: false,
  since: '2025-01-05T09:00:00Z',
  rules: '[]',
  incidentRule: '',
  pulls: { top: '2026-01-05T09:00:00Z', after: 'c2', done: false, oldest: '2025-12-01T00:00:00Z', changed: null, read: 50, total: 1200 },
  deployments: emptyFeed(),
  issues: emptyFeed(),
  releases: emptyFeed(),
  runs: { '["deploy.yml",null,null,"production"]': emptyFeed() },
  open: ['DE_1'],
  published: { 'v1.0.0': '2026-01-01T00:00:00Z' },
  newestDeployment: 'DE_1',
  newestRelease: '',
  pushed: null,
  head: null,
  stale: true,
  commits: null,
  files: false,
  wanted: ['a'.repeat(40)],
}

describe('the cursor', () => {
  test('is read as it was written', () => {
    const cursor = {
      ...none,
      v: 1 as const,
      listing: [{ url: '/orgs/acme/repos', etag: 'W/"1"', ids: [1], size: 1 }],
      repositories: { 1: state },
    }
    expect(readCursor(writeCursor(cursor))).toEqual(cursor)
  })

  test.each<[string, string | null]>([
    ['none', null],
    ['an empty text', ''],
    ['what is not JSON', '{'],
    ['another shape', '[]'],
    ['no object', 'null'],
    ['one of another version', JSON.stringify({ ...none, v: 2 })],
    ['one with a part missing', JSON.stringify({ ...none, repositories: { 1: { ...state, pulls: undefined } } })],
  ])('%s begins anew', (_, text) => {
    expect(readCursor(text)).toEqual(none)
  })

  test('of a version before keeps its place where a field has come since', () => {
    const { gone: _, ...before } = state
    const { changed: __, ...pulls } = state.pulls
    const text = JSON.stringify({ ...none, repositories: { 1: { ...before, pulls } } })
    expect(readCursor(text).repositories[1]).toEqual(state)
  })

  test('no text is too odd to be read', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify({ ...none, repositories: value })),
        ),
        (text) => {
          expect(readCursor(text).v).toBe(1)
        },
      ),
    )
  })
})
