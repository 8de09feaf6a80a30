import { expect, test } from 'vitest'
import { isDue, readCursor, tagHash, writeCursor } from '../../../server/sources/docker/cursor.ts'

const hour = 3_600_000

test('a cursor is read as it was written', () => {
  const readings = new Map([['acme/shop', { since: 5, tags: new Set(['v1', 'v2', 'latest'].map(tagHash)) }]])
  expect(readCursor(writeCursor(readings, 'r'), 'r')).toEqual(readings)
  expect(readCursor(writeCursor(new Map([['a', { since: 1, tags: new Set<string>() }]]), 'r'), 'r')).toEqual(
    new Map([['a', { since: 1, tags: new Set() }]]),
  )
})

test('by other rules every tag is read again, and what was told before does not stand', () => {
  const text = writeCursor(new Map([['a', { since: 1, tags: new Set([tagHash('v1')]) }]]), 'r')
  expect(readCursor(text, 'other')).toEqual(new Map([['a', { since: 1, tags: new Set(), redo: true }]]))
  expect(readCursor(writeCursor(readCursor(text, 'other'), 'other'), 'other').get('a')?.redo).toBe(true)
})

test.each([null, '', 'no JSON', '{}', '{"version":2,"images":{}}'])('%j begins anew', (text) => {
  expect(readCursor(text, 'r')).toEqual(new Map())
})

test('tags are read again after a day, or where the clock went back', () => {
  expect([23, 24, -1].map((hours) => isDue({ since: 100 * hour, tags: new Set() }, (100 + hours) * hour))).toEqual([false, true, true])
})
