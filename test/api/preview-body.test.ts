import { describe, expect, it } from 'vitest'
import { previewBody } from '../../server/api/preview-body.ts'

const left = (name: string, group: string, reason: string | null) => ({ name, group, at: null, counted: false, reason })
const taken = (name: string, group: string) => ({ name, group, at: Date.UTC(2026, 0, 5), counted: true, reason: null })

describe('a preview on the wire', () => {
  it('has totals by reason and by group, of all rows', () => {
    const staging = 'environment staging is not production'
    const rows = [taken('1', 'acme/web'), left('2', 'acme/web', staging), left('3', 'acme/api', staging), left('4', 'acme/api', null)]
    const body = previewBody({ rule: 'Each.', rows, hints: ['Look.'], truncated: 9 }, null)
    expect(body).toMatchObject({ rule: 'Each.', yaml: null, looked: 4, counted: 1, truncated: 9, hints: ['Look.'] })
    expect(body.reasons).toEqual([
      { reason: staging, rows: 2 },
      { reason: 'the rule does not take it', rows: 1 },
    ])
    expect(body.groups).toEqual([
      { group: 'acme/api', looked: 2, counted: 0 },
      { group: 'acme/web', looked: 2, counted: 1 },
    ])
    expect(body.rows[0]).toEqual({ name: '1', group: 'acme/web', at: '2026-01-05T00:00:00Z', counted: true, reason: null })
  })

  it('lists the first thousand rows and counts the others', () => {
    const rows = Array.from({ length: 1500 }, (_, n) => ({ name: String(n), at: null, counted: true, reason: null }))
    const body = previewBody({ rule: '', rows, hints: [] }, null)
    expect(body).toMatchObject({ looked: 1500, counted: 1500, truncated: 0, groups: [] })
    expect(body.rows).toHaveLength(1000)
  })
})
