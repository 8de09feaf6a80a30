import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runExport } from '../../server/collector/export.ts'
import { ingest } from '../../server/collector/ingest.ts'
import { SourceError } from '../../server/errors.ts'
import type { ExportDocument } from '../../server/exporters/exporter.ts'
import { exporters } from '../../server/exporters/index.ts'
import type { Fact } from '../../server/facts.ts'
import { readSource } from '../../server/store/sources.ts'
import { storeKinds } from '../support/places.ts'
import { configOf, testStore } from '../support/stores.ts'

const now = Date.UTC(2026, 0, 7, 12)
const hour = 3_600_000
const config = configOf({})
const target = { id: 'es', type: 'kept', options: {}, schedule: '* * * * *' }

let pages: ExportDocument[][]
let failsAt: number
beforeEach(() => {
  pages = []
  failsAt = Number.POSITIVE_INFINITY
  exporters.kept = {
    id: 'kept',
    title: 'Kept',
    options: undefined as never,
    backfillDays: () => 90,
    wantsMetrics: () => true,
    async write(_options, documents) {
      if (pages.length >= failsAt) throw new SourceError('It is full.', 'Make room.')
      pages.push(documents)
    },
    check: async () => 'It is there.',
  }
})
afterEach(() => {
  delete exporters.kept
})

const deployment = (service: string, n: number, finishedAt = now - n * hour): Fact => ({
  kind: 'deployment',
  source: 'ci',
  id: `${service}-${n}`,
  service,
  environment: 'production',
  version: `v${n}`,
  status: 'succeeded',
  finishedAt,
  reported: 'event',
})

describe.each(storeKinds)('on %s', (kind) => {
  const store = testStore(kind)
  const run = (signal = new AbortController().signal) =>
    runExport({ store: store(), config, now: () => new Date(now), log: pino({ level: 'silent' }) }, target, signal)
  const put = (...facts: Fact[]) => ingest(store(), facts, { now, config, authority: 'push' })
  const written = () => pages.flat().flatMap((one) => (one.kind === 'deployment' ? [one.deployment.id] : []))

  test('writes all, then only services that changed, with their weeks', async () => {
    await put(deployment('a', 1), deployment('a', 2), deployment('b', 1), deployment('b', 2, now - 200 * 24 * hour))
    expect(await run()).toMatchObject({ outcome: 'succeeded' })
    expect(written().sort()).toEqual(['a-1', 'a-2', 'b-1'])
    const weeks = pages.flat().filter((one) => one.kind === 'metrics')
    expect(new Set(weeks.map(({ scope }) => scope))).toEqual(new Set(['org', 'service:a', 'service:b']))
    expect(weeks.find(({ scope, start }) => scope === 'org' && start === '2026-01-05')).toMatchObject({ end: '2026-01-12', partial: true })
    pages = []
    expect(await run()).toEqual({ outcome: 'succeeded', documents: 0 })
    await put(deployment('b', 3))
    await run()
    expect(written().sort()).toEqual(['b-1', 'b-3'])
    expect(await readSource(store().db, 'export:es')).toMatchObject({ lastSuccessAt: now, lastError: null })
  })

  test('notes a failure, and goes on where it was cut', async () => {
    await put(deployment('a', 1), deployment('b', 1), deployment('c', 1))
    failsAt = 1
    expect(await run()).toEqual({ outcome: 'failed', documents: 1 })
    expect(written()).toEqual(['a-1'])
    const { lastError } = (await readSource(store().db, 'export:es')) ?? {}
    expect(lastError).toMatchObject({ message: 'It is full.', mend: 'Make room.' })
    await put(deployment('a', 2))
    failsAt = Number.POSITIVE_INFINITY
    await run()
    expect(written()).toEqual(['a-1', 'b-1', 'c-1'])
    await run()
    expect(written().slice(3).sort()).toEqual(['a-1', 'a-2'])
  })

  test('ends where it is told to, and writes the rest later', async () => {
    await put(deployment('a', 1))
    expect(await run(AbortSignal.abort())).toEqual({ outcome: 'interrupted', documents: 0 })
    await run()
    expect(written()).toEqual(['a-1'])
  })
})
