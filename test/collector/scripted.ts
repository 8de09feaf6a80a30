/** A store and collections of sources that do what a test says. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import type { CollectDeps } from '../../server/collector/collect.ts'
import { defineMetrics } from '../../server/definition.ts'
import type { Instant } from '../../server/facts.ts'
import { sources } from '../../server/sources/index.ts'
import type { Batch, Context } from '../../server/sources/source.ts'
import { openStore, type Store, type StoreLocation } from '../../server/store/open.ts'
import { noteSuccess } from '../../server/store/sources.ts'

export type Script = (ctx: Context, cursor: string | null) => AsyncIterable<Batch>

export interface Collecting {
  store: Store
  deps: CollectDeps
  /** Lines of the log, parsed. */
  logged: Record<string, unknown>[]
  /** Sets the clock. */
  setNow(at: Instant): void
  /** Configures one source for each script, named by its key. */
  script(scripts: Record<string, Script>, schedule?: string): void
  succeeded(sourceId: string, at: Instant): Promise<void>
  end(): Promise<void>
}

const scriptsById = new Map<string, Script>()

Object.assign(sources, {
  scripted: {
    id: 'scripted',
    title: 'Scripted',
    options: z.strictObject({}),
    collect(_options: unknown, cursor: string | null, ctx: Context) {
      const script = scriptsById.get(ctx.sourceId)
      if (!script) throw new Error(`no script for ${ctx.sourceId}`)
      return script(ctx, cursor)
    },
  },
})

export async function collecting(start: Instant, location: StoreLocation): Promise<Collecting> {
  const dir = mkdtempSync(join(tmpdir(), 'shiplog-collecting-'))
  const store = await openStore(location)
  const logged: Record<string, unknown>[] = []
  let at = start
  const config: CollectDeps['config'] = {
    timeZone: 'Europe/Berlin',
    definition: defineMetrics(),
    sources: [],
    services: [],
    teams: [],
    demo: false,
    file: null,
  }
  const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line)) })
  return {
    store,
    deps: { store, config, dataDir: dir, now: () => new Date(at), log },
    logged,
    setNow(next) {
      at = next
    },
    script(scripts, schedule) {
      for (const [id, script] of Object.entries(scripts)) {
        scriptsById.set(id, script)
        config.sources = [...config.sources.filter((one) => one.id !== id), { id, type: 'scripted', options: {}, schedule: schedule ?? id }]
      }
    },
    succeeded: (sourceId, when) => noteSuccess(store.db, sourceId, when),
    async end() {
      await store.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
