import { describe, expect, it } from 'vitest'
import { runsOf } from '../../../web/parts/sparkline.tsx'

describe('runsOf', () => {
  it('breaks the line where nothing was observed', () => {
    expect(runsOf([1, 2, null, 3, null, 4, 5], 100, 30).map((run) => run.length)).toEqual([2, 1, 2])
  })

  it('draws zero at the floor, and nothing at all without values', () => {
    expect(runsOf([0, 2], 100, 30)[0]?.[0]?.y).toBe(27)
    expect(runsOf([null, null], 100, 30)).toEqual([])
  })
})
