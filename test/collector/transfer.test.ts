import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collectSource } from '../../server/collector/collect.ts'
import { ingest } from '../../server/collector/ingest.ts'
import { setVerdict } from '../../server/collector/set-verdict.ts'
import { exportAll, importAll } from '../../server/collector/transfer.ts'
import type { Fact } from '../../server/facts.ts'
import { openStore, type Store } from '../../server/store/open.ts'
import { saveReport } from '../../server/store/reports.ts'
import { makeRepository } from '../crash/repository.ts'
import { configOf, contentOf, now, repositoryAt } from '../crash/rounds.ts'
import { openPlaces, type Places, type StoreKind, storeKinds } from '../support/places.ts'

const hour = 3_600_000

let folder: string
let places: Record<StoreKind, Places>
let full: Store
let exported: string

function context() {
  return { now, config: configOf(repositoryAt(join(folder, 'shop.git'))) }
}

async function textOf(store: Store): Promise<string> {
  let text = ''
  for await (const part of exportAll(store)) text += part
  return text
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n')
}

const pushed: Fact[] = [
  { kind: 'change', source: 'api', id: '7', service: 'till', title: 'Faster "tills"\nfor ÄÖ€ 😀', mergedAt: now - 30 * hour, commits: [] },
  {
    kind: 'deployment',
    source: 'api',
    id: 't1',
    service: 'till',
    environment: 'production',
    status: 'succeeded',
    finishedAt: now - 90 * hour,
    reported: 'event',
  },
  {
    kind: 'deployment',
    source: 'api',
    id: 't2',
    service: 'till',
    environment: 'production',
    status: 'succeeded',
    finishedAt: now - 29 * hour,
    changes: ['7'],
    reported: 'event',
  },
  {
    kind: 'incident',
    source: 'api',
    id: 'i1',
    service: 'till',
    title: 'Tills are down',
    openedAt: now - 28 * hour,
    resolvedAt: now - 27 * hour,
    deployment: 't2',
  },
  { kind: 'incident', source: 'api', id: 'i2', services: ['till', 'shop'], title: 'Both', openedAt: now - 20 * hour },
  {
    kind: 'deployment',
    source: 'api',
    id: 'gone',
    service: 'till',
    environment: 'production',
    status: 'succeeded',
    finishedAt: now - 50 * hour,
    reported: 'event',
  },
  { kind: 'withdrawal', of: 'deployment', source: 'api', id: 'gone' },
]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-transfer-'))
  places = { pglite: await openPlaces('pglite'), postgres: await openPlaces('postgres') }
  await makeRepository(join(folder, 'shop.git'), { commits: 3000, tags: 40, seed: 7 })
  full = await openStore(await places.pglite.next())
  const deps = { store: full, config: context().config, dataDir: folder, now: () => new Date(now), log: pino({ level: 'silent' }) }
  await collectSource(deps, 'shop', new AbortController().signal)
  await ingest(full, pushed, { ...context(), authority: 'push' })
  const ref = { source: 'api', id: 't1' }
  await setVerdict(full, context(), { ref, input: { verdict: 'failed', by: 'ada', note: 'It was slow.' } })
  await setVerdict(full, context(), { ref, input: { verdict: 'withdrawn', by: 'ada' } })
  await setVerdict(full, context(), {
    ref: { source: 'api', id: 't2' },
    input: { verdict: 'failed', by: 'bob', recoveredAt: now - 26 * hour },
  })
  const snapshot = '{ "a":1.50,\n"b": "é" }'
  await saveReport(full.db, { id: 'r1', revision: 1, scope: 'org', week: '2026-W01', madeAt: now, snapshot })
  await saveReport(full.db, { id: 'r1', revision: 2, scope: 'org', week: '2026-W01', madeAt: now + 1, snapshot: `${snapshot} ` })
  exported = await textOf(full)
})

afterAll(async () => {
  await full.close()
  for (const place of Object.values(places)) await place.end()
  rmSync(folder, { recursive: true, force: true })
})

test('an export begins with its format and counts its lines', () => {
  const [first = '', ...rest] = linesOf(exported)
  const { format, version, asOf, counts } = JSON.parse(first)
  expect({ format, version, asOf }).toEqual({ format: 'shiplog', version: 1, asOf: now })
  expect(counts).toMatchObject({ commit: 3000, fact: 46, verdict: 3, report: 2, source: 2, run: 1 })
  expect(rest).toHaveLength(Object.values<number>(counts).reduce((sum, count) => sum + count))
})

test('an export twice is the same text, and a reader may stop early', async () => {
  for await (const part of exportAll(full)) {
    expect(part).toContain('"format":"shiplog"')
    break
  }
  expect(await textOf(full)).toBe(exported)
})

test('an export of a version without paused sources comes in, with all of them running', async () => {
  const earlier = exported.replaceAll(',"paused":false', '')
  expect(earlier).not.toBe(exported)
  const store = await openStore(await places.pglite.next())
  await importAll(store, linesOf(earlier), context())
  expect(await textOf(store)).toBe(exported)
  await store.close()
})

test('from the embedded database to PostgreSQL and back everything is the same, derived rows too', async () => {
  const content = await contentOf(full)
  let text = exported
  for (const kind of ['postgres', 'pglite'] as const) {
    const store = await openStore(await places[kind].next())
    await importAll(store, linesOf(text), context())
    text = await textOf(store)
    expect(text).toBe(exported)
    expect(await contentOf(store)).toBe(content)
    await store.close()
  }
})

test('an export from before sources could be paused is taken, and none is', async () => {
  const older = exported.replaceAll(',"paused":false', '')
  expect(older).not.toBe(exported)
  const store = await openStore(await places.pglite.next())
  await importAll(store, linesOf(older), context())
  expect(await textOf(store)).toBe(exported)
  await store.close()
})

test('collecting goes on from the imported cursor and finds nothing new', async () => {
  const store = await openStore(await places.pglite.next())
  await importAll(store, linesOf(exported), context())
  const deps = { store, config: context().config, dataDir: folder, now: () => new Date(now), log: pino({ level: 'silent' }) }
  expect(await collectSource(deps, 'shop', new AbortController().signal)).toMatchObject({
    outcome: 'succeeded',
    counts: { accepted: 0, commits: 0 },
  })
  expect(await contentOf(store)).toBe(await contentOf(full))
  await store.close()
})

describe.each(storeKinds)('on %s', (kind) => {
  let empty: Store

  beforeAll(async () => {
    empty = await openStore(await places[kind].next())
  })

  afterAll(() => empty.close())

  const at = (kindOfLine: string) => linesOf(exported).findIndex((line) => line.startsWith(`{"${kindOfLine}":`))
  const replaced = (index: number, change: (line: string) => string) =>
    linesOf(exported).map((line, n) => (n === index ? change(line) : line))

  test.each<[fault: string, lines: () => string[], message: () => string | RegExp]>([
    ['no line at all', () => [], () => 'the file is empty'],
    ['another file', () => ['hello'], () => 'line 1: it is no JSON'],
    ['another version', () => replaced(0, (line) => line.replace('"version":1', '"version":2')), () => 'line 1: version'],
    ['a line cut off', () => replaced(at('fact'), (line) => line.slice(0, -9)), () => `line ${at('fact') + 1}: it is no JSON`],
    [
      'an unknown kind',
      () => replaced(at('fact'), () => '{"teapot":{}}'),
      () => `line ${at('fact') + 1}: it is of the unknown kind teapot`,
    ],
    [
      'a missing field',
      () => replaced(at('commit'), (line) => line.replace('"subject":', '"title":')),
      () => `line ${at('commit') + 1}: subject`,
    ],
    [
      'a value of another type',
      () => replaced(at('commit'), (line) => line.replace('"n":0', '"n":"0"')),
      () => `line ${at('commit') + 1}: n`,
    ],
    ['the end missing', () => linesOf(exported).slice(0, -1), () => '1 lines of kind report came, and the first line promises 2'],
    [
      'an unknown name',
      () => replaced(at('commit'), (line) => line.replace('"repository":"', '"repository":"x')),
      () => /one of the lines \d+ to \d+/,
    ],
    [
      'a line twice',
      () => linesOf(exported).flatMap((line, n) => (n === at('fact') ? [line, line] : [line])),
      () => /one of the lines \d+ to \d+/,
    ],
  ])('%s is refused with its place, and nothing is left', async (_fault, lines, message) => {
    const before = await contentOf(empty)
    const refused = await importAll(empty, lines(), context()).catch((error) => error)
    expect(refused).toMatchObject({ code: 'invalid' })
    expect(refused.message).toMatch(message())
    expect(refused.message).toContain('Nothing was imported')
    expect(await contentOf(empty)).toBe(before)
  })

  test('a database that is not empty is refused and stays as it is', async () => {
    const store = await openStore(await places[kind].next())
    await ingest(store, pushed.slice(1, 2), { ...context(), authority: 'push' })
    const before = await textOf(store)
    await expect(importAll(store, linesOf(exported), context())).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('--data'),
    })
    expect(await textOf(store)).toBe(before)
    await store.close()
  })
})
