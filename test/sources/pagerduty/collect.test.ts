/** What is collected of a PagerDuty, whatever it and the way to it do. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { previewPagerduty } from '../../../server/sources/pagerduty/preview.ts'
import { type PagerdutyFake, startPagerduty } from '../../fakes/pagerduty/start-pagerduty.ts'
import { at, entry, incident, iso, lookingAt, resolved } from '../../support/pagerduty-things.ts'

let fake: PagerdutyFake

beforeEach(async () => {
  fake = await startPagerduty([
    resolved('Q1', '10:05', '11:00'),
    incident('Q2', { created_at: iso('12:00') }),
    incident('Q3', { urgency: 'low' }),
  ])
})
afterEach(() => fake.stop())

const later = (days: number) => new Date(at('23:00') + days * 86_400_000)

describe('a collection', () => {
  test('brings the incidents that count', async () => {
    const run = lookingAt(fake)
    await run.collect()
    expect([...run.facts.keys()].sort()).toEqual(['Q1', 'Q2'])
    expect(run.facts.get('Q1')).toMatchObject({ acknowledgedAt: at('10:05'), resolvedAt: at('11:00') })
    expect(run.batches[0]).toMatchObject({ coveredFrom: Date.parse('2025-01-05T23:00:00Z') })
  })

  test('of which nothing is new asks for two lists', async () => {
    const run = lookingAt(fake)
    await run.collect()
    fake.asked.length = 0
    run.ctx.now = later(1)
    await run.collect()
    expect(fake.asked).toEqual(['/incidents', '/incidents'])
    expect([...(run.batches.at(-1)?.facts ?? [])]).toEqual([])
  })

  test('asks again for those that were open, however old', async () => {
    const run = lookingAt(fake)
    await run.collect()
    fake.incidents[1] = resolved('Q2', '12:10', '12:30', { created_at: iso('12:00') })
    fake.incidents.push(incident('Q4', { created_at: '2026-03-01T00:00:00Z' }))
    run.ctx.now = later(90)
    await run.collect()
    expect(run.facts.get('Q2')).toMatchObject({ resolvedAt: at('12:30') })
    expect(run.facts.has('Q4')).toBe(true)
  })

  test('finds one that was opened again, also after long', async () => {
    const run = lookingAt(fake)
    await run.collect()
    run.ctx.now = later(40)
    fake.incidents[0] = resolved('Q1', '10:05', '11:00', { status: 'triggered', last_status_change_at: later(39).toISOString() })
    await run.collect()
    expect(run.facts.get('Q1')).not.toHaveProperty('resolvedAt')
    fake.incidents[0] = resolved('Q1', '10:05', '22:00', { last_status_change_at: later(40).toISOString() })
    await run.collect()
    expect(run.facts.get('Q1')).toMatchObject({ resolvedAt: at('22:00') })
  })

  test('finds one of last week that was opened and closed again between two runs', async () => {
    const run = lookingAt(fake)
    await run.collect()
    run.ctx.now = later(2)
    const log = [{ type: 'resolve_log_entry', created_at: later(1).toISOString() }, entry('resolve', '11:00')]
    fake.incidents[0] = resolved('Q1', '10:05', '11:00', { last_status_change_at: later(1).toISOString(), _log: log })
    await run.collect()
    expect(run.facts.get('Q1')).toMatchObject({ resolvedAt: later(1).getTime() })
  })

  test('withdraws one that counts no longer', async () => {
    const run = lookingAt(fake)
    await run.collect()
    run.ctx.now = later(1)
    fake.incidents[1] = resolved('Q2', '12:01', '12:05', {
      created_at: iso('12:00'),
      updated_at: later(1).toISOString(),
      resolve_reason: { type: 'merge_resolve_reason', incident: { id: 'Q1' } },
    })
    await run.collect()
    expect([...run.facts.keys()]).toEqual(['Q1'])
  })

  test('goes through years in ranges of half a year, and through every page', async () => {
    fake.pageSize = 3
    fake.incidents = Array.from({ length: 40 }, (_, index) =>
      resolved(`Q${index}`, '10:05', '11:00', { created_at: new Date(Date.UTC(2023, index % 36, 1)).toISOString() }),
    )
    // More at one instant than a page holds.
    fake.incidents.push(...Array.from({ length: 8 }, (_, index) => resolved(`S${index}`, '10:05', '11:00')))
    const run = lookingAt(fake, { backfillMonths: 37 })
    await run.collect()
    expect(run.facts.size).toBe(48)
  })

  test('that is cut anywhere goes on and ends in the same', async () => {
    fake.pageSize = 50
    fake.incidents = Array.from({ length: 1300 }, (_, index) =>
      resolved(`Q${index}`, '10:05', '11:00', { created_at: new Date(Date.UTC(2025, 6, 1) + index * hour).toISOString(), _log: [] }),
    )
    const [whole, cut] = [lookingAt(fake), lookingAt(fake)]
    await whole.collect()
    for (let count = 0; count < 2; count++) await cut.collect(1)
    await cut.collect()
    expect(whole.facts.size).toBe(1300)
    expect([...cut.facts].sort()).toEqual([...whole.facts].sort())
    expect(Math.max(...whole.batches.map(({ facts }) => [...facts].length))).toBeLessThan(600)
  })

  test('under other rules reads all anew', async () => {
    const run = lookingAt(fake)
    await run.collect()
    Object.assign(run.options, { urgencies: ['low'] })
    await run.collect()
    expect([...run.facts.keys()]).toEqual(['Q3'])
    expect(run.notes).toEqual(['The rules for incidents are others now: all are read anew.'])
  })

  test('goes back as far as is asked', async () => {
    fake.incidents.push(resolved('Q0', '10:05', '11:00', { created_at: '2024-06-01T00:00:00Z' }))
    const run = lookingAt(fake)
    await run.collect()
    expect(run.facts.has('Q0')).toBe(false)
    Object.assign(run.options, { backfillMonths: 24 })
    await run.collect()
    expect(run.facts.has('Q0')).toBe(true)
  })
})

const hour = 3_600_000

describe('what PagerDuty may do', () => {
  test.each<[string, () => void, RegExp]>([
    ['refuse the key', () => (fake.token = 'another'), /refuses the credentials \(401\).*api\.eu\.pagerduty\.com/],
    ['be down', () => (fake.fault = () => ({ status: 502 })), /answers with 502/],
    ['cut connections', () => (fake.fault = () => 'reset'), /cannot be reached/],
    ['answer with a page', () => (fake.fault = () => ({ status: 200, body: [] })), /not what its API describes/],
    [
      'forbid the logs',
      () => (fake.fault = (path) => (path.includes('log') ? { status: 403 } : null)),
      /forbids reading the log of incident Q1/,
    ],
  ])('%s', async (_, change, message) => {
    change()
    const run = lookingAt(fake)
    await expect(run.collect()).rejects.toThrow(message)
    expect(run.facts.size).toBe(0)
  })

  test('ask for patience, and be given it', async () => {
    let refused = 0
    fake.fault = () => (refused++ === 0 ? { status: 429, headers: { 'retry-after': '0' } } : null)
    const run = lookingAt(fake)
    await run.collect()
    expect(run.facts.size).toBe(2)
  })

  test('be stopped', async () => {
    const stop = new AbortController()
    const run = lookingAt(fake)
    run.ctx.signal = stop.signal
    fake.afterAnswer = () => stop.abort()
    await expect(run.collect()).rejects.toThrow(/abort/i)
  })
})

test('what a delivery names ends in the same facts as a collection', async () => {
  const incidents = fake.incidents
  const [all, pushed] = [lookingAt(fake), lookingAt(fake)]
  fake.incidents = []
  await pushed.collect()
  fake.incidents = incidents
  await pushed.refresh(['Q2', 'Q1', 'Q3', 'Q99', 'not a name'])
  await all.collect()
  expect([...pushed.facts].sort()).toEqual([...all.facts].sort())
})

test('a preview tells what counts, and why not the rest', async () => {
  const run = lookingAt(fake, { service: 'team' })
  const { rule, rows, hints } = await previewPagerduty(run.options, run.ctx, 1)
  expect(rule).toBe('Each incident of the urgency high counts; one that was merged into another does not.')
  expect(rows.map(({ name, reason, group }) => [name, reason, group])).toEqual([
    ['Down Q2', null, 'no service'],
    ['Down Q1', null, 'no service'],
    ['Down Q3', 'its urgency is low', 'no service'],
  ])
  expect(hints).toEqual(['2 incidents that count are of no service by the rule service.'])
  fake.incidents = []
  expect((await previewPagerduty(run.options, run.ctx, 1)).hints).toEqual([expect.stringMatching(/There was no incident/)])
})
