import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { collectSource, type RunResult } from '../../server/collector/collect.ts'
import { exportAll } from '../../server/collector/transfer.ts'
import { SourceError } from '../../server/errors.ts'
import type { Fact } from '../../server/facts.ts'
import type { Batch, Context } from '../../server/sources/source.ts'
import { openStore } from '../../server/store/open.ts'
import { readRevision } from '../../server/store/revision.ts'
import { beginRun, readRuns } from '../../server/store/runs.ts'
import { readCursor, readSource, setPaused } from '../../server/store/sources.ts'
import { openPlaces, type Places, storeKinds } from '../support/places.ts'
import { type Collecting, collecting } from './scripted.ts'

const start = Date.UTC(2026, 0, 5, 9)
const minute = 60_000

describe.each(storeKinds)('on %s', (kind) => {
  let setup: Collecting

  let places: Places

  beforeAll(async () => {
    places = await openPlaces(kind)
  })

  afterAll(() => places.end())

  beforeEach(async () => {
    setup = await collecting(start, await places.next())
  })

  afterEach(() => setup.end())

  function collect(sourceId = 'shop', signal = new AbortController().signal): Promise<RunResult> {
    return collectSource(setup.deps, sourceId, signal)
  }

  function deployment(n: number): Fact {
    return {
      kind: 'deployment',
      source: 'shop',
      id: `d${n}`,
      service: 'shop',
      environment: 'production',
      status: 'succeeded',
      finishedAt: start - (1000 - n) * minute,
      reported: 'event',
    }
  }

  function batch(cursor: string, ...facts: Fact[]): Batch {
    return { cursor, facts }
  }

  async function storedDeployments(): Promise<string[]> {
    let text = ''
    for await (const part of exportAll(setup.store)) text += part
    return [...text.matchAll(/{"fact":{"kind":"deployment","source":"shop","id":"(\w+)"/g)].map(([, id]) => id as string)
  }

  test('a run saves its batches with their cursors and is logged with counts and notes', async () => {
    setup.script({
      async *shop(ctx) {
        ctx.note('Took tags that look like versions.')
        yield batch('one', deployment(1), deployment(2))
        setup.setNow(start + 90_000)
        yield batch('two', deployment(2), { kind: 'withdrawal', of: 'deployment', source: 'shop', id: 'd1' })
      },
    })
    const result = await collect()
    expect(result).toMatchObject({ source: 'shop', outcome: 'succeeded', startedAt: start, finishedAt: start + 90_000, error: null })
    expect(result.counts).toMatchObject({ deployments: 3, withdrawn: 1, commits: 0, accepted: 3, unchanged: 1 })
    expect(result.notes).toEqual(['Took tags that look like versions.'])
    const [run, ...older] = await readRuns(setup.store.db, { limit: 10 })
    expect(run).toEqual({ ...result, progress: null })
    expect(older).toEqual([])
    expect(await readCursor(setup.store.db, 'shop')).toBe('two')
    expect(await readSource(setup.store.db, 'shop')).toMatchObject({ lastSuccessAt: start + 90_000, lastError: null })
  })

  test('a run that finds nothing new is a success, and the data is as of then', async () => {
    setup.script({
      async *shop(_ctx, cursor) {
        if (cursor === null) yield batch('one', deployment(1))
      },
    })
    await collect()
    setup.setNow(start + minute)
    expect(await collect()).toMatchObject({ outcome: 'succeeded', counts: { accepted: 0 } })
    expect(await readSource(setup.store.db, 'shop')).toMatchObject({ lastSuccessAt: start + minute })
    expect((await readRevision(setup.store.db)).asOf).toBe(start + minute)
    expect(await storedDeployments()).toEqual(['d1'])
  })

  test('a source that fails tells why and what to do, and leaves alone what is stored', async () => {
    setup.script({
      async *shop(_ctx, cursor) {
        if (cursor === null) yield batch('one', deployment(1))
        if (cursor === 'one') {
          yield batch('two', deployment(2))
          throw new SourceError('The repository is gone.', 'Correct its path in shiplog.yaml.')
        }
      },
    })
    await collect()
    setup.setNow(start + minute)
    const error = { message: 'The repository is gone.', mend: 'Correct its path in shiplog.yaml.' }
    expect(await collect()).toMatchObject({ outcome: 'failed', error, counts: { deployments: 1 } })
    expect(await readSource(setup.store.db, 'shop')).toMatchObject({
      cursor: 'two',
      lastSuccessAt: start,
      lastError: { ...error, at: start + minute },
    })
    expect(await storedDeployments()).toEqual(['d1', 'd2'])
    setup.setNow(start + 2 * minute)
    expect(await collect()).toMatchObject({ outcome: 'succeeded' })
    expect(await readSource(setup.store.db, 'shop')).toMatchObject({ lastSuccessAt: start + 2 * minute, lastError: null })
  })

  test('the words of an unexpected error go to the log and to nobody else', async () => {
    setup.script({
      async *shop() {
        yield* []
        throw new Error('secret-42 in a stack')
      },
    })
    const result = await collect()
    expect(result.outcome).toBe('failed')
    expect(result.error?.mend).toContain('log')
    expect(JSON.stringify(await readRuns(setup.store.db, { limit: 10 }))).not.toContain('secret-42')
    expect(JSON.stringify(setup.logged)).toContain('secret-42')
  })

  test('a batch that cannot be saved fails the run and is not half there', async () => {
    setup.script({
      async *shop() {
        yield batch('one', deployment(1))
        yield {
          cursor: 'two',
          facts: (function* () {
            yield deployment(2)
            throw new SourceError('Object 12 is corrupt.', 'Run git fsck.')
          })(),
        }
      },
    })
    expect(await collect()).toMatchObject({ outcome: 'failed', error: { message: 'Object 12 is corrupt.', mend: 'Run git fsck.' } })
    expect(await storedDeployments()).toEqual(['d1'])
    expect(await readCursor(setup.store.db, 'shop')).toBe('one')
  })

  test('told to stop it ends after the batch at hand as interrupted, and the next run goes on from there', async () => {
    const stop = new AbortController()
    const seen: (string | null)[] = []
    setup.script({
      async *shop(_ctx, cursor) {
        seen.push(cursor)
        for (let n = cursor === null ? 1 : Number(cursor) + 1; n <= 3; n++) {
          if (n === 2 && cursor === null) stop.abort()
          yield batch(String(n), deployment(n))
        }
      },
    })
    expect(await collect('shop', stop.signal)).toMatchObject({ outcome: 'interrupted', error: null })
    expect(await readSource(setup.store.db, 'shop')).toMatchObject({ cursor: '2', lastSuccessAt: null, lastError: null })
    expect(await collect()).toMatchObject({ outcome: 'succeeded', counts: { deployments: 1 } })
    expect(seen).toEqual([null, '2'])
    expect(await storedDeployments()).toEqual(['d1', 'd2', 'd3'])
  })

  test('a source that throws because it was told to stop is interrupted, not failed', async () => {
    const stop = new AbortController()
    setup.script({
      async *shop({ signal }) {
        yield batch('one', deployment(1))
        stop.abort()
        signal.throwIfAborted()
      },
    })
    expect(await collect('shop', stop.signal)).toMatchObject({ outcome: 'interrupted', error: null })
  })

  test('a run that a killed process left running is closed as interrupted by the next', async () => {
    setup.script({ async *shop() {}, async *other() {} })
    await beginRun(setup.store.db, { source: 'shop', startedAt: start - minute })
    await beginRun(setup.store.db, { source: 'other', startedAt: start - minute })
    await collect()
    const outcomes = (await readRuns(setup.store.db, { limit: 10 })).map(({ source, outcome }) => `${source} ${outcome}`)
    expect(outcomes).toEqual(['shop succeeded', 'other running', 'shop interrupted'])
  })

  test('one source is never collected twice at once, different ones are', async () => {
    let begin = () => {}
    const began = new Promise<void>((resolve) => {
      begin = resolve
    })
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    setup.script({
      async *shop() {
        begin()
        await opened
        yield* []
      },
      async *other() {},
    })
    const first = collect()
    await began
    expect(await collect()).toMatchObject({ id: null, outcome: 'busy' })
    expect(await collect('other')).toMatchObject({ outcome: 'succeeded' })
    open()
    expect(await first).toMatchObject({ outcome: 'succeeded' })
    expect(await readRuns(setup.store.db, { source: 'shop', limit: 10 })).toHaveLength(1)
  })

  test('a second process that shares the database does not collect it at the same time', async () => {
    const location = await places.next()
    if (location.databaseUrl === null) {
      const [first, second] = [await openStore(location), await openStore(location).catch((error) => error)]
      expect(second).toMatchObject({ code: 'conflict' })
      await first.close()
      return
    }
    const [first, second] = [await openStore(location), await openStore(location)]
    setup.script({
      async *shop() {
        expect(await collectSource({ ...setup.deps, store: second }, 'shop', new AbortController().signal)).toMatchObject({
          outcome: 'busy',
        })
        yield* []
      },
    })
    expect(await collectSource({ ...setup.deps, store: first }, 'shop', new AbortController().signal)).toMatchObject({
      outcome: 'succeeded',
    })
    setup.script({ async *shop() {} })
    expect(await collectSource({ ...setup.deps, store: second }, 'shop', new AbortController().signal)).toMatchObject({
      outcome: 'succeeded',
    })
    await first.close()
    await second.close()
  })

  test('a paused source is not collected, and no run is logged', async () => {
    setup.script({
      async *shop() {
        yield batch('one', deployment(1))
      },
    })
    await setPaused(setup.store.db, 'shop', true)
    expect(await collect()).toMatchObject({ id: null, outcome: 'paused' })
    expect(await readRuns(setup.store.db, { limit: 1 })).toEqual([])
    await setPaused(setup.store.db, 'shop', false)
    expect(await collect()).toMatchObject({ outcome: 'succeeded', counts: { deployments: 1 } })
  })

  test('paused while it runs it ends after the batch at hand as interrupted, and goes on from there once resumed', async () => {
    const seen: (string | null)[] = []
    setup.script({
      async *shop(_ctx, cursor) {
        seen.push(cursor)
        for (let n = cursor === null ? 1 : Number(cursor) + 1; n <= 3; n++) {
          if (n === 2 && cursor === null) await setPaused(setup.store.db, 'shop', true)
          yield batch(String(n), deployment(n))
        }
      },
    })
    expect(await collect()).toMatchObject({ outcome: 'interrupted', error: null, notes: [expect.stringContaining('paused')] })
    expect(await readSource(setup.store.db, 'shop')).toMatchObject({ cursor: '2', paused: true, lastSuccessAt: null, lastError: null })
    await setPaused(setup.store.db, 'shop', false)
    expect(await collect()).toMatchObject({ outcome: 'succeeded', counts: { deployments: 1 } })
    expect(seen).toEqual([null, '2'])
    expect(await storedDeployments()).toEqual(['d1', 'd2', 'd3'])
  })

  test('told to stop before it begins it asks the source for nothing', async () => {
    let asked = false
    setup.script({
      async *shop() {
        asked = true
        yield* []
      },
    })
    expect(await collect('shop', AbortSignal.abort())).toMatchObject({ outcome: 'interrupted' })
    expect(asked).toBe(false)
  })

  test('a second process that shares the database pauses it too', async () => {
    const location = await places.next()
    if (location.databaseUrl === null) return
    const [first, second] = [await openStore(location), await openStore(location)]
    setup.script({
      async *shop() {
        await setPaused(second.db, 'shop', true)
        yield batch('one', deployment(1))
        yield batch('two', deployment(2))
      },
    })
    const run = await collectSource({ ...setup.deps, store: first }, 'shop', new AbortController().signal)
    expect(run).toMatchObject({ outcome: 'interrupted', counts: { deployments: 1 } })
    await first.close()
    await second.close()
  })

  test('a pause ends the wait of a source that yields nothing for long', async () => {
    setup.script({
      async *shop({ signal }) {
        await setPaused(setup.store.db, 'shop', true)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        signal.throwIfAborted()
        yield* []
      },
    })
    expect(await collect()).toMatchObject({ outcome: 'interrupted', error: null })
  })

  test('progress is told at once and written once a second', async () => {
    const told: number[] = []
    const written: number[] = []
    setup.deps.onProgress = (_source, { done }) => told.push(done)
    setup.script({
      async *shop(ctx) {
        for (let done = 1; done <= 25; done++) {
          setup.setNow(start + done * 100)
          ctx.progress({ step: 'reading commits', done, total: 25 })
          const [run] = await readRuns(setup.store.db, { limit: 1 })
          if (run?.progress && run.progress.done !== written.at(-1)) written.push(run.progress.done)
        }
        yield* []
      },
    })
    await collect()
    expect(told).toHaveLength(25)
    expect(written[0]).toBe(1)
    expect(written).toHaveLength(3)
    expect(written.every((done, index) => index === 0 || done - (written[index - 1] ?? 0) >= 10)).toBe(true)
    expect((await readRuns(setup.store.db, { limit: 1 }))[0]?.progress).toBeNull()
  })

  test('a new step is written at once, for it may last', async () => {
    const waiting = { step: 'waiting for the rate limit until 14:05', done: 0, total: null }
    let written: unknown
    setup.script({
      async *shop(ctx) {
        ctx.progress({ step: 'reading commits', done: 1, total: 9 })
        ctx.progress({ step: 'reading commits', done: 2, total: 9 })
        ctx.progress(waiting)
        while ((written as { step?: string } | null)?.step !== waiting.step) {
          written = (await readRuns(setup.store.db, { limit: 1 }))[0]?.progress
        }
        yield* []
      },
    })
    await collect()
    expect(written).toEqual({ ...waiting, ratePerSecond: null, secondsLeft: null })
  })

  test('a source is given its service, a folder of its own and the time of the run', async () => {
    let context: Context | undefined
    setup.script({
      async *shop(ctx) {
        context = ctx
        yield* []
      },
    })
    setup.deps.config.services = [{ id: 'checkout', sources: ['shop'], teams: [], was: [] }]
    await collect()
    expect(context).toMatchObject({ sourceId: 'shop', service: 'checkout', now: new Date(start) })
    expect(context?.dataDir.startsWith(setup.deps.dataDir)).toBe(true)
  })

  test('an unknown source is an error that names the known ones', async () => {
    setup.script({ async *shop() {} })
    await expect(collect('shoppe')).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('shop') })
  })
})
