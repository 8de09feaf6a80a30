import { beforeEach, describe, expect, test } from 'vitest'
import { ShiplogError } from '../../server/errors.ts'
import {
  failDeliveries,
  finishDeliveries,
  pruneDeliveries,
  readDeliveries,
  readInboxStates,
  saveDeliveries,
  takeDeliveries,
} from '../../server/store/inbox.ts'
import { storeKinds } from '../support/places.ts'
import { testStore } from '../support/stores.ts'

const now = Date.UTC(2026, 0, 5, 9)
const day = 24 * 3_600_000
const error = { message: 'No.', mend: null }

describe.each(storeKinds)('on %s', (kind) => {
  const store = testStore(kind)
  const numbers = new Map<string, number>()
  beforeEach(() => numbers.clear())

  async function save(key: string, receivedAt = now, body = Buffer.alloc(10)): Promise<void> {
    await saveDeliveries(store().db, [{ source: 'shop', key, receivedAt, headers: {}, body }])
    for (const entry of await readDeliveries(store().db, { source: 'shop', limit: 100 })) numbers.set(entry.key, entry.n)
  }

  function n(key: string): number {
    const found = numbers.get(key)
    if (found === undefined) throw new ShiplogError('internal', `no delivery ${key}`)
    return found
  }

  async function take(question: { count?: (attempts: number) => number; bytes?: number; at?: number } = {}): Promise<string[]> {
    const { count = () => 10, bytes = 1000, at = now } = question
    return (await takeDeliveries(store().db, { source: 'shop', now: at, count, bytes })).map(({ key }) => key)
  }

  test('takes the oldest that are due, so many and so much of them, and one at least', async () => {
    for (const key of ['a', 'b', 'c']) await save(key)
    await save('later', now + 1)
    expect(await take()).toEqual(['a', 'b', 'c'])
    expect(await take({ count: () => 2 })).toEqual(['a', 'b'])
    expect(await take({ bytes: 11 })).toEqual(['a', 'b'])
    expect(await take({ bytes: 1 })).toEqual(['a'])
    expect(await take({ at: now - 1 })).toEqual([])
  })

  test('takes those that failed after those that did not, and fewer of them', async () => {
    for (const key of ['a', 'b', 'c']) await save(key)
    await failDeliveries(
      store().db,
      ['a', 'b'].map((key) => ({ n: n(key), nextAttemptAt: now, error })),
    )
    const count = (attempts: number) => (attempts === 0 ? 10 : 1)
    expect(await take({ count })).toEqual(['c'])
    await finishDeliveries(store().db, [n('c')], now)
    expect(await take({ count })).toEqual(['a'])
  })

  test('tells what waits and what failed, also of a source that got nothing', async () => {
    for (const [index, key] of ['a', 'b', 'c', 'd'].entries()) await save(key, now + index)
    await finishDeliveries(store().db, [n('a')], now)
    await failDeliveries(store().db, [{ n: n('b'), nextAttemptAt: null, error }])
    expect(Object.fromEntries(await readInboxStates(store().db, ['shop', 'till']))).toEqual({
      shop: { pending: 2, failed: 1, lastReceivedAt: now + 3 },
      till: { pending: 0, failed: 0, lastReceivedAt: null },
    })
    for (const [state, keys] of Object.entries({ pending: ['d', 'c'], failed: ['b'], done: ['a'] })) {
      const found = await readDeliveries(store().db, { source: 'shop', state: state as 'done', limit: 10 })
      expect(found.map(({ key }) => key)).toEqual(keys)
    }
    expect((await readDeliveries(store().db, { source: 'shop', limit: 1 })).map(({ key }) => key)).toEqual(['d'])
  })

  test('forgets what is older than 30 days, and of what is done and failed all beyond the bounds', async () => {
    await save('old', now - 31 * day)
    for (const key of ['a', 'b', 'c', 'd', 'e']) await save(key)
    await finishDeliveries(store().db, [n('a'), n('c')], now)
    await failDeliveries(
      store().db,
      ['b', 'd'].map((key) => ({ n: n(key), nextAttemptAt: null, error })),
    )
    const keys = async () => (await readDeliveries(store().db, { source: 'shop', limit: 10 })).map(({ key }) => key)
    await pruneDeliveries(store().db, now)
    expect(await keys()).toEqual(['e', 'd', 'c', 'b', 'a'])
    await pruneDeliveries(store().db, now, { ms: 30 * day, deliveries: 10, bytes: 15 })
    expect(await keys()).toEqual(['e', 'd', 'c', 'a'])
    await pruneDeliveries(store().db, now, { ms: 30 * day, deliveries: 1, bytes: 15 })
    expect(await keys()).toEqual(['e', 'd', 'c'])
  })
})
