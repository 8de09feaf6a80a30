import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ServiceSplit, serviceParts, splitByService, type Weighed } from '../../../server/metrics/explain/split-by-service.ts'

const weighed = fc.uniqueArray(
  fc.record({
    service: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'),
    n: fc.integer({ min: 0, max: 5000 }),
    mean: fc.double({ min: 0, max: 20, noNaN: true }),
  }),
  { selector: ({ service }) => service },
)
const window = weighed.map((list): Weighed[] => list.map(({ service, n, mean }) => ({ service, n, sum: n * mean })))

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function near(value: number, wanted: number, scale: number): void {
  expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(1, scale))
}

describe('the split by service', () => {
  it('of two services, by hand', () => {
    // Before 30 of mean 2 and 10 of mean 6: 3. After 20 of mean 3 and 20 of mean 6: 4.5. Midpoint 3.75.
    const split = splitByService(
      [
        { service: 'fast', n: 30, sum: 60 },
        { service: 'slow', n: 10, sum: 60 },
      ],
      [
        { service: 'slow', n: 20, sum: 120 },
        { service: 'fast', n: 20, sum: 60 },
      ],
    )
    expect(split).toMatchObject({ before: 3, after: 4.5 })
    const [fast, slow] = (split as ServiceSplit).services
    // fast: share .75 to .5, mean 2 to 3. slow: share .25 to .5, mean 6 as before.
    expect(fast).toMatchObject({ service: 'fast', mix: -0.25 * (2.5 - 3.75), within: 0.625 * 1 })
    expect(slow).toMatchObject({ service: 'slow', mix: 0.25 * (6 - 3.75), within: 0 })
    expect([split?.mix, split?.within]).toEqual([0.875, 0.625])
  })

  it('takes a service of only one window as mix', () => {
    const old = { service: 'old', n: 10, sum: 20 }
    const split = splitByService([old], [old, { service: 'new', n: 10, sum: 60 }]) as ServiceSplit
    expect(split.services[0]).toEqual({
      service: 'new',
      before: null,
      after: { n: 10, share: 0.5, mean: 6 },
      mix: 0.5 * (6 - 3),
      within: 0,
    })
    expect(split).toMatchObject({ before: 2, after: 4, mix: 2, within: 0 })
    const back = splitByService([old, { service: 'new', n: 10, sum: 60 }], [old]) as ServiceSplit
    expect(back).toMatchObject({ mix: -2, within: 0 })
    expect(back.services[0]).toMatchObject({ service: 'new', after: null })
  })

  it('is none where a window holds nothing', () => {
    expect(splitByService([], [{ service: 'a', n: 1, sum: 1 }])).toBeNull()
    expect(splitByService([{ service: 'a', n: 0, sum: 0 }], [{ service: 'a', n: 1, sum: 1 }])).toBeNull()
  })

  it('adds up to the difference, whatever is named', () => {
    fc.assert(
      fc.property(window, window, fc.nat(4), fc.nat(4), (before, after, mix, within) => {
        const split = splitByService(before, after)
        fc.pre(split !== null)
        const [total, scale] = [split.after - split.before, Math.max(split.after, split.before)]
        near(split.mix + split.within, total, scale)
        near(sum(split.services.map((each) => each.mix + each.within)), total, scale)
        const parts = serviceParts(split, { mix, within })
        near(sum(parts.map(({ size }) => size)), total, scale)
        const kinds = (['mix', 'within'] as const).map((kind) => sum(parts.filter((part) => part.kind === kind).map(({ size }) => size)))
        near(kinds[0] as number, split.mix, scale)
        near(kinds[1] as number, split.within, scale)
      }),
    )
  })

  it('has no mix where the shares are equal, and nothing within where the means are', () => {
    fc.assert(
      fc.property(weighed, fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 10, maxLength: 10 }), (list, means) => {
        const before = list.map(({ service, n, mean }) => ({ service, n, sum: n * mean }))
        const otherMeans = list.map(({ service, n }, i) => ({ service, n: 3 * n, sum: 3 * n * (means[i] as number) }))
        const otherShares = list.map(({ service, n, mean }, i) => ({ service, n: n * (i + 1), sum: n * (i + 1) * mean }))
        const [within, mix] = [splitByService(before, otherMeans), splitByService(before, otherShares)]
        fc.pre(within !== null && mix !== null)
        near(within.mix, 0, 20)
        near(mix.within, 0, 20)
      }),
    )
  })

  it('is the same in any order, and turns its sign with the windows', () => {
    fc.assert(
      fc.property(window, window, (before, after) => {
        const split = splitByService(before, after)
        expect(splitByService([...before].reverse(), [...after].reverse())).toEqual(split)
        fc.pre(split !== null)
        const turned = splitByService(after, before) as ServiceSplit
        near(turned.mix, -split.mix, 20)
        near(turned.within, -split.within, 20)
      }),
    )
  })
})

describe('the parts that are named', () => {
  const side = (service: string, mean: number): Weighed => ({ service, n: 10, sum: 10 * mean })
  const split = splitByService(
    [side('a', 1), side('b', 1), side('c', 1), side('d', 1), side('e', 1)],
    [side('a', 1), side('b', 3), side('c', -3), side('d', 2), side('e', 1.5)],
  ) as ServiceSplit

  it('are the largest, whichever way; the rest is one line', () => {
    const parts = serviceParts(split, { mix: 3, within: 2 })
    expect(parts.map(({ kind, service, services }) => [kind, service, services])).toEqual([
      ['within', 'c', 1],
      ['within', 'b', 1],
      ['within', null, 2],
    ])
    expect(parts[2]?.size).toBeCloseTo(0.2 * 1 + 0.2 * 0.5, 12)
  })

  it('leave no rest of one', () => {
    expect(serviceParts(split, { mix: 3, within: 3 }).map(({ service }) => service)).toEqual(['c', 'b', 'd', 'e'])
  })
})
