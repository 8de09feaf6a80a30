/** What collections leave in the store. */
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CollectDeps, collectSource } from '../../../server/collector/collect.ts'
import { sources } from '../../../server/sources/index.ts'
import { rows } from '../../../server/store/database.ts'
import { type PagerdutyFake, startPagerduty } from '../../fakes/pagerduty/start-pagerduty.ts'
import { incident, iso, resolved } from '../../support/pagerduty-things.ts'
import { configOf, emptyStore, testStore } from '../../support/stores.ts'

const store = testStore('pglite')
let fake: PagerdutyFake

beforeEach(async () => {
  await emptyStore(store())
  fake = await startPagerduty([resolved('Q1', '10:05', '11:00'), incident('Q2', { urgency: 'low' })])
})
afterEach(() => fake.stop())

async function collect(more: object = {}): Promise<string[]> {
  const options = sources.pagerduty?.options.parse({ url: fake.url, token: fake.token, ...more })
  const config = configOf({ sources: [{ id: 'pager', type: 'pagerduty', options, schedule: '* * * * *' }], services: [] })
  const now = () => new Date('2026-01-06T00:00:00Z')
  const deps: CollectDeps = { store: store(), config, dataDir: '/nowhere', now, log: pino({ level: 'silent' }) }
  const run = await collectSource(deps, 'pager', new AbortController().signal)
  expect(run.error).toBeNull()
  const found = await rows<{ line: string }>(
    store().db,
    sql`select concat_ws(' ', i.id, s.key) as line from incidents i left join services s on s.id = i.service_id order by i.id`,
  )
  return found.map(({ line }) => line)
}

test('incidents stand under their services, by the options that hold now', async () => {
  expect(await collect()).toEqual(['Q1 Shop'])
  expect(await collect({ urgencies: ['low'] })).toEqual(['Q2 Shop'])
  expect(await collect()).toEqual(['Q1 Shop'])
  fake.incidents[0] = resolved('Q1', '10:05', '11:00', { updated_at: iso('23:30'), resolve_reason: { type: 'merge_resolve_reason' } })
  expect(await collect()).toEqual([])
})
