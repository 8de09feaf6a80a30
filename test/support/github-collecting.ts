/** A store, the fake of GitHub, and the collections and deliveries of a source between them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { type CollectDeps, collectSource, type RunResult } from '../../server/collector/collect.ts'
import { startInbox } from '../../server/collector/inbox.ts'
import { receiveDelivery } from '../../server/collector/receive.ts'
import type { Instant } from '../../server/facts.ts'
import { createGithubSource } from '../../server/sources/github/index.ts'
import { sources } from '../../server/sources/index.ts'
import { rows } from '../../server/store/database.ts'
import { readInboxStates } from '../../server/store/inbox.ts'
import type { Store } from '../../server/store/open.ts'
import type { GithubFake } from '../fakes/github/start-github.ts'
import { deliver, type WebhookEvent } from '../fakes/github/webhook-event.ts'
import { configOf } from './stores.ts'

export const webhookSecret = 'known-to-both-sides'

/** As the real one, only that it waits for milliseconds where that waits for seconds. */
Object.assign(sources, { github: createGithubSource({ retryMs: 5, secondarySeconds: 0.05, timeoutMs: 2000 }) })

export interface GithubCollecting {
  deps: CollectDeps
  collect(signal?: AbortSignal): Promise<RunResult>
  /** Hands deliveries over in this order, and waits until all are read. */
  receive(events: WebhookEvent[]): Promise<void>
  end(): void
}

export function githubCollecting(
  store: Store,
  github: GithubFake,
  now: () => Instant,
  options: Record<string, unknown> = { owner: 'acme' },
  services: CollectDeps['config']['services'] = [],
): GithubCollecting {
  const dataDir = mkdtempSync(join(tmpdir(), 'shiplog-github-'))
  const parsed = sources.github?.options.parse({ token: github.token, baseUrl: github.baseUrl, git: false, webhookSecret, ...options })
  const config = configOf({ sources: [{ id: 'acme', type: 'github', options: parsed, schedule: '* * * * *' }], services })
  const deps: CollectDeps = { store, config, dataDir, now: () => new Date(now()), log: pino({ level: 'silent' }) }
  return {
    deps,
    collect: (signal = new AbortController().signal) => collectSource(deps, 'acme', signal),
    async receive(events) {
      for (const event of events) {
        const { headers, body } = deliver(event, { secret: webhookSecret })
        const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
        await receiveDelivery(deps, 'acme', { headers: lower, query: {}, body: Buffer.from(body) })
      }
      const inbox = startInbox(deps)
      const until = performance.now() + 30_000
      for (;;) {
        const state = (await readInboxStates(store.db, ['acme'])).get('acme')
        if (!state || state.pending === 0) break
        if (performance.now() > until) throw new Error(`deliveries are not read: ${JSON.stringify(state)}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await inbox.stop()
      const state = (await readInboxStates(store.db, ['acme'])).get('acme')
      if (state && state.failed > 0) throw new Error(`deliveries failed: ${JSON.stringify(state)}`)
    },
    end: () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

/** Everything that stands and what was derived of it, without the numbers that depend on the order of arrival. */
export async function standingRows(store: Store): Promise<string[]> {
  const facts = await rows<{ line: string }>(
    store.db,
    sql`select kind || ' ' || source || ' ' || id || ' ' || body as line from facts where not withdrawn and body is not null`,
  )
  const deployments = await rows<{ line: string }>(store.db, sql`select 'deployed ' || body as line from deployments`)
  const incidents = await rows<{ line: string }>(
    store.db,
    sql`select concat_ws(' ', 'incident of', s.key, i.body) as line from incidents i left join services s on s.id = i.service_id`,
  )
  const changes = await rows<{ line: string }>(
    store.db,
    sql`select concat_ws(' ', 'change', s.key, c.key, d.id, c.environment, c.started_at, c.merged_at, c.deployed_at, c.basis, c.exclusion, c.first_in_tier, c.stages) as line
      from changes c join services s on s.id = c.service_id left join deployments d on d.service_id = c.service_id and d.n = c.deployment_n`,
  )
  const commits = await rows<{ line: string }>(
    store.db,
    sql`select concat_ws(' ', 'commit', r.key, encode(c.sha, 'hex'), encode(c.parents, 'hex'), c.authored_at, c.committed_at, c.subject, c.notes) as line
      from commits c join repositories r on r.id = c.repository_id where not c.withdrawn`,
  )
  return [...facts, ...deployments, ...incidents, ...changes, ...commits]
    .map(({ line }) => line.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'https://github.test'))
    .sort()
}
