import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fact } from '../../../server/facts.ts'
import { createQoverySource } from '../../../server/sources/qovery/index.ts'
import type { Batch, Context } from '../../../server/sources/source.ts'
import { type QoveryFake, startQovery } from '../../fakes/qovery/start-qovery.ts'
import { type AnyExecution, executionOf, minute, optionsOf, start } from '../../support/qovery-things.ts'

const source = createQoverySource(1)
let fake: QoveryFake
let notes: string[]

beforeEach(async () => {
  fake = await startQovery()
  notes = []
  fake.environments = [environment('e1', 'live', 'PRODUCTION'), environment('e2', 'test', 'STAGING'), environment('e3', 'pr-7', 'PREVIEW')]
})
afterEach(() => fake.stop())

function environment(id: string, name: string, mode: string, executions: AnyExecution[] = []) {
  return { id, name, mode, project: { id: 'p1' }, executions }
}

/** Newest first, as Qovery gives them. */
function executions(count: number, at = start): AnyExecution[] {
  return Array.from({ length: count }, (_, n) => executionOf(`x${n}`, at - n * 60 * minute))
}

function context(now = start + 60 * minute, signal = new AbortController().signal): Context {
  return {
    sourceId: 'qovery',
    service: 'qovery',
    dataDir: '/nowhere',
    signal,
    now: new Date(now),
    needsFiles: () => false,
    progress: () => {},
    note: (text) => notes.push(text),
  }
}

async function collect(
  cursor: string | null = null,
  { options = {}, now = start + 60 * minute, stopAfter = Number.POSITIVE_INFINITY } = {},
) {
  const facts: Fact[] = []
  const batches: Batch[] = []
  let last = cursor
  for await (const batch of source.collect?.(optionsOf({ url: fake.url, ...options }), cursor, context(now)) ?? []) {
    batches.push(batch)
    facts.push(...batch.facts)
    last = batch.cursor
    if (batches.length >= stopAfter) break
  }
  return { facts, batches, cursor: last }
}

function ids(facts: Fact[]): string[] {
  return facts.flatMap((fact) => ('id' in fact && fact.id !== undefined ? [fact.id] : [])).sort()
}

describe('the first collection', () => {
  test('reads the history of all environments but previews, from the first day on', async () => {
    for (const one of fake.environments)
      one.executions = [executionOf(`in-${one.id}`, start), executionOf(`old-${one.id}`, start - 500 * 24 * 60 * minute)]
    const { facts, batches } = await collect()
    expect(ids(facts)).toEqual(['in-e1:s1', 'in-e2:s1'])
    expect(batches[0]?.coveredFrom).toBe(start + 60 * minute - 365 * 24 * 60 * minute)
    expect(fake.asked.some((path) => path.includes('e3'))).toBe(false)
  })

  test('reads long histories whole, in few requests and batches of 500', async () => {
    if (fake.environments[0]) fake.environments[0].executions = executions(1200)
    const { facts, batches } = await collect()
    expect(new Set(ids(facts)).size).toBe(1200)
    expect(Math.max(...batches.map((batch) => [...batch.facts].length))).toBe(500)
    expect(fake.asked.filter((path) => path.includes('/environment/e1/')).map((path) => path.split('pageSize=')[1])).toEqual([
      '100',
      '400',
      '1600',
    ])
    expect(fake.asked.length).toBeLessThan(10)
  })

  test('says where Qovery gives no more', async () => {
    fake.mostExecutions = 100
    if (fake.environments[0]) fake.environments[0].executions = executions(300)
    expect(ids((await collect()).facts)).toHaveLength(100)
    expect(notes).toEqual(['Qovery gave 100 deployments of live, however many were asked for: older ones may be missing.'])
  })

  test('goes on where it was cut, and loses and doubles nothing', async () => {
    for (const one of fake.environments) one.executions = [executionOf(`in-${one.id}`, start)]
    const whole = ids((await collect()).facts)
    for (let stopAfter = 1; stopAfter < 6; stopAfter++) {
      const first = await collect(null, { stopAfter })
      const second = await collect(first.cursor)
      expect([...new Set([...ids(first.facts), ...ids(second.facts)])].sort()).toEqual(whole)
    }
  })

  test('leaves out projects that are not named', async () => {
    for (const one of fake.environments) one.executions = [executionOf(`in-${one.id}`, start)]
    if (fake.environments[1]) fake.environments[1].project = { id: 'p2' }
    expect(ids((await collect(null, { options: { projects: '^shop$' } })).facts)).toEqual(['in-e1:s1'])
  })
})

describe('the next collection', () => {
  test('asks only for environments in which events say that something was deployed, page by page', async () => {
    for (const one of fake.environments) one.executions = [executionOf(`in-${one.id}`, start)]
    const { cursor } = await collect()
    const now = start + 120 * minute
    fake.asked = []
    fake.environments[0]?.executions.unshift(executionOf('new', now - 20 * minute))
    const event = (n: number) => ({
      at: now - (n + 20) * minute,
      event_type: 'DEPLOYED',
      target_type: 'APPLICATION',
      target_id: 's1',
      environment_id: 'e9',
    })
    fake.events = [
      event(1),
      event(2),
      event(3),
      event(4),
      { at: now - 18 * minute, event_type: 'DEPLOYED', target_type: 'ENVIRONMENT', target_id: 'e1' },
    ]
    const next = await collect(cursor, { now })
    expect(ids(next.facts)).toContain('new:s1')
    expect(fake.asked.filter((path) => path.includes('deploymentHistory'))).toEqual(['/environment/e1/deploymentHistoryV2?pageSize=100'])
    fake.asked = []
    expect((await collect(next.cursor, { now: now + 60 * minute })).facts).toEqual([])
    expect(fake.asked).toHaveLength(4)
  })

  test('looks again at what was under way, though no event tells that it was cancelled', async () => {
    if (fake.environments[0]) fake.environments[0].executions = [executionOf('x1', start, [{ status: 'ONGOING', state: 'DEPLOYING' }])]
    const { facts, cursor } = await collect()
    expect(facts).toMatchObject([{ status: 'running' }])
    if (fake.environments[0]) fake.environments[0].executions = [executionOf('x1', start, [{ status: 'CANCELED', state: 'CANCELED' }])]
    expect((await collect(cursor)).facts).toMatchObject([{ id: 'x1:s1', status: 'cancelled' }])
  })

  test('goes on where an environment is gone', async () => {
    const { cursor } = await collect()
    fake.events = [{ at: start + 60 * minute, event_type: 'DEPLOY_FAILED', target_type: 'ENVIRONMENT', target_id: 'gone' }]
    expect((await collect(cursor, { now: start + 70 * minute })).facts).toEqual([])
  })
})

describe('a collection that fails', () => {
  test('by a token that is not taken says so', async () => {
    await expect(collect(null, { options: { token: 'another' } })).rejects.toThrow(/Qovery refuses the credentials \(401\)/)
  })

  test('waits where it is asked to, and tries again where the server is at fault', async () => {
    if (fake.environments[0]) fake.environments[0].executions = executions(3)
    fake.faults = [{ status: 429, retryAfter: 0 }, { status: 503 }, { status: 500 }]
    expect((await collect()).facts).toHaveLength(3)
    fake.faults = Array.from({ length: 9 }, () => ({ status: 500 }))
    await expect(collect()).rejects.toThrow(/Qovery answers with 500/)
  })

  test('ends where it is told to', async () => {
    const stop = new AbortController()
    stop.abort()
    const run = async () => {
      for await (const _ of source.collect?.(optionsOf({ url: fake.url }), null, context(start, stop.signal)) ?? []);
    }
    await expect(run()).rejects.toThrow()
  })
})

test('what a webhook names is the same deployment as when it is collected', async () => {
  if (fake.environments[0]) fake.environments[0].executions = [executionOf('x1', start)]
  const { facts } = await collect()
  const refreshed: Fact[] = []
  for await (const batch of source.refresh?.(optionsOf({ url: fake.url }), ['e1', 'e3', 'none'], null, context()) ?? [])
    refreshed.push(...batch.facts)
  expect(refreshed).toEqual(facts)
})

test('a preview says what counts, and why not the rest', async () => {
  if (fake.environments[0])
    fake.environments[0].executions = [
      executionOf('x1', start, [{}, { id: 's2', name: 'cron', type: 'JOB' }, { id: 's3', status: 'ERROR', state: 'BUILD_ERROR' }]),
    ]
  const preview = await source.preview?.(optionsOf({ url: fake.url }), context())
  expect(preview).toMatchObject({
    rule: 'deployments of application, container, helm of the last 90 days',
    rows: [
      { name: 'till', counted: true, reason: null, group: 'shop / live' },
      { name: 'cron', counted: false, reason: 'a job is no deployment here' },
      { name: 'till', counted: false, reason: 'the build failed: nothing reached the environment' },
    ],
  })
})
