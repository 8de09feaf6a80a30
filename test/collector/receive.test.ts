import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { receiveDelivery } from '../../server/collector/receive.ts'
import { rows } from '../../server/store/database.ts'
import { failDeliveries, readDeliveries, saveDeliveries, takeDeliveries } from '../../server/store/inbox.ts'
import { storeKinds } from '../support/places.ts'
import { receivingSource, secret, signed, systemOf } from '../support/receiving.ts'
import { configOf, testStore } from '../support/stores.ts'

const now = Date.UTC(2026, 0, 5, 9)
const config = configOf({
  sources: [receivingSource('shop'), receivingSource('open', { webhookSecret: null }), { ...receivingSource('git'), type: 'git' }],
})

describe.each(storeKinds)('on %s', (kind) => {
  const store = testStore(kind)
  beforeEach(() => {
    systemOf('shop')
  })

  function receive(delivery: ReturnType<typeof signed>, source = 'shop', to = store()) {
    return receiveDelivery({ store: to, config, now: () => new Date(now) }, source, delivery)
  }

  function kept(source = 'shop') {
    return readDeliveries(store().db, { source, limit: 100 })
  }

  async function taken() {
    const [first] = await takeDeliveries(store().db, { source: 'shop', now, count: () => 10, bytes: 1000 })
    return first
  }

  test('a delivery is kept byte for byte, with the headers that say what it is', async () => {
    const delivery = signed('a', { changed: ['d1'] })
    const more = { host: 'example.org', authorization: `Bearer ${secret}`, 'x-hook-token': secret, 'x-event': 'deployed' }
    const { body, query } = delivery
    expect(await receive({ body, query, headers: { ...delivery.headers, ...more } })).toEqual({ outcome: 'kept', reply: null })
    const first = await taken()
    expect(Buffer.from(first?.body ?? []).equals(body)).toBe(true)
    expect(first).toMatchObject({ key: 'a', attempts: 0 })
    expect(first?.headers).toEqual({ 'content-type': 'application/json', 'x-delivery': 'a', 'x-event': 'deployed' })
    expect(await kept()).toMatchObject([{ key: 'a', state: 'pending', receivedAt: now, size: body.byteLength, error: null }])
  })

  test('bytes that are no text are kept as they are', async () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const arriving = { source: 'shop', key: 'bytes', receivedAt: now, headers: {}, body }
    await saveDeliveries(store().db, [arriving])
    expect(Buffer.from((await taken())?.body ?? []).equals(body)).toBe(true)
  })

  test('one that is known is not kept again', async () => {
    await receive(signed('a', { changed: ['d1'] }))
    expect(await receive(signed('a', { changed: ['d2'] }))).toEqual({ outcome: 'known', reply: null })
    expect(await kept()).toHaveLength(1)
    const together = await Promise.all([1, 2, 3].map(() => receive(signed('b', {}))))
    expect(together.map(({ outcome }) => outcome).sort()).toEqual(['kept', 'known', 'known'])
  })

  test('those that arrive together are each answered for themselves', async () => {
    await receive(signed('a', {}))
    const arrivals = [...Array(30).keys()].map((n) => receive(signed(n % 3 === 0 ? 'a' : `n${n}`, { changed: [`d${n}`] })))
    const ping = receive(signed('p', { ping: true }))
    const outcomes = (await Promise.all(arrivals)).map(({ outcome }) => outcome)
    expect(outcomes).toEqual([...Array(30).keys()].map((n) => (n % 3 === 0 ? 'known' : 'kept')))
    expect(await ping).toMatchObject({ outcome: 'ignored' })
    expect(await kept()).toHaveLength(21)
  })

  test('where one of them is refused by the database, the others are kept', async () => {
    const broken = { ...store(), transaction: failingOnce() }
    function failingOnce() {
      let left = 1
      return ((work) => (left-- > 0 ? Promise.reject(new Error('refused')) : store().transaction(work))) as ReturnType<
        typeof store
      >['transaction']
    }
    const outcomes = await Promise.all(['a', 'b'].map((key) => receive(signed(key, {}), 'shop', broken)))
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['kept', 'kept'])
  })

  test('one that failed and comes again is tried anew', async () => {
    await receive(signed('a', { changed: ['d1'] }))
    const n = (await taken())?.n ?? 0
    await failDeliveries(store().db, [{ n, nextAttemptAt: null, error: { message: 'No.', mend: null } }])
    expect(await kept()).toMatchObject([{ state: 'failed', attempts: 1, error: { message: 'No.' } }])
    expect(await receive(signed('a', { changed: ['d2'] }))).toMatchObject({ outcome: 'kept' })
    expect(await kept()).toMatchObject([{ state: 'pending', attempts: 0, error: null }])
    expect(Buffer.from((await taken())?.body ?? []).toString()).toContain('d2')
  })

  test('what is not signed as agreed is refused, and nothing is kept', async () => {
    await expect(receive(signed('a', {}, 'another'))).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(receive(signed('a', {}), 'open')).rejects.toMatchObject({ code: 'unauthorized' })
    expect([...(await kept()), ...(await kept('open'))]).toEqual([])
  })

  test('a ping is answered and not kept', async () => {
    expect(await receive(signed('a', { ping: true }))).toEqual({ outcome: 'ignored', reply: 'Tick deployments, too.' })
    expect(await kept()).toEqual([])
  })

  test.each(['nothing', 'git'])('%s takes nothing', async (source) => {
    await expect(receive(signed('a', {}), source)).rejects.toMatchObject({ code: 'not_found' })
  })

  test.each([
    ['too long for an index', 'x'.repeat(10_000)],
    ['no text', 'a\0b'],
  ])('a key that is %s is kept as its digest', async (_why, key) => {
    expect(await receive(signed(key, {}))).toMatchObject({ outcome: 'kept' })
    expect(await receive(signed(key, {}))).toMatchObject({ outcome: 'known' })
    expect((await kept())[0]?.key).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  test.each([
    ['50,000 deliveries', 50_000, 10],
    ['512 MB', 1, 512 * 1024 * 1024],
  ])('where %s wait, no more are kept of that source', async (_what, count, size) => {
    // As another process, which has counted nothing yet.
    const other = { ...store() }
    const receiveThere = (delivery: ReturnType<typeof signed>) => receive(delivery, 'shop', other)
    await rows(
      store().db,
      sql`insert into inbox (source, key, received_at, headers, body, size, next_attempt_at)
        select 'shop', 'k' || n, ${now}::bigint, '{}', '', ${size}::int, ${now}::bigint from generate_series(1, ${count}::int) n`,
    )
    await rows(
      store().db,
      sql`insert into inbox (source, key, received_at, headers, body, size) values ('shop', 'failed', ${now}::bigint, '{}', '', 1)`,
    )
    expect(await receiveThere(signed('more', {}))).toMatchObject({ outcome: 'full' })
    expect(await receiveThere(signed('k1', {}))).toMatchObject({ outcome: 'known' })
    expect(await receiveThere(signed('failed', {}))).toMatchObject({ outcome: 'full' })
    await rows(store().db, sql`update inbox set next_attempt_at = null where key = 'k1'`)
    expect(await receiveThere(signed('failed', {}))).toMatchObject({ outcome: 'kept' })
    await rows(store().db, sql`update inbox set next_attempt_at = null where key = 'failed'`)
    expect(await receiveThere(signed('more', {}))).toMatchObject({ outcome: 'kept' })
  })
})
