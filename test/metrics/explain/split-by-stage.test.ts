import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stages } from '../../../server/linked.ts'
import { splitByStage } from '../../../server/metrics/explain/split-by-stage.ts'
import { noSums, type Sums } from '../../../server/metrics/explain/sums.ts'

const sums = fc
  .record({
    n: fc.integer({ min: 0, max: 1000 }),
    seconds: fc.double({ min: 0, max: 1e9, noNaN: true }),
    stages: fc.dictionary(
      fc.constantFrom(...stages),
      fc.record({ sum: fc.double({ min: 0, max: 1e9, noNaN: true }), n: fc.integer({ min: 1, max: 1000 }) }),
    ),
  })
  .map((given): Sums => ({ ...noSums(), ...given }))

describe('the split by stage', () => {
  it('tells each stage per change of the window, by hand', () => {
    const before = { ...noSums(), n: 4, seconds: 400, stages: { coding: { sum: 120, n: 2 }, deploy: { sum: 200, n: 4 } } }
    const after = {
      ...noSums(),
      n: 5,
      seconds: 1000,
      stages: { coding: { sum: 100, n: 5 }, review: { sum: 150, n: 3 }, deploy: { sum: 600, n: 5 } },
    }
    expect(splitByStage(before, after)).toEqual({
      before: 100,
      after: 200,
      parts: [
        { stage: 'coding', before: 30, after: 20, size: -10, observed: { before: 2, after: 5 } },
        { stage: 'review', before: 0, after: 30, size: 30, observed: { before: 0, after: 3 } },
        { stage: 'deploy', before: 50, after: 120, size: 70, observed: { before: 4, after: 5 } },
        { stage: null, before: 20, after: 30, size: 10, observed: null },
      ],
    })
  })

  it('adds up to the difference of the means', () => {
    fc.assert(
      fc.property(sums, sums, (before, after) => {
        const split = splitByStage(before, after)
        fc.pre(split !== null)
        const total = split.parts.reduce((sum, { size }) => sum + size, 0)
        const scale = Math.max(1, ...split.parts.flatMap((part) => [Math.abs(part.before), Math.abs(part.after)]))
        expect(Math.abs(total - (split.after - split.before))).toBeLessThanOrEqual(1e-9 * scale)
        for (const side of ['before', 'after'] as const) {
          const sum = split.parts.reduce((added, part) => added + part[side], 0)
          expect(Math.abs(sum - split[side])).toBeLessThanOrEqual(1e-9 * scale)
        }
      }),
    )
  })

  it('is none without a stage, or without a change', () => {
    const some = { ...noSums(), n: 1, seconds: 10, stages: { deploy: { sum: 1, n: 1 } } }
    expect(splitByStage({ ...noSums(), n: 1, seconds: 10 }, { ...noSums(), n: 1, seconds: 20 })).toBeNull()
    expect(splitByStage(noSums(), some)).toBeNull()
  })
})
