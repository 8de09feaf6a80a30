import { describe, expect, it } from 'vitest'
import type { WhyPart, WhySplit } from '../../../web/api.ts'
import { waterfallDomain, waterfallRows } from '../../../web/charts/waterfall.ts'

const part = (kind: WhyPart['kind'], size: number, service: string | null = null): WhyPart => ({
  kind,
  service,
  services: service === null ? 0 : 1,
  stage: kind === 'stage' ? 'review' : null,
  size,
  name: `${service}`,
  detail: kind,
})

describe('the rows of a waterfall', () => {
  it('lead from before to now, each where the one above ended', () => {
    const split: WhySplit = { unit: 'seconds', before: 100, after: 130, parts: [part('stage', 50), part('unobserved', -20)] }
    expect(waterfallRows(split).map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['before', 0, 100],
      ['stage', 100, 150],
      ['unobserved', 150, 130],
      ['after', 0, 130],
    ])
    expect(waterfallDomain(split, waterfallRows(split))).toEqual([0, 150])
  })

  it('tell the mix as one, and of logarithms no length from zero', () => {
    const parts = [part('mix', 0.3, 'a'), part('mix', -0.1, 'b'), part('within', 0.8, 'a')]
    const split: WhySplit = { unit: 'log_seconds', before: 10, after: 11, parts }
    const rows = waterfallRows(split)
    expect(rows.map(({ kind }) => kind)).toEqual(['before', 'mix', 'within', 'after'])
    expect(rows[1]).toMatchObject({ service: null, size: expect.closeTo(0.2, 12), detail: 'a: mix; b: mix' })
    expect([rows[0]?.from, rows[0]?.to, rows[3]?.from]).toEqual([10, 10, 11])
    const [low, high] = waterfallDomain(split, rows)
    expect(low).toBeLessThan(10)
    expect(high).toBeGreaterThan(11)
  })

  it('go below zero where a part leads there', () => {
    const split: WhySplit = { unit: 'ratio', before: 0.1, after: 0.2, parts: [part('within', -0.3, 'a'), part('within', 0.4, 'b')] }
    const [low] = waterfallDomain(split, waterfallRows(split))
    expect(low).toBeCloseTo(-0.2, 12)
  })
})
