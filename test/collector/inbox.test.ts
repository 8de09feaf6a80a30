import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Inbox, startInbox } from '../../server/collector/inbox.ts'
import { receiveDelivery } from '../../server/collector/receive.ts'
import { exportAll } from '../../server/collector/transfer.ts'
import { SourceError } from '../../server/errors.ts'
import { type DeliveryEntry, readDeliveries, readNextAttempt } from '../../server/store/inbox.ts'
import { openStore, type Store, type StoreLocation } from '../../server/store/open.ts'
import { moveCursor, noteSuccess, readCursor } from '../../server/store/sources.ts'
import { openPlaces, type Places, storeKinds } from '../support/places.ts'
import { deploymentOf, receivingSource, type Sent, type System, secret, signed, systemOf } from '../support/receiving.ts'
import { derivedOf } from './facts-fixture.ts'
import { type Collecting, collecting } from './scripted.ts'

const start = Date.UTC(2026, 0, 5, 9)
const second = 1000
const hour = 3_600_000
const patience = { timeout: 20_000, interval: 20 }

async function receive(setup: Collecting, sent: Record<string, Sent>, store = setup.store): Promise<void> {
  for (const [key, one] of Object.entries(sent)) {
    expect(await receiveDelivery({ ...setup.deps, store }, 'shop', signed(key, one))).toMatchObject({ outcome: 'kept' })
  }
}

async function statesOf(store: Store): Promise<Record<string, DeliveryEntry['state']>> {
  const entries = await readDeliveries(store.db, { source: 'shop', limit: 1000 })
  return Object.fromEntries(entries.map(({ key, state }) => [key, state]))
}

async function allDone(store: Store): Promise<void> {
  await vi.waitFor(async () => expect(new Set(Object.values(await statesOf(store)))).toEqual(new Set(['done'])), patience)
}

async function storedDeployments(store: Store): Promise<string[]> {
  let text = ''
  for await (const part of exportAll(store)) text += part
  return [...text.matchAll(/{"fact":{"kind":"deployment","source":"shop","id":"(\w+)"/g)].map(([, id]) => id as string)
}

describe.each(storeKinds)('on %s', (kind) => {
  let places: Places
  let place: StoreLocation
  let setup: Collecting
  let system: System
  let inbox: Inbox | null = null
  let time: number

  beforeAll(async () => {
    places = await openPlaces(kind)
  })
  afterAll(() => places.end())
  beforeEach(async () => {
    place = await places.next()
    setup = await collecting(start, place)
    setup.deps.config.sources = [receivingSource('shop')]
    system = systemOf('shop')
    time = start
  })
  afterEach(async () => {
    await inbox?.stop()
    inbox = null
    await setup.end()
  })

  async function entry(key: string): Promise<DeliveryEntry | undefined> {
    return (await readDeliveries(setup.store.db, { source: 'shop', limit: 1000 })).find((one) => one.key === key)
  }

  /** Moves the clock, and waits until what is due then was tried. */
  async function later(ms: number): Promise<void> {
    time += ms
    setup.setNow(time)
    inbox?.wake('shop')
    await vi.waitFor(async () => expect((await readNextAttempt(setup.store.db, 'shop')) ?? Infinity).toBeGreaterThan(time), patience)
  }

  test('takes the facts of deliveries, and asks once for each thing that changed', async () => {
    await noteSuccess(setup.store.db, 'shop', start)
    await moveCursor(setup.store.db, 'shop', 'here')
    await receive(setup, { a: { tells: [{ id: 'd1' }], changed: ['d2'] }, b: { changed: ['d3', 'd2'] }, c: { changed: ['d3'] } })
    inbox = startInbox(setup.deps)
    await allDone(setup.store)
    expect(system.asked).toEqual([['d2', 'd3']])
    expect(system.cursors).toEqual(['here'])
    expect(await readCursor(setup.store.db, 'shop')).toBe('here')
    expect(await storedDeployments(setup.store)).toEqual(['d1', 'd2', 'd3'])
    expect(await entry('a')).toMatchObject({ attempts: 0, doneAt: start, nextAttemptAt: null, error: null })
    await receive(setup, { d: { changed: ['d4'] } })
    inbox.wake('shop')
    await allDone(setup.store)
    expect(await storedDeployments(setup.store)).toEqual(['d1', 'd2', 'd3', 'd4'])
  })

  test('the order of arrival does not matter', async () => {
    const running = { status: 'running', finishedAt: undefined, startedAt: start - hour, updatedAt: start - hour } as const
    inbox = startInbox(setup.deps)
    await receive(setup, { late: { tells: [{ id: 'd1', updatedAt: start }] }, early: { tells: [{ id: 'd1', ...running }] } })
    inbox.wake('shop')
    await allDone(setup.store)
    const { deployments } = (await derivedOf(setup.store)) as { deployments: { body: string }[] }
    expect(deployments.map(({ body }) => JSON.parse(body).status)).toEqual(['succeeded'])
  })

  test('a delivery that could not be read is kept, and tried again later and later', async () => {
    const { answer } = system
    system.answer = () => {
      throw new SourceError('It does not answer.', 'Check its address.')
    }
    await receive(setup, { a: { tells: [{ id: 'd1' }], changed: ['d2'] } })
    inbox = startInbox(setup.deps)
    await later(0)
    expect(await entry('a')).toMatchObject({
      state: 'pending',
      attempts: 1,
      nextAttemptAt: start + 30 * second,
      error: { message: 'It does not answer.', mend: 'Check its address.' },
    })
    expect(await storedDeployments(setup.store)).toEqual(['d1'])
    await later(30 * second)
    expect(await entry('a')).toMatchObject({ attempts: 2, nextAttemptAt: start + 120 * second })
    system.answer = answer
    await later(90 * second)
    expect(await entry('a')).toMatchObject({ state: 'done', error: null })
    expect(await storedDeployments(setup.store)).toEqual(['d1', 'd2'])
  })

  test('after eight attempts it is given up, until somebody asks to try again', async () => {
    const { answer } = system
    system.answer = () => {
      throw new Error(`Something with ${secret} in it.`)
    }
    await receive(setup, { a: { changed: ['d1'] } })
    inbox = startInbox(setup.deps)
    await later(0)
    for (let attempt = 2; attempt <= 8; attempt++) await later(7 * hour)
    expect(await entry('a')).toMatchObject({ state: 'failed', attempts: 8, error: { message: 'Something unexpected went wrong.' } })
    expect(system.asked).toHaveLength(8)
    await later(24 * hour)
    expect(system.asked).toHaveLength(8)
    system.answer = answer
    expect(await inbox.retry('shop')).toBe(1)
    await allDone(setup.store)
    expect(await inbox.retry('shop')).toBe(0)
    expect(await storedDeployments(setup.store)).toEqual(['d1'])
  })

  test('one that is not understood is given up at once, with its reason, and stands in no one’s way', async () => {
    system.unknownEvents.add('moved')
    await receive(setup, { a: { changed: ['d1'] }, b: { event: 'moved', tells: [{ id: 'd2' }] }, c: { changed: ['d3'] } })
    inbox = startInbox(setup.deps)
    await later(0)
    expect(await statesOf(setup.store)).toEqual({ a: 'done', b: 'failed', c: 'done' })
    expect(await entry('b')).toMatchObject({ attempts: 1, error: { message: 'There is no event moved.', mend: null } })
    expect(await storedDeployments(setup.store)).toEqual(['d1', 'd3'])
    expect(setup.logged.filter(({ msg }) => msg === 'deliveries not understood')).toHaveLength(1)
    system.unknownEvents.clear()
    expect(await inbox.retry('shop')).toBe(1)
    await allDone(setup.store)
    expect(await storedDeployments(setup.store)).toEqual(['d1', 'd2', 'd3'])
  })

  test('one that always fails is left alone with its failure', async () => {
    const { answer } = system
    system.answer = (changed, ctx) => {
      if (changed.includes('poison')) throw new SourceError('That cannot be told.', 'Leave it.')
      return answer(changed, ctx)
    }
    await receive(setup, { a: { changed: ['d1'] }, b: { changed: ['poison'] }, c: { changed: ['d3'] } })
    inbox = startInbox(setup.deps)
    await later(0)
    await receive(setup, { d: { changed: ['d4'] } })
    await later(0)
    expect(await statesOf(setup.store)).toMatchObject({ a: 'pending', b: 'pending', c: 'pending', d: 'done' })
    for (let attempt = 2; attempt <= 4; attempt++) await later(7 * hour)
    expect(await statesOf(setup.store)).toEqual({ a: 'done', b: 'pending', c: 'done', d: 'done' })
    expect(await storedDeployments(setup.store)).toEqual(['d1', 'd3', 'd4'])
  })

  test('stopped and closed in the middle, it goes on where it was, and everything is there once', async () => {
    const { answer } = system
    let first: () => void = () => {}
    const saved = new Promise<void>((resolve) => {
      first = resolve
    })
    system.answer = async function* ([id], { signal }) {
      yield { facts: [deploymentOf('shop', { id: id ?? '' })] }
      first()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw new Error('aborted')
    }
    const sent = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`k${n}`, { changed: [`d${n}`] }]))
    await receive(setup, sent)
    inbox = startInbox(setup.deps)
    await saved
    await inbox.stop()
    await inbox.stop()
    expect(await storedDeployments(setup.store)).toEqual(['d0'])
    await setup.store.close()

    const store = await openStore(place)
    expect(new Set(Object.values(await statesOf(store)))).toEqual(new Set(['pending']))
    system.answer = answer
    inbox = startInbox({ ...setup.deps, store })
    await allDone(store)
    expect(await storedDeployments(store)).toEqual(
      Object.keys(sent)
        .map((key) => key.replace('k', 'd'))
        .sort(),
    )
    expect((await readDeliveries(store.db, { source: 'shop', limit: 1000 })).every(({ attempts }) => attempts === 0)).toBe(true)
    await inbox.stop()
    await store.close()
  })

  test('logs neither bodies nor secrets', async () => {
    system.answer = () => {
      throw new SourceError('It does not answer.', 'Check its address.')
    }
    await receive(setup, { a: { tells: [{ id: 'confidential' }], changed: ['d1'] } })
    inbox = startInbox(setup.deps)
    await later(0)
    const text = JSON.stringify(setup.logged)
    expect(text).toContain('deliveries failed')
    expect(text).not.toContain('confidential')
    expect(text).not.toContain(secret)
  })
})

describe('two processes on one PostgreSQL', () => {
  let places: Places
  beforeAll(async () => {
    places = await openPlaces('postgres')
  })
  afterAll(() => places.end())

  const sent = Array.from({ length: 60 }, (_, n): [string, Sent] => [
    `k${n}`,
    n % 3 === 0 ? { tells: [{ id: `t${n % 7}`, updatedAt: start + n }] } : { changed: [`d${n % 11}`] },
  ])

  async function processed(processes: number) {
    const place = await places.next()
    const setup = await collecting(start, place)
    setup.deps.config.sources = [receivingSource('shop')]
    const system = systemOf('shop')
    const { answer } = system
    let active = 0
    let most = 0
    system.answer = async function* (changed, ctx) {
      active += 1
      most = Math.max(most, active)
      yield* answer(changed, ctx)
      active -= 1
    }
    const others = await Promise.all(Array.from({ length: processes - 1 }, () => openStore(place)))
    const stores = [setup.store, ...others]
    const inboxes = stores.map((store) => startInbox({ ...setup.deps, store }))
    await Promise.all(
      stores.map(async (store, index) => {
        for (const [n, [key, one]] of sent.entries()) {
          if (n % processes !== index) continue
          await receive(setup, { [key]: one }, store)
          inboxes[index]?.wake('shop')
        }
      }),
    )
    await allDone(setup.store)
    const rows = await derivedOf(setup.store)
    expect(Object.keys(await statesOf(setup.store))).toHaveLength(sent.length)
    await Promise.all(inboxes.map((inbox) => inbox.stop()))
    await Promise.all(others.map((store) => store.close()))
    await setup.end()
    return { rows, most }
  }

  test('read each delivery, one of them at a time, into the rows that one alone would make', async () => {
    const together = await processed(2)
    expect(together.most).toBe(1)
    expect(together.rows).toEqual((await processed(1)).rows)
  })
})
