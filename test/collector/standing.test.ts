import { describe, expect, test } from 'vitest'
import { canonicalJson, follow, type Operation } from '../../server/collector/standing.ts'
import type { FactRow } from '../../server/store/facts.ts'

const key = { kind: 'deployment' as const, source: 'api', id: 'd1' }

function version(body: string, updatedAt: number | null = null, rank = 0): Operation {
  return { version: { serviceName: null, serviceId: 1, repositoryId: null, updatedAt, rank, body, sent: null } }
}
function withdrawal(updatedAt: number | null = null): Operation {
  return { withdrawal: { updatedAt } }
}

function standingAfter(authority: 'collector' | 'push', operations: Operation[]): string {
  let row: FactRow | null = null
  for (const operation of operations) row = follow(key, row, operation, authority)
  return row?.withdrawn ? 'withdrawn' : (row?.body ?? 'nothing')
}

describe('which version stands', () => {
  test.each<[string, Operation[], string]>([
    ['a greater time', [version('b', 1), version('a', 2)], 'a'],
    ['a greater time that came first', [version('a', 2), version('b', 1)], 'a'],
    ['any time before none', [version('a', 0), version('b')], 'a'],
    ['at the same time the later state', [version('z', 1, 0), version('a', 1, 2)], 'a'],
    ['in the same state the greater JSON', [version('b', 1, 1), version('a', 1, 1)], 'b'],
    ['a withdrawal without a time', [version('a'), withdrawal()], 'withdrawn'],
    ['the same version after its withdrawal', [version('a', 1), withdrawal(), version('a', 1)], 'withdrawn'],
    ['a newer version after a withdrawal', [version('a', 1), withdrawal(), version('a', 2)], 'a'],
    ['a version older than a withdrawal with a time', [withdrawal(5), version('a', 4)], 'withdrawn'],
    ['a version newer than a withdrawal with a time', [withdrawal(5), version('a', 6)], 'a'],
    ['a newer version that came before a withdrawal', [version('a', 6), withdrawal(5)], 'a'],
    ['the version that an early withdrawal meant', [withdrawal(), version('a', 3)], 'withdrawn'],
    ['a newer one than it meant', [withdrawal(), version('a', 3), version('b', 4)], 'b'],
  ])('%s', (_name, operations, expected) => {
    expect(standingAfter('push', operations)).toBe(expected)
  })

  test('a single writer reinstates what it withdrew', () => {
    expect(standingAfter('collector', [version('b', 2), withdrawal(), version('a', 1)])).toBe('a')
  })

  test('what changes nothing gives the same row', () => {
    const row = follow(key, null, version('a', 1), 'push')
    expect(follow(key, row, version('a', 1), 'push')).toBe(row)
    expect(follow(key, row, version('z', 0), 'push')).toBe(row)
    const withdrawn = follow(key, row, withdrawal(), 'push')
    expect(follow(key, withdrawn, withdrawal(), 'push')).toBe(withdrawn)
  })
})

test('canonical JSON does not depend on the order of keys, and keeps that of lists', () => {
  expect(canonicalJson({ b: [2, 1, { d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[2,1,{"d":1}]}')
})
