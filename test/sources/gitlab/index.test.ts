/** What a collection and deliveries leave in the store. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CollectDeps, collectSource } from '../../../server/collector/collect.ts'
import { startInbox } from '../../../server/collector/inbox.ts'
import { receiveDelivery } from '../../../server/collector/receive.ts'
import { sources } from '../../../server/sources/index.ts'
import { rows } from '../../../server/store/database.ts'
import { readInboxStates } from '../../../server/store/inbox.ts'
import { type FakeProject, fakeProject, type GitlabFake, startGitlab } from '../../fakes/gitlab/start-gitlab.ts'
import { commit, deployment, iso, issue, merge, sha } from '../../support/gitlab-things.ts'
import { configOf, emptyStore, testStore } from '../../support/stores.ts'

const store = testStore('pglite')
const now = new Date('2026-01-06T00:00:00Z')
let fake: GitlabFake
let shop: FakeProject
let deps: CollectDeps
let dataDir: string

beforeEach(async () => {
  await emptyStore(store())
  dataDir = mkdtempSync(path.join(tmpdir(), 'shiplog-gitlab-'))
  shop = fakeProject('acme/shop', {
    head: sha('c'),
    commits: [commit('c', { parent_ids: [sha('a'), sha('b')] }), commit('b', { parent_ids: [sha('a')] }), commit('a')],
    deployments: [
      deployment(1, { sha: sha('a'), deployable: { started_at: iso('08:00'), finished_at: iso('08:10') } }),
      deployment(2, { sha: sha('c'), status: 'running', deployable: { started_at: iso('10:05'), finished_at: null } }),
    ],
    merges: [merge(1)],
    issues: [issue(1)],
  })
  fake = await startGitlab([shop])
  deps = depsOf()
})
afterEach(async () => {
  rmSync(dataDir, { recursive: true, force: true })
  await fake.stop()
})

function depsOf(more: object = {}): CollectDeps {
  const options = sources.gitlab?.options.parse({
    url: fake.url,
    token: fake.token,
    group: 'acme',
    git: false,
    webhook: { token: 's' },
    ...more,
  })
  const config = configOf({ sources: [{ id: 'lab', type: 'gitlab', options, schedule: '* * * * *' }], services: [] })
  return { store: store(), config, dataDir, now: () => now, log: pino({ level: 'silent' }) }
}

async function collect() {
  const run = await collectSource(deps, 'lab', new AbortController().signal)
  expect(run.error).toBeNull()
  return run
}

async function standing(): Promise<string[]> {
  const found = await rows<{ line: string }>(
    store().db,
    sql`select kind || ' ' || id || ' ' || body as line from facts where not withdrawn and body is not null order by kind, id`,
  )
  return found.map(({ line }) => line)
}

const carried = () =>
  rows<{ key: string; id: string }>(
    store().db,
    sql`select c.key, d.id from changes c join deployments d on d.service_id = c.service_id and d.n = c.deployment_n order by c.key`,
  )

test('a delivery and a collection leave the same, and the deployment carries its merge request', async () => {
  const first = await collect()
  expect(first.counts).toMatchObject({ deployments: 2, changes: 1, incidents: 1, commits: 3 })
  shop.deployments[1] = deployment(2, { sha: sha('c'), updated_at: iso('10:20') })
  const headers = { 'x-gitlab-event': 'Deployment Hook', 'x-gitlab-token': 's', 'idempotency-key': 'k1' }
  const body = Buffer.from(JSON.stringify({ object_kind: 'deployment', project: { id: shop.id }, deployment_id: 2, status: 'success' }))
  expect(await receiveDelivery(deps, 'lab', { headers, query: {}, body })).toMatchObject({ outcome: 'kept' })
  expect(await receiveDelivery(deps, 'lab', { headers, query: {}, body })).toMatchObject({ outcome: 'known' })
  const inbox = startInbox(deps)
  await expect.poll(async () => (await readInboxStates(store().db, ['lab'])).get('lab')?.pending ?? 0, { timeout: 10_000 }).toBe(0)
  await inbox.stop()
  const pushed = await standing()
  expect(pushed.join('\n')).toContain('"status":"succeeded"')
  expect(await carried()).toEqual([
    { key: sha('a'), id: 'acme/shop/deployments/1' },
    { key: 'lab/acme/shop!1', id: 'acme/shop/deployments/2' },
  ])
  await collect()
  expect(await standing()).toEqual(pushed)
})

test('another rule takes its place, and back again', async () => {
  await collect()
  const before = await standing()
  deps = depsOf({ service: 'name' })
  await collect()
  expect((await standing()).filter((line) => line.startsWith('deployment')).join('\n')).toContain('"service":"shop"')
  deps = depsOf()
  await collect()
  expect(await standing()).toEqual(before)
})
