/** No question that a reader asks scans a table that grows with the facts, whatever it is asked of. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  changeSubject,
  deploymentSubject,
  groundOf,
  incidentSubject,
  type Subject,
  waitingSubject,
} from '../../server/api/evidence-subjects.ts'
import type { Config } from '../../server/config.ts'
import { type Db, rows } from '../../server/store/database.ts'
import { type RowFilter, sorts } from '../../server/store/evidence/order.ts'
import { openStore, type Store } from '../../server/store/open.ts'
import { readScope } from '../../server/store/readings.ts'
import { resolveScope } from '../../server/store/scope.ts'
import { openPlaces, type Places } from '../support/places.ts'
import { configOf } from '../support/stores.ts'

const growing = ['facts', 'fact_names', 'commits', 'deployments', 'changes', 'incidents', 'blocks', 'tallies']
const services = 2000
const deployments = 60_000
const name = (n: number) => `service-${n}`
const end = Date.UTC(2026, 5, 29)
const day = 86_400_000

const config: Config = configOf({
  teams: ['small', 'large'].map((id) => ({ id, title: id })),
  services: Array.from({ length: services }, (_, i) => ({
    id: name(i + 1),
    sources: [],
    was: [],
    teams: [
      { team: i % 5 === 0 ? 'large' : i % 100 === 1 ? 'small' : 'other', from: null },
      ...(i % 50 === 0 ? [{ team: 'other', from: '2026-05-01' }] : []),
    ],
  })),
})

let places: Places
let store: Store

beforeAll(async () => {
  places = await openPlaces('postgres')
  store = await openStore(await places.next())
  for (const statement of loading) await rows(store.db, sql.raw(statement))
})
afterAll(async () => {
  await store?.close()
  await places?.end()
})

/** Two years of deployments over services of a Zipf shape, ten changes each; a tenth are apart, a fiftieth failed. */
const at = `${end - 728 * day}::bigint + (i::bigint * ${Math.floor((728 * day) / deployments)})`
const serviceOf = `least(${services}, 1 + floor(${services} * power(((i * 7919) % 10007) / 10007.0, 3)))::int`
const loading = [
  `insert into services (key, changed_at, feeds, repositories, revision, waiting, waiting_since)
    select 'service-' || i, ${end}, '[{"source":"api","first":0,"deploys":true}]', '["service-' || i || '"]', 1, 5, ${end - day}
    from generate_series(1, ${services}) i`,
  `insert into sources (id, pushed, last_success_at) values ('api', true, ${end})`,
  'update meta set revision = 1',
  `insert into deployments (service_id, source, id, environment, tier, at, digest, body, apart, judgeable, failed, began_at, recovered_at, size,
      longest, longest_left_out, left_out)
    select ${serviceOf}, 'api', i::text, case when i % 4 = 0 then 'staging' else 'production' end,
      case when i % 4 = 0 then 'staging' else 'production' end, ${at}, 'd',
      '{"source":"api","id":"' || i || '","service":"s","status":"succeeded","failure":null,"verdict":null,"rework":null,"repository":"shared","commit":null,"startedAt":null,"finishedAt":' || ${at} || ',"counted":true,"tier":"production","kind":"code","changes":10}',
      case when i % 10 = 1 then (array['redeploy', 'config', 'failed_attempt'])[1 + i % 3] end, i % 10 <> 1, i % 50 = 2,
      case when i % 50 = 2 then ${at} end, case when i % 50 = 2 then ${at} + 3600000 end, i % 12,
      case when i % 10 <> 1 then (i * 7919) % 1000000000 end, case when i % 20 = 3 then 1000 end, case when i % 20 = 3 then 4 else 0 end
    from generate_series(1, ${deployments}) i`,
  `insert into changes (service_id, deployment_n, position, repository, key, title, environment, tier, deployed_at, started_at, merged_at, basis,
      exclusion, first_in_tier, commits)
    select d.service_id, d.n, p, 'service-' || d.service_id, d.n || '-' || p, 'A change of something', d.environment, d.tier, d.at,
      d.at - (d.n * 31 + p) % 1000000000, d.at - 1000, 'first_commit', case when d.left_out <> 0 and p = 1 then 'promotion' end, true, 1
    from deployments d, generate_series(1, 10) p`,
  `insert into changes (service_id, deployment_n, position, repository, key, title, environment, tier, started_at, merged_at, basis, first_in_tier, commits)
    select i, 0, p, 'service-' || i, 'w' || p, 'A change that waits', 'production', 'production', ${end - day}, ${end} - i * 1000 - p, 'opened', true, 1
    from generate_series(1, ${services}) i, generate_series(1, 5) p`,
  `insert into incidents (service_id, source, id, opened_at, ended_at, is_shared, digest, body)
    select case when i % 100 = 0 then 0 else ${serviceOf} end, 'api', i::text, ${at} * 1, ${at} + i * 1000, i % 100 = 1, 'd',
      '{"source":"api","id":"' || i || '","service":"service-1","openedAt":' || ${at} || ',"mitigatedAt":null,"resolvedAt":null}'
    from generate_series(1, 20000) i`,
  `insert into blocks (service_id, tier, week, data) select i, tier, ${Math.floor(end / day)} - w * 7, '\\x'
    from generate_series(1, ${services}) i, generate_series(0, 103) w, unnest(array['production', 'staging']) tier where (i + w) % 4 = 0`,
  `insert into tallies (scope, tier, unit, period, revision, main, stages, moments, timeline)
    select scope, 'production', unit, ${Math.floor(end / day)} - p, 1, '\\x', '\\x', '\\x', '\\x'
    from unnest(array['org', 'team:small', 'team:large', 'team:other'] || array(select 'team:' || i from generate_series(1, 20) i)) scope,
      generate_series(0, 727) p, unnest(array['day', 'week']) unit where unit = 'day' or p % 7 = 0`,
  `insert into facts (kind, source, id, service_id, body, written_at)
    select 'deployment', 'api', i::text, ${serviceOf}, '{}', 0 from generate_series(1, ${deployments}) i`,
  // Two of the large team share a repository, so that its changes are judged together.
  'insert into overlapping_services values (6), (11)',
  `update services set repositories = '["shared"]' where id in (6, 11)`,
  `update changes set repository = 'shared' where service_id in (6, 11)`,
  'analyze',
]

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  Plans?: Plan[]
}

function* nodes(plan: Plan): Generator<Plan> {
  yield plan
  for (const inner of plan.Plans ?? []) yield* nodes(inner)
}

/** The database, which notes of each statement what it would read before it is run. */
function explaining(db: Db): { db: Db; scans: string[]; statements: () => number } {
  const scans: string[] = []
  let statements = 0
  const noting = new Proxy(db, {
    get(target, property) {
      const found = Reflect.get(target, property) as unknown
      if (property !== 'execute') return typeof found === 'function' ? (found as () => unknown).bind(target) : found
      return async (statement: Parameters<Db['execute']>[0]) => {
        statements++
        const [explained] = await rows<{ 'QUERY PLAN': { Plan: Plan }[] }>(target, sql`explain (format json) ${statement}`)
        for (const node of nodes(explained?.['QUERY PLAN'][0]?.Plan as Plan)) {
          const table = node['Relation Name'] ?? ''
          if (node['Node Type'].includes('Seq Scan') && growing.includes(table)) scans.push(table)
        }
        return target.execute(statement)
      }
    },
  })
  return { db: noting, scans, statements: () => statements }
}

const scopes = ['org', 'team:large', 'team:small', 'service:service-1', 'service:service-1500']
const window = { from: '2025-12-15', to: '2026-06-15', environment: 'production' }

async function expectNoScan(what: string, ask: (db: Db) => Promise<unknown>): Promise<void> {
  const { db, scans, statements } = explaining(store.db)
  await ask(db)
  expect(statements(), what).toBeGreaterThan(0)
  expect(scans, what).toEqual([])
}

async function expectPagesFound<Linked, Row, Judged>(
  subject: Subject<Linked, Row, Judged>,
  question: { scope: string; metric: string },
  reasons: string[],
): Promise<void> {
  const filters: RowFilter[] = [{}, { include: 'included' }, { include: 'excluded' }, ...reasons.map((reason) => ({ reason }))]
  for (const filter of subject.windowed ? filters : [{}]) {
    for (const sort of sorts) {
      await expectNoScan(JSON.stringify([subject.name, question, filter, sort]), async (db) => {
        const ground = await groundOf(db, config, { ...question, ...window })
        const judged = await subject.judge(db, ground)
        const page = await subject.read(db, ground, judged, { ...filter, sort, limit: 20 })
        if (page.next !== null) await subject.read(db, ground, judged, { ...filter, sort, limit: 20, after: page.next })
      })
    }
  }
}

async function expectTotalsFound<Linked, Row, Judged>(subject: Subject<Linked, Row, Judged>, question: { scope: string; metric: string }) {
  await expectNoScan(JSON.stringify([subject.name, question]), async (db) => {
    const ground = await groundOf(db, config, { ...question, ...window })
    await subject.totals(db, ground, await subject.judge(db, ground))
  })
}

test('a scan would be noted', async () => {
  const { db, scans } = explaining(store.db)
  await rows(db, sql`select count(*) from changes where title = 'another'`)
  expect(scans).toEqual(['changes'])
})

describe.each(scopes)('of %s, nothing scans what grows:', (scope) => {
  test('pages of changes', () => expectPagesFound(changeSubject, { scope, metric: 'change_lead_time' }, ['promotion', 'clock_skew']))
  test('pages of changes that wait', () => expectPagesFound(waitingSubject, { scope, metric: 'change_lead_time' }, []))
  test('pages of incidents', () => expectPagesFound(incidentSubject, { scope, metric: 'incident_time_to_restore' }, ['no_service']))
  test.each(['deployment_frequency', 'change_fail_rate', 'failed_deployment_recovery_time', 'batch_size'])('pages of %s', (metric) =>
    expectPagesFound(deploymentSubject, { scope, metric }, ['config', 'pending', 'carries_nothing']),
  )

  test('totals', async () => {
    await expectTotalsFound(deploymentSubject, { scope, metric: 'change_fail_rate' })
    await expectTotalsFound(changeSubject, { scope, metric: 'change_lead_time' })
    await expectTotalsFound(incidentSubject, { scope, metric: 'incident_time_to_restore' })
    await expectTotalsFound(waitingSubject, { scope, metric: 'change_lead_time' })
  })

  test('the metrics', () =>
    expectNoScan(scope, async (db) => {
      const asked = { ...window, bucket: 'week' as const, earliest: '2025-06-16' }
      await readScope(db, config, await resolveScope(db, config, scope), asked)
    }))
})
