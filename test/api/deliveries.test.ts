import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failDeliveries, finishDeliveries, saveDeliveries } from '../../server/store/inbox.ts'
import { receivingSource } from '../support/receiving.ts'
import { now, openApi, type TestApi, testConfig } from './open-api.ts'

const config = testConfig({
  sources: [
    receivingSource('shop'),
    receivingSource('quiet'),
    { id: 'git', type: 'git', options: { path: '/nowhere' }, schedule: '0 * * * *' },
  ],
})
const at = now.getTime()
const retried: string[] = []

let api: TestApi
beforeAll(async () => {
  const inbox = {
    wake: () => {},
    retry: async (id: string) => retried.push(id),
    stop: async () => {},
  }
  api = await openApi({ config, inbox })
  const { db } = api.deps.store
  for (const [index, key] of ['a', 'b', 'c'].entries()) {
    const body = Buffer.from('{"confidential":true}')
    const arriving = { source: 'shop', key, receivedAt: at - 3000 + index * 1000, headers: { 'x-event': 'confidential' }, body }
    await saveDeliveries(db, [arriving])
  }
  const error = { message: 'There is no event moved.', mend: 'Untick it.' }
  await finishDeliveries(db, [1], at)
  await failDeliveries(db, [{ n: 2, nextAttemptAt: null, error }])
})
afterAll(() => api.close())

describe('GET /sources/{id}/deliveries', () => {
  it('tells what became of each, newest first, without what it held', async () => {
    const { status, body, text } = await api.get('sources/shop/deliveries')
    expect(status).toBe(200)
    const common = { bytes: 21, attempts: 0, nextAttemptAt: null, doneAt: null, error: null }
    expect(body.deliveries).toEqual([
      { ...common, id: '3', key: 'c', state: 'pending', receivedAt: '2026-04-01T11:59:59Z', nextAttemptAt: '2026-04-01T11:59:59Z' },
      {
        ...common,
        id: '2',
        key: 'b',
        state: 'failed',
        receivedAt: '2026-04-01T11:59:58Z',
        attempts: 1,
        error: { message: 'There is no event moved.', mend: 'Untick it.' },
      },
      { ...common, id: '1', key: 'a', state: 'done', receivedAt: '2026-04-01T11:59:57Z', doneAt: '2026-04-01T12:00:00Z' },
    ])
    expect(text).not.toContain('confidential')
  })

  it('takes a state and a limit', async () => {
    const keys = async (query: string) => {
      const { body } = await api.get(`sources/shop/deliveries?${query}`)
      return body.deliveries.map(({ key }: { key: string }) => key)
    }
    expect(await keys('state=failed')).toEqual(['b'])
    expect(await keys('limit=2')).toEqual(['c', 'b'])
    expect((await api.get('sources/shop/deliveries?state=lost')).status).toBe(400)
    expect((await api.get('sources/shop/deliveries?limit=501')).status).toBe(400)
  })

  it('is there for configured sources', async () => {
    expect((await api.get('sources/git/deliveries')).body).toEqual({ deliveries: [] })
    expect((await api.get('sources/nothing/deliveries')).status).toBe(404)
  })
})

describe('POST /sources/{id}/deliveries/retry', () => {
  it('tries failed deliveries again', async () => {
    const { status, body } = await api.send('POST', 'sources/shop/deliveries/retry')
    expect([status, body]).toEqual([202, { retried: 1 }])
    expect(retried).toEqual(['shop'])
    expect((await api.send('POST', 'sources/nothing/deliveries/retry')).status).toBe(404)
  })
})

describe('GET /sources', () => {
  it('tells of each source what waits, what failed, and when something came last', async () => {
    const { sources } = (await api.get('sources')).body
    expect(sources.map(({ id, inbox }: { id: string; inbox: unknown }) => [id, inbox])).toEqual([
      ['shop', { pending: 1, failed: 1, lastReceivedAt: '2026-04-01T11:59:59Z' }],
      ['quiet', { pending: 0, failed: 0, lastReceivedAt: null }],
      ['git', null],
    ])
  })

  it('shows no secret of what is agreed', async () => {
    const { text } = await api.get('sources')
    expect(text).not.toContain('never-to-be-seen')
  })
})
