/** Rounds of collecting one source with kill -9 at random moments, and what the store holds in the end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { exportAll } from '../../server/collector/transfer.ts'
import type { Config } from '../../server/config.ts'
import { defineMetrics } from '../../server/definition.ts'
import { sources } from '../../server/sources/index.ts'
import { rows } from '../../server/store/database.ts'
import { openStore, type Store, type StoreLocation } from '../../server/store/open.ts'
import { seeded } from './repository.ts'

export interface Crashing extends StoreLocation {
  /** For files that belong to neither. */
  folder: string
  source: SourceAsWritten
}

/** As a configuration has it, called `shop`. */
export interface SourceAsWritten {
  type: 'git' | 'github'
  options: Record<string, unknown>
}

export interface Round {
  kills: number
  /** From the start of the first process to the end of the last. */
  seconds: number
}

/** The time that every run is given. */
export const now = Date.UTC(2026, 0, 5, 12)

const child = fileURLToPath(new URL('child.ts', import.meta.url))
const mostStarts = 30

/** A repository whose release tags are its deployments. */
export function repositoryAt(path: string): SourceAsWritten {
  return { type: 'git', options: { path, deployments: { tags: '^v\\d+\\.\\d+\\.\\d+$' } } }
}

export function configOf({ type, options: written }: SourceAsWritten): Config {
  const options = sources[type]?.options.parse(written)
  return {
    timeZone: 'UTC',
    definition: defineMetrics(),
    sources: [{ id: 'shop', type, options, schedule: '*/15 * * * *' }],
    services: [],
    teams: [],
    demo: false,
    file: null,
  }
}

/** Collects without disturbance; answers how long the process took from its first word, in ms. */
export async function collectUndisturbed(crashing: Crashing): Promise<number> {
  const { ended, begun } = start(crashing)
  await begun
  const at = performance.now()
  const code = await ended
  if (code !== 0) throw new Error(`an undisturbed collection ended with ${code}`)
  return performance.now() - at
}

/** Collects until it is done, killed up to `mostKills` times: first within half the duration of an undisturbed run, then anywhere in it. */
export async function collectWithKills(crashing: Crashing, seed: number, durationMs: number, mostKills = 4): Promise<Round> {
  const random = seeded(seed)
  const startedAt = performance.now()
  let kills = 0
  for (let starts = 0; starts < mostStarts; starts++) {
    const run = start(crashing)
    await run.begun
    const timer = kills < mostKills ? setTimeout(() => run.kill(), random() * (kills === 0 ? durationMs / 2 : durationMs)) : undefined
    const code = await run.ended
    clearTimeout(timer)
    if (code === 0) return { kills, seconds: (performance.now() - startedAt) / 1000 }
    if (code === null) kills++
    else if (code !== 3) throw new Error(`a collection after ${kills} kills ended with ${code}`)
  }
  throw new Error(`the collection did not end within ${mostStarts} starts`)
}

/** Everything that matters in the store as text: all but the run log, and without numbers that the database gave. */
export async function contentAt(location: StoreLocation): Promise<string> {
  const store = await openStore(location)
  try {
    return await contentOf(store)
  } finally {
    await store.close()
  }
}

export async function contentOf(store: Store): Promise<string> {
  const kept: string[] = []
  for await (const text of exportAll(store))
    kept.push(...text.split('\n').filter((line) => !line.startsWith('{"run"') && !line.startsWith('{"format"')))
  const derived = await rows<{ line: string }>(
    store.db,
    sql`select line from (
          select 'service ' || (to_jsonb(s) - 'id' - 'revision' - 'waiting_digest')::text as line from services s
          union all
          select 'deployment ' || s.key || ' ' || (to_jsonb(d) - 'service_id' - 'n')::text from deployments d join services s on s.id = d.service_id
          union all
          select 'change ' || s.key || ' ' || coalesce(d.source || '/' || d.id, 'waiting') || ' ' || (to_jsonb(c) - 'service_id' - 'deployment_n')::text
            from changes c join services s on s.id = c.service_id left join deployments d on d.service_id = c.service_id and d.n = c.deployment_n
          union all
          select 'incident ' || coalesce(s.key, '') || ' ' || (to_jsonb(i) - 'service_id')::text from incidents i left join services s on s.id = i.service_id
        ) lines order by line collate "C"`,
  )
  return [...kept, ...derived.map(({ line }) => line)].join('\n')
}

function start(crashing: Crashing) {
  const process_ = spawn(process.execPath, ['--import', 'tsx', child, JSON.stringify(crashing)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(process_, 'exit').then(([code]) => code as number | null)
  return {
    begun: Promise.race([once(process_.stdout, 'data'), ended]),
    /** The exit code; null: killed. */
    ended,
    kill: () => process_.kill('SIGKILL'),
  }
}
