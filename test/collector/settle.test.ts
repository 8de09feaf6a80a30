/** Blocks and tallies follow the rows, whatever is written in whatever order, and whenever it is asked. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { rebuild } from '../../server/collector/rebuild.ts'
import { rebuildTallies } from '../../server/collector/rebuild-tallies.ts'
import { setVerdict } from '../../server/collector/set-verdict.ts'
import type { MetricsAnswer } from '../../server/metrics/answer.ts'
import { earliestCompared } from '../../server/metrics/comparison/compared-windows.ts'
import { splitInput } from '../../server/metrics/comparison/split-input.ts'
import { answerMetrics, computeMetrics } from '../../server/metrics/compute.ts'
import { type Findings, findingsOf, joinFindings, noFindings } from '../../server/metrics/explain/findings.ts'
import { observeRows } from '../../server/metrics/observe-rows.ts'
import { dayNumber } from '../../server/metrics/windows.ts'
import { readLongChanges } from '../../server/store/carriers.ts'
import { readMetricsInput } from '../../server/store/metrics-input.ts'
import { readObserved } from '../../server/store/observed.ts'
import { openStore, type Store } from '../../server/store/open.ts'
import { type ReadingQuestion, readScope } from '../../server/store/readings.ts'
import { resolveScope } from '../../server/store/scope.ts'
import { readServicesAt } from '../../server/store/services.ts'
import { readTallyReading } from '../../server/store/tally-readings.ts'
import { openPlaces, storeKinds } from '../support/places.ts'
import { batch, config, life, scopes, windows } from '../support/random-facts.ts'
import { configOf, emptyStore, testStore } from '../support/stores.ts'
import { readPacked } from '../support/tallies.ts'
import { change, day, deployment, shaOf, start } from './facts-fixture.ts'

async function fromRows(store: Store, scope: string, asked: ReadingQuestion): Promise<MetricsAnswer> {
  const wide = await readMetricsInput(store.db, config, await resolveScope(store.db, config, scope), { ...asked, from: asked.earliest })
  const { input, earlier } = splitInput(wide, asked.from)
  return computeMetrics(input, earlier)
}

/** Times as far as a bin tells them; counts and ratios exactly; what rests on clusters that only moments know is left out. */
function rounded(answer: MetricsAnswer): unknown {
  const { estimate: _, ...rest } = answer
  return JSON.parse(
    JSON.stringify(rest, (key, value) => {
      if (key === 'interval' || key === 'factor' || key === 'p' || key === 'verdict' || key === 'text' || key === 'needs') return undefined
      return value
    }),
  )
}

const times = new Set(['change_lead_time', 'failed_deployment_recovery_time', 'incident_time_to_restore'])

function expectAlike(actual: unknown, expected: unknown, path: string[] = []): void {
  if (typeof expected === 'object' && expected !== null) {
    expect(actual, path.join('.')).toBeTypeOf('object')
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual as object)])
    for (const key of keys)
      expectAlike((actual as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key], [...path, key])
    return
  }
  const isTime = path.some((each) => times.has(each)) && (path.at(-1) === 'value' || /^p\d+$/.test(path.at(-1) ?? ''))
  if ((isTime || path.at(-1) === 'medianDaysBetween') && typeof expected === 'number') {
    // With running ones a bin may change the order in which times end.
    if (path.includes('failed_deployment_recovery_time') || path.includes('incident_time_to_restore')) return
    expect(Math.abs((actual as number) - expected), path.join('.')).toBeLessThanOrEqual(Math.abs(expected) * 0.005 + 0.0011)
    return
  }
  // Reasons of a comparison rest on effective clusters.
  if (path.includes('comparison') && path.at(-1) === 'reason') return
  expect(actual, path.join('.')).toEqual(expected)
}

async function expectNumbersOfRows(store: Store, scope: string, window: (typeof windows)[number]): Promise<void> {
  const asked = { ...window, environment: 'production', earliest: earliestCompared(window) }
  const expected = await fromRows(store, scope, asked)
  const resolved = await resolveScope(store.db, config, scope)
  const { question, reading } = await readScope(store.db, config, resolved, asked)
  expect(answerMetrics(question, reading, asked), `${scope} ${window.bucket}`).toEqual(expected)
  if (scope.startsWith('service:')) return
  const tallies = await readTallyReading(store.db, config, { resolved, question }, asked, 'whole', await readServicesAt(store.db))
  expect(tallies.changes).toBe(expected.metrics.change_lead_time.n)
  expectAlike(rounded(answerMetrics(question, tallies.reading, asked)), rounded(expected), [scope, window.bucket])
}

/** What an explanation is made from: the same from blocks, and from rows where services share a repository, as from all rows. */
async function expectFindingsOfRows({ db }: Store, scope: string, window: (typeof windows)[number]): Promise<void> {
  const resolved = await resolveScope(db, config, scope)
  const asked = { ...window, environment: 'production' }
  const input = await readMetricsInput(db, config, resolved, asked)
  const days = [{ from: dayNumber(window.from), to: dayNumber(window.to) }]
  const expected = findingsOf(observeRows(input), days, input)
  let found = noFindings
  for await (const part of readObserved(db, config, resolved, asked)) found = joinFindings(found, findingsOf(part, days, input))
  expect(
    [...found.sums].sort((a, b) => (a.service < b.service ? -1 : 1)),
    `${scope} ${window.bucket}`,
  ).toEqual(expected.sums)
  const told = async (findings: Findings) => ({
    longest: (await readLongChanges(db, findings.longest)).map(({ seconds }) => seconds).sort((a, b) => a - b),
    deliveries: findings.deliveries.map(({ place: _, ...delivery }) => delivery),
    failures: [...findings.failures].map(([name, failed]) => [name, ...failed.map(({ at }) => at)].join(' ')).sort(),
  })
  expect(await told(found), `${scope} ${window.bucket}`).toEqual(await told(expected))
}

describe.each(storeKinds)('blocks and tallies on %s', (kind) => {
  const open = testStore(kind)

  test('equal those made from scratch after any facts, and give the numbers of the rows at any time', async () => {
    const store = open()
    await fc.assert(
      fc.asyncProperty(life, async (batches) => {
        await emptyStore(store)
        let now = start + 20 * day
        for (const { facts, days, asked, judges } of batches) {
          now += Math.round(days * day)
          await ingest(store, facts, { now, config, authority: 'push' })
          const first = facts.find(({ kind: of }) => of === 'deployment') as { id: string } | undefined
          if (judges && first !== undefined) {
            const input = { verdict: 'failed' as const, by: 'Ada' }
            // It may have been withdrawn in the same batch.
            await setVerdict(store, { now, config }, { ref: { source: 'api', id: first.id }, input }).catch(() => {})
          }
          for (const [scope, window] of asked) await expectNumbersOfRows(store, scope, window)
        }
        const kept = await readPacked(store)
        await store.transaction((tx) => rebuildTallies(tx, config, now))
        expect(await readPacked(store)).toEqual(kept)
        await rebuild(store, { now, config })
        expect((await readPacked(store)).tallies).toEqual(kept.tallies)
      }),
      { numRuns: 20, endOnFailure: true },
    )
  })

  test('give explanations what the rows give them', async () => {
    const store = open()
    await fc.assert(
      fc.asyncProperty(batch, batch, async (first, second) => {
        await emptyStore(store)
        for (const facts of [first, second]) await ingest(store, facts, { now: start + 30 * day, config, authority: 'push' })
        for (const scope of scopes) for (const window of windows) await expectFindingsOfRows(store, scope, window)
      }),
      { numRuns: 15, endOnFailure: true },
    )
  })
})

describe('eight processes that write for services of one team at once', () => {
  test('neither wait for each other in a circle nor lose anything', async () => {
    const places = await openPlaces('postgres')
    const place = await places.next()
    const stores: Store[] = []
    try {
      for (let i = 0; i < 8; i++) stores.push(await openStore(place))
      const team = configOf({
        teams: [{ id: 'one', title: 'One' }],
        services: Array.from({ length: 16 }, (_, i) => service(`s${i}`, [{ team: 'one', from: null }])),
      })
      const batches = 6
      const write = async (store: Store, writer: number) => {
        for (let turn = 0; turn < batches; turn++) {
          // Two services each, whose neighbours write the same ones.
          const facts = [writer, (writer + 1) % 8].flatMap((n) => factsOf(`s${n}`, writer, turn))
          await ingest(store, facts, { now: start + 30 * day + turn, config: team, authority: 'push' })
        }
      }
      await Promise.all(stores.map(write))
      const [store] = stores as [Store]
      const kept = await readPacked(store)
      await store.transaction((tx) => rebuildTallies(tx, team, start + 31 * day))
      expect(await readPacked(store)).toEqual(kept)
      const asked = { from: '2026-01-05', to: '2026-02-02', bucket: 'week' as const, environment: 'production', earliest: '2026-01-05' }
      for (const scope of ['team:one', 'org']) {
        const resolved = await resolveScope(store.db, team, scope)
        const { question } = await readScope(store.db, team, resolved, asked)
        const { reading } = await readTallyReading(store.db, team, { resolved, question }, asked, 'whole', await readServicesAt(store.db))
        const { metrics } = answerMetrics(question, reading)
        expect(metrics.deployment_frequency.n).toBe(8 * batches * 2)
        expect(metrics.change_lead_time.n).toBe(8 * batches * 2)
      }
    } finally {
      for (const store of stores) await store.close()
      await places.end()
    }
  })

  /** A deployment and the change that it names. */
  function factsOf(name: string, writer: number, turn: number) {
    const key = `${name}-${writer}-${turn}`
    return [
      change(key, [], turn, { service: name, repository: name }),
      deployment(key, null, turn + 0.1, { service: name, repository: name, commit: shaOf(10 * writer + turn), changes: [key] }),
    ]
  }

  function service(id: string, teams: { team: string; from: string | null }[]) {
    return { id, title: id, was: [], sources: [], teams }
  }
})
