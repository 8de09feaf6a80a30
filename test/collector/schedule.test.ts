import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunResult } from '../../server/collector/collect.ts'
import { type Schedule, startSchedule, type Timer } from '../../server/collector/schedule.ts'
import type { Context } from '../../server/sources/source.ts'
import type { Store } from '../../server/store/open.ts'
import { readRuns } from '../../server/store/runs.ts'
import { readLastSuccesses, setPaused } from '../../server/store/sources.ts'
import { openPlaces, type Places, storeKinds } from '../support/places.ts'
import { type Collecting, collecting } from './scripted.ts'

const hour = 3_600_000
const start = Date.UTC(2026, 0, 5, 9)

/** A cron whose ticks the test gives; it would fire each hour. */
function createTicks() {
  const timers = new Map<string, { fire: () => void; stopped: boolean; timeZone: string }>()
  return {
    startTimer(expression: string, timeZone: string, fire: () => void): Timer {
      const timer = { fire, stopped: false, timeZone }
      timers.set(expression, timer)
      return {
        next: (count) => (timer.stopped ? [] : Array.from({ length: count }, (_, n) => new Date(start + (n + 1) * hour))),
        stop() {
          timer.stopped = true
        },
      }
    },
    fire: (expression: string) => timers.get(expression)?.fire(),
    timers,
  }
}

/** A collection that goes on until the test opens it, and tells when it has begun. */
function createGate() {
  let begin = () => {}
  let open = () => {}
  const began = new Promise<void>((resolve) => {
    begin = resolve
  })
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    began,
    open,
    async *collect({ signal }: Context) {
      begin()
      await Promise.race([opened, new Promise((resolve) => signal.addEventListener('abort', resolve))])
      yield* []
    },
  }
}

describe.each(storeKinds)('on %s', (kind) => {
  let setup: Collecting
  let schedule: Schedule | null
  let store: Store

  let places: Places

  beforeAll(async () => {
    places = await openPlaces(kind)
  })

  afterAll(() => places.end())

  beforeEach(async () => {
    setup = await collecting(start, await places.next())
    store = setup.store
    schedule = null
  })

  afterEach(async () => {
    await schedule?.stop()
    await setup.end()
  })

  function begin(ticks = createTicks()) {
    schedule = startSchedule(setup.deps, ticks.startTimer)
    return { schedule, ticks }
  }

  async function outcome(run: Promise<RunResult> | 'busy' | undefined): Promise<string> {
    return run === 'busy' || run === undefined ? 'busy' : (await run).outcome
  }

  test('at the start it collects what was never collected, and what is older than an interval of its schedule', async () => {
    const fresh = createGate()
    const old = createGate()
    const never = createGate()
    await setup.succeeded('fresh', start - hour + 1)
    await setup.succeeded('old', start - hour)
    setup.script({ fresh: fresh.collect, old: old.collect, never: never.collect })
    const { schedule } = begin()
    await Promise.all([old.began, never.began])
    expect(schedule.runNow('old')).toBe('busy')
    const onDemand = schedule.runNow('fresh')
    for (const gate of [fresh, old, never]) gate.open()
    expect(await outcome(onDemand)).toBe('succeeded')
    await schedule.stop()
    expect([...(await readLastSuccesses(store.db)).keys()].sort()).toEqual(['fresh', 'never', 'old'])
    expect(await readRuns(store.db, { source: 'fresh', limit: 10 })).toHaveLength(1)
  })

  test('a tick collects; while that goes on, ticks and demands of the same source do nothing', async () => {
    const gate = createGate()
    await setup.succeeded('shop', start)
    setup.script({ shop: gate.collect })
    const { schedule, ticks } = begin()
    ticks.fire('shop')
    await gate.began
    ticks.fire('shop')
    expect(schedule.runNow('shop')).toBe('busy')
    gate.open()
    await schedule.stop()
    expect(await readRuns(store.db, { source: 'shop', limit: 10 })).toHaveLength(1)
  })

  test('a paused source is collected neither at the start nor by a tick nor on demand', async () => {
    setup.script({ async *shop() {} })
    await setPaused(store.db, 'shop', true)
    const { schedule, ticks } = begin()
    ticks.fire('shop')
    await schedule.stop()
    const next = begin().schedule
    expect(await outcome(next.runNow('shop'))).toBe('paused')
    expect(await readRuns(store.db, { limit: 1 })).toEqual([])
  })

  test('sources whose times coincide run two at a time, the others in order', async () => {
    const gates = new Map(['a', 'b', 'c', 'd'].map((id) => [id, createGate()]))
    const order: string[] = []
    for (const id of gates.keys()) await setup.succeeded(id, start)
    setup.script(
      Object.fromEntries(
        [...gates].map(([id, gate]) => [
          id,
          async function* (ctx: Context) {
            order.push(id)
            yield* gate.collect(ctx)
          },
        ]),
      ),
    )
    const { schedule } = begin()
    const runs = [...gates.keys()].map((id) => schedule.runNow(id))
    await Promise.all([gates.get('a')?.began, gates.get('b')?.began])
    expect([...order].sort()).toEqual(['a', 'b'])
    gates.get('b')?.open()
    await gates.get('c')?.began
    expect(order.slice(2)).toEqual(['c'])
    for (const gate of gates.values()) gate.open()
    expect(await Promise.all(runs.map(outcome))).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded'])
    expect(order.slice(2)).toEqual(['c', 'd'])
  })

  test('a source that fails stops no other and runs again at its next tick', async () => {
    await setup.succeeded('bad', start)
    await setup.succeeded('good', start)
    setup.script({
      async *bad() {
        yield* []
        throw new Error('no')
      },
      async *good() {},
    })
    const { schedule } = begin()
    const [bad, good] = [schedule.runNow('bad'), schedule.runNow('good')]
    expect([await outcome(bad), await outcome(good)]).toEqual(['failed', 'succeeded'])
    expect(await outcome(schedule.runNow('bad'))).toBe('failed')
  })

  test('stopping ends what runs as interrupted, never begins what waits, and stops the timers', async () => {
    const gates = new Map(['a', 'b', 'c'].map((id) => [id, createGate()]))
    for (const id of gates.keys()) await setup.succeeded(id, start)
    setup.script(Object.fromEntries([...gates].map(([id, gate]) => [id, gate.collect])))
    const { schedule, ticks } = begin()
    const runs = [...gates.keys()].map((id) => schedule.runNow(id))
    await gates.get('b')?.began
    await schedule.stop()
    expect(await Promise.all(runs.map(outcome))).toEqual(['interrupted', 'interrupted', 'interrupted'])
    expect((await readRuns(store.db, { limit: 10 })).map(({ source, outcome }) => `${source} ${outcome}`).sort()).toEqual([
      'a interrupted',
      'b interrupted',
    ])
    expect([...ticks.timers.values()].every(({ stopped }) => stopped)).toBe(true)
    ticks.fire('a')
    await schedule.stop()
    expect(await readRuns(store.db, { limit: 10 })).toHaveLength(2)
  })

  test('it tells the next run, and knows only configured sources', async () => {
    await setup.succeeded('shop', start)
    setup.script({ async *shop() {} })
    const { schedule, ticks } = begin()
    expect(schedule.nextRun('shop')).toEqual(new Date(start + hour))
    expect(schedule.nextRun('unknown')).toBeNull()
    expect(() => schedule.runNow('unknown')).toThrow('There is no source unknown')
    expect(ticks.timers.get('shop')?.timeZone).toBe('Europe/Berlin')
  })

  test('the cron of node-cron tells times of the configured time zone and leaves no handle', async () => {
    await setup.succeeded('shop', start)
    setup.script({ async *shop() {} }, '30 3 * * *')
    const timeouts = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timeouts()
    const own = startSchedule(setup.deps)
    expect(timeouts()).toBe(before + 1)
    const next = own.nextRun('shop')
    expect(next?.toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' })).toBe('03:30:00')
    await own.stop()
    expect(timeouts()).toBe(before)
  })
})
