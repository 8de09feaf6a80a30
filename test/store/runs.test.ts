import { describe, expect, test } from 'vitest'
import { readRevision } from '../../server/store/revision.ts'
import { beginRun, finishRun, progressRun, readRun, readRuns } from '../../server/store/runs.ts'
import { readLastSuccesses, readSource } from '../../server/store/sources.ts'
import { storeKinds } from '../support/places.ts'
import { testStore } from '../support/stores.ts'

const counts = { accepted: 2, unchanged: 1, commits: 3, deployments: 0, changes: 0, incidents: 0, withdrawn: 0 }

describe.each(storeKinds)('runs on %s', (kind) => {
  const open = testStore(kind)

  test('a run is begun, progresses and ends with an outcome', async () => {
    const store = open()
    const id = await beginRun(store.db, { source: 'shop', startedAt: 100 })
    await progressRun(store.db, id, { step: 'reading commits', done: 5, total: null, ratePerSecond: 2, secondsLeft: null }, counts)
    expect(await readRun(store.db, id)).toMatchObject({
      outcome: 'running',
      finishedAt: null,
      progress: { step: 'reading commits', done: 5 },
      counts,
    })
    await finishRun(store, {
      id,
      source: 'shop',
      outcome: 'succeeded',
      startedAt: 100,
      finishedAt: 200,
      counts,
      notes: ['guessed'],
      error: null,
    })
    expect(await readRun(store.db, id)).toEqual({
      id,
      source: 'shop',
      outcome: 'succeeded',
      startedAt: 100,
      finishedAt: 200,
      counts,
      notes: ['guessed'],
      error: null,
      progress: null,
    })
    expect(await readLastSuccesses(store.db)).toEqual(new Map([['shop', 200]]))
    expect(await readRevision(store.db)).toEqual({ revision: 0, asOf: 200 })
  })

  test('a failure leaves the last success alone, and the next success forgets the error', async () => {
    const store = open()
    const error = { message: 'The server says no.', mend: 'Check the token.' }
    const end = { source: 'shop', startedAt: 1, counts, notes: [] }
    const first = await beginRun(store.db, { source: 'shop', startedAt: 1 })
    await finishRun(store, { ...end, id: first, outcome: 'succeeded', finishedAt: 2, error: null })
    const second = await beginRun(store.db, { source: 'shop', startedAt: 3 })
    await finishRun(store, { ...end, id: second, outcome: 'failed', finishedAt: 4, error })
    expect(await readSource(store.db, 'shop')).toMatchObject({ lastSuccessAt: 2, lastError: { ...error, at: 4 } })
    const third = await beginRun(store.db, { source: 'shop', startedAt: 5 })
    await finishRun(store, { ...end, id: third, outcome: 'succeeded', finishedAt: 6, error: null })
    expect(await readSource(store.db, 'shop')).toMatchObject({ lastSuccessAt: 6, lastError: null })
    expect((await readRuns(store.db, { source: 'shop', limit: 2 })).map((run) => run.id)).toEqual([third, second])
  })

  test('a run that never ended is interrupted once the next begins', async () => {
    const store = open()
    const killed = await beginRun(store.db, { source: 'shop', startedAt: 1 })
    const other = await beginRun(store.db, { source: 'till', startedAt: 1 })
    await beginRun(store.db, { source: 'shop', startedAt: 9 })
    expect(await readRun(store.db, killed)).toMatchObject({ outcome: 'interrupted', finishedAt: 9 })
    expect(await readRun(store.db, other)).toMatchObject({ outcome: 'running' })
  })
})
