import { describe, expect, it } from 'vitest'
import { backlogOf, type Delivery } from '../../../server/metrics/explain/backlog-releases.ts'
import { noSums, type ServiceSums } from '../../../server/metrics/explain/sums.ts'

const hour = 3600
const day = 24 * hour

/** So many changes of equal lead time and wait, in so many deployments. */
function sums(service: string, n: number, carrying: number, seconds: number, wait: number): ServiceSums {
  return { service, ...noSums(), n, carrying, logSum: n * Math.log1p(seconds), waitLogSum: n * Math.log1p(wait) }
}

function delivery(service: string, id: string, n: number, seconds: number, wait: number): Delivery {
  const deployment = { service, source: 'api', id, version: id, commit: null, url: null, finishedAt: 0 }
  return { service, deployment, n, logSum: n * Math.log1p(seconds), waitLogSum: n * Math.log1p(wait) }
}

function together(service: string, ...parts: ServiceSums[]): ServiceSums {
  const add = (key: 'n' | 'carrying' | 'logSum' | 'waitLogSum') => parts.reduce((sum, part) => sum + part[key], 0)
  return { service, ...noSums(), n: add('n'), carrying: add('carrying'), logSum: add('logSum'), waitLogSum: add('waitLogSum') }
}

/** 40 changes by twos with a wait of two hours before; after as many, and 12 at once that had waited for ten days. */
const before = [sums('shop', 40, 20, day, 2 * hour)]
const usual = sums('shop', 40, 20, day, 2 * hour)
const frozen = delivery('shop', 'v9', 12, 11 * day, 10 * day)
const after = [together('shop', usual, sums('shop', 12, 1, 11 * day, 10 * day))]

describe('a backlog release', () => {
  it('is a deployment of many changes that waited much longer than usual', () => {
    const backlog = backlogOf([frozen, delivery('shop', 'v8', 2, day, 2 * hour)], after, before)
    expect(backlog?.releases.map(({ deployment }) => deployment.id)).toEqual(['v9'])
    expect(backlog?.releases[0]?.wait).toBeCloseTo(10 * day, 3)
    expect(backlog?.releases[0]?.usualWait).toBeCloseTo(2 * hour, 6)
    expect(backlog?.releases[0]?.usualChanges).toBe(2)
    expect(backlog?.logMeanWithout).toBeCloseTo(Math.log1p(day), 12)
  })

  it.each([
    ['few changes', delivery('shop', 'v9', 4, 11 * day, 10 * day)],
    ['a wait that is usual', delivery('shop', 'v9', 12, 11 * day, 2 * hour)],
    ['a wait of less than a day more', delivery('shop', 'v9', 12, 11 * day, 23 * hour)],
  ])('is none of %s', (_, given) => {
    const [of] = after
    expect(backlogOf([given], [of as ServiceSums], before)).toBeNull()
  })

  it('is none of a service that always releases as many', () => {
    expect(backlogOf([frozen], after, [sums('shop', 40, 5, day, 2 * hour)])).toBeNull()
    expect(backlogOf([frozen], after, [sums('shop', 40, 20, day, 4 * day)])).toBeNull()
  })

  it('is none of a service that came to release so in its own window', () => {
    // Each of its deployments carries 12 changes that waited for ten days: the practice changed, nothing was frozen.
    expect(backlogOf([frozen], [sums('shop', 60, 5, 11 * day, 10 * day)], before)).toBeNull()
  })

  it('is none where nothing is known to be usual', () => {
    expect(backlogOf([frozen], after, [])).toBeNull()
    expect(backlogOf([frozen], after, [sums('shop', 4, 2, day, 2 * hour)])).toBeNull()
    expect(backlogOf([frozen], [sums('shop', 12, 1, 11 * day, 10 * day)], before)).toBeNull()
  })

  it('is none where it explains little of the difference', () => {
    const many = sums('other', 4000, 2000, 3 * day, 2 * hour)
    expect(backlogOf([frozen], [...after, many], [...before, sums('other', 4000, 2000, day, 2 * hour)])).toBeNull()
  })

  it('comes with the largest effect first, whatever the order', () => {
    const second = delivery('till', 't3', 6, 8 * day, 7 * day)
    const now = [...after, together('till', sums('till', 40, 20, day, 2 * hour), sums('till', 6, 1, 8 * day, 7 * day))]
    const past = [...before, sums('till', 40, 20, day, 2 * hour)]
    const found = backlogOf([second, frozen], now, past)
    expect(found?.releases.map(({ deployment }) => deployment.id)).toEqual(['v9', 't3'])
    expect(backlogOf([frozen, second], [...now].reverse(), [...past].reverse())).toEqual(found)
  })
})
