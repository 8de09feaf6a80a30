/** Pages hold exactly the rows that a filter lets through, in the asked order, and totals those of all rows, whatever was written. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  changeSubject,
  deploymentSubject,
  type EvidenceQuestion,
  type Ground,
  groundOf,
  incidentSubject,
  type Subject,
} from '../../server/api/evidence-subjects.ts'
import { ingest } from '../../server/collector/ingest.ts'
import { setVerdict } from '../../server/collector/set-verdict.ts'
import {
  changeContext,
  type DeploymentMetric,
  deploymentMetrics,
  type Explained,
  explainChanges,
  explainDeployment,
  explainIncidents,
} from '../../server/metrics/evidence.ts'
import { readChanges } from '../../server/store/changes.ts'
import { readDeliveredBefore } from '../../server/store/delivered-before.ts'
import { readDeployments } from '../../server/store/deployments.ts'
import { type Paging, passes, type RowFilter, type Sort, sorts } from '../../server/store/evidence/order.ts'
import { readIncidents } from '../../server/store/incidents.ts'
import type { Store } from '../../server/store/store.ts'
import { day, start } from '../collector/facts-fixture.ts'
import { storeKinds } from '../support/places.ts'
import { config, life, scopes, windows } from '../support/random-facts.ts'
import { emptyStore, testStore } from '../support/stores.ts'

interface Told {
  included: boolean
  counts: boolean
  reason: string | null
}

/** All rows of the window with what the metric makes of them, judged together, in no order. */
async function judgedRows({ db }: Store, ground: Ground, name: string): Promise<{ key: string; told: Told }[]> {
  const { resolved, question, window, stored } = ground
  const asked = { services: resolved.services, environment: question.environment, from: window.from, to: window.to }
  const withKeys = <T>(rows: T[], explained: Explained<string>[], keyOf: (row: T) => unknown[]) =>
    rows.map((row, i) => ({ key: JSON.stringify(keyOf(row)), told: { ...(explained[i] as Told) } }))
  if (name === 'deployments') {
    const rows = await readDeployments(db, asked)
    const explained = rows.map((row) => explainDeployment(row, question.metric as DeploymentMetric, ground))
    return withKeys(rows, explained, (row) => [row.source, row.id])
  }
  if (name === 'changes') {
    const rows = await readChanges(db, asked)
    const deliveredBefore = question.scope.startsWith('service:') ? undefined : await readDeliveredBefore(db, asked, stored)
    const explained = explainChanges(rows, changeContext({ ...question, deliveredBefore }))
    return withKeys(rows, explained, (row) => [row.service, row.key, row.deployment])
  }
  const rows = await readIncidents(db, { ...asked, unassigned: question.scope === 'org' })
  return withKeys(rows, explainIncidents(rows), (row) => [row.service, row.source, row.id])
}

interface Shown extends Told {
  source?: string
  id?: string
  service: string | null
  key?: string
  deployment?: { source: string; id: string } | null
  finishedAt?: string | null
  startedAt?: string | null
  deployedAt?: string | null
  openedAt?: string
  leadTimeSeconds?: number | null
  restoreSeconds?: number | null
  changes?: number
  failure?: { beganAt: string; recoverySeconds: number | null } | null
}

const shownKey: Record<string, (row: Shown) => unknown[]> = {
  deployments: (row) => [row.source, row.id],
  changes: (row) => [row.service, row.key, row.deployment],
  incidents: (row) => [row.service, row.source, row.id],
}

/** What the words of the API say that a row is sorted by: ascending with the order. */
function rank(name: string, metric: string, sort: Sort, row: Shown): number {
  const at = Date.parse(
    (name === 'incidents' ? row.openedAt : name === 'changes' ? row.deployedAt : (row.finishedAt ?? row.startedAt)) ?? '',
  )
  if (sort !== 'longest') return sort === 'newest' ? -at : at
  if (name === 'changes') return -(row.leadTimeSeconds as number)
  if (name === 'incidents') return row.restoreSeconds === null ? -1e12 : -(row.restoreSeconds as number)
  if (metric !== 'failed_deployment_recovery_time') return -(row.changes as number)
  if (row.failure === null || row.failure === undefined) return 1
  return row.failure.recoverySeconds === null ? -1e12 : -row.failure.recoverySeconds
}

async function allPages<Linked, Row, Judged>(
  store: Store,
  subject: Subject<Linked, Row, Judged>,
  ground: Ground,
  asked: RowFilter & Omit<Paging, 'after'>,
): Promise<Shown[]> {
  const judged = await subject.judge(store.db, ground)
  const found: Shown[] = []
  let after: string | undefined
  do {
    const page = await subject.read(store.db, ground, judged, { ...asked, after })
    expect(page.rows.length).toBeLessThanOrEqual(asked.limit)
    found.push(...page.rows.map((row) => subject.show(row, ground, judged) as Shown))
    after = page.next ?? undefined
  } while (after !== undefined)
  return found
}

async function expectRows<Linked, Row, Judged>(
  store: Store,
  subject: Subject<Linked, Row, Judged>,
  question: EvidenceQuestion,
  asked: RowFilter & Omit<Paging, 'after'>,
): Promise<void> {
  const ground = await groundOf(store.db, config, question)
  const all = await judgedRows(store, ground, subject.name)
  const told = JSON.stringify([subject.name, question, asked])
  const totals = await subject.totals(store.db, ground, await subject.judge(store.db, ground))
  const excluded: Record<string, number> = {}
  for (const { told: each } of all) if (each.reason !== null) excluded[each.reason] = (excluded[each.reason] ?? 0) + 1
  const count = (of: (each: Told) => boolean) => all.filter(({ told: each }) => of(each)).length
  expect(totals, told).toEqual({
    rows: all.length,
    included: count((each) => each.included),
    counts: count((each) => each.counts),
    excluded,
  })

  const shown = await allPages(store, subject, ground, asked)
  const keyed = shown.map((row) => ({
    key: JSON.stringify(shownKey[subject.name]?.(row)),
    told: { included: row.included, counts: row.counts, reason: row.reason },
  }))
  const inOrder = (rows: typeof keyed) => rows.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  expect(inOrder(keyed), told).toEqual(inOrder(all.filter(({ told: each }) => passes(asked, each.reason))))
  const ranks = shown.map((row) => rank(subject.name, question.metric, asked.sort, row))
  expect(ranks, told).toEqual(ranks.toSorted((a, b) => a - b))
}

const questions = fc.array(
  fc.record({
    scope: fc.constantFrom(...scopes),
    window: fc.constantFrom(...windows),
    environment: fc.constantFrom('production', 'production', 'prod-eu', 'staging'),
    metric: fc.constantFrom(...deploymentMetrics, ...Array(4).fill('change_lead_time'), ...Array(2).fill('incident_time_to_restore')),
    filter: fc.constantFrom<RowFilter>(
      {},
      { include: 'included' },
      { include: 'excluded' },
      ...[
        'redeploy',
        'failed_attempt',
        'pending',
        'not_failed',
        'carries_nothing',
        'already_delivered',
        'clock_skew',
        'same_incident',
        'witness',
      ].map((reason) => ({ reason })),
    ),
    sort: fc.constantFrom(...sorts),
    limit: fc.constantFrom(1, 2, 3, 7, 100),
  }),
  { minLength: 6, maxLength: 12 },
)

describe.each(storeKinds)('rows of evidence on %s', (kind) => {
  const open = testStore(kind)

  test('are those of the filter, page by page in the order, and add up to the totals', async () => {
    const store = open()
    await fc.assert(
      fc.asyncProperty(life, questions, async (batches, asked) => {
        await emptyStore(store)
        let now = start + 15 * day
        for (const { facts, days, judges } of batches) {
          now += Math.round(days * day)
          await ingest(store, facts, { now, config, authority: 'push' })
          const first = facts.find(({ kind: of }) => of === 'deployment') as { id: string } | undefined
          const input = { verdict: 'failed' as const, by: 'Ada' }
          // It may have been withdrawn in the same batch.
          if (judges && first) await setVerdict(store, { now, config }, { ref: { source: 'api', id: first.id }, input }).catch(() => {})
        }
        for (const { scope, window, environment, metric, filter, sort, limit } of asked) {
          const question = { scope, from: window.from, to: window.to, environment, metric }
          const how = { ...filter, sort, limit }
          if (metric === 'change_lead_time') await expectRows(store, changeSubject, question, how)
          else if (metric === 'incident_time_to_restore') await expectRows(store, incidentSubject, question, how)
          else await expectRows(store, deploymentSubject, question, how)
        }
      }),
      { numRuns: 40, endOnFailure: true },
    )
  })
})
