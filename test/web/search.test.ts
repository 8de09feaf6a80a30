import { describe, expect, it } from 'vitest'
import { carried, openTables, parseQuery, readSearch, withTable, writeQuery } from '../../web/search.ts'

describe('readSearch', () => {
  it.each([
    [
      {
        scope: 'team:payments',
        from: '2026-01-01',
        to: '2026-04-01',
        bucket: 'month',
        metric: 'batch_size',
        rows: 'waiting',
        week: '2026-W53',
      },
    ],
    [{ metric: 'change_fail_rate', reason: 'not_failed', sort: 'longest' }],
    [{ include: 'excluded', sort: 'oldest' }],
    [{ source: 'shop', panel: 'preview', rule: "{ tags: '^v' }" }],
    [{ scope: 'service:a/b c', q: 'check', cursor: 'x', trail: 'a b', revision: 3, source: 'shop', panel: 'runs', environment: 'eu-1' }],
  ])('keeps what is valid: %j', (search) => {
    expect(readSearch(search)).toEqual(search)
  })

  it.each([
    { scope: 'everything' },
    { scope: 'team:' },
    { from: '2026-01-01' },
    { from: '2026-02-30', to: '2026-03-01' },
    { from: '2026-04-01', to: '2026-01-01' },
    { bucket: 'year' },
    { metric: 'velocity' },
    { rows: 'all' },
    { include: 'all' },
    { reason: 'Not failed' },
    { sort: 'shortest' },
    { week: '2025-W53' },
    { revision: '0' },
    { panel: 'secrets' },
    { rule: '{ tags: x }' },
    { q: '' },
  ])('drops what is not: %j', (search) => {
    expect(readSearch(search)).toEqual({})
  })
})

describe('the query text', () => {
  it('comes back as it was written', () => {
    const search = { scope: 'service:a&b', from: '2026-01-01', to: '2026-02-01', trail: 'one two', revision: 2 }
    expect(readSearch(parseQuery(writeQuery(search)))).toEqual(search)
  })

  it('is empty without parameters, and leaves colons readable', () => {
    expect(writeQuery({ scope: undefined })).toBe('')
    expect(writeQuery({ scope: 'team:pay' })).toBe('?scope=team:pay')
  })

  it('carries the view, and nothing of one page', () => {
    expect(
      carried({ scope: 'team:a', from: '2026-01-01', to: '2026-02-01', bucket: 'day', q: 'x', cursor: 'y', metric: 'batch_size' }),
    ).toEqual({
      scope: 'team:a',
      from: '2026-01-01',
      to: '2026-02-01',
      bucket: 'day',
    })
  })

  it('opens and closes the table behind a chart', () => {
    const open = withTable(withTable({}, 'trend', true), 'lane', true)
    expect([...openTables(open)]).toEqual(['trend', 'lane'])
    expect(withTable(withTable(open, 'trend', false), 'lane', false).table).toBeUndefined()
  })
})
