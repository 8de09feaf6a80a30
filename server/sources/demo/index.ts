/** The demo: a seeded, realistic organisation that lives on, so that every page has something true to show before any setup. */
import { DateTime } from 'luxon'
import { z } from 'zod'
import type { Fact, Instant } from '../../facts.ts'
import type { Batch, Context, Source } from '../source.ts'
import { demoTimeZone } from './calendar.ts'
import { demoDefaults } from './organisation.ts'
import { newsOf, worldOf } from './world.ts'

/** Every batch links all thirty services anew, so that fewer fill an empty database faster, and take more memory: 340 MB and 10 s. */
const factsPerBatch = 6_000

export const DemoOptions = z.strictObject({
  /** Another seed gives another history of the same organisation. */
  seed: z.string().min(1).max(100).default(demoDefaults.seed),
  /** How far back the history begins. */
  weeks: z.int().min(16).max(208).default(demoDefaults.weeks),
})
export type DemoOptions = z.output<typeof DemoOptions>

const Cursor = z.strictObject({ anchor: z.iso.date(), until: z.int() })

export const demoSource: Source<DemoOptions> = {
  id: 'demo',
  title: 'Demo data (made up)',
  options: DemoOptions,
  collect,
}

async function* collect(options: DemoOptions, cursor: string | null, ctx: Context): AsyncIterable<Batch> {
  const now = ctx.now.getTime()
  const today = DateTime.fromMillis(now, { zone: demoTimeZone }).toISODate() as string
  const { anchor, until } = cursor === null ? { anchor: today, until: Number.NEGATIVE_INFINITY } : Cursor.parse(JSON.parse(cursor))
  const world = worldOf({ ...options, source: ctx.sourceId, anchor, until: now })
  const news = newsOf(world, until, now)
  for (let from = 0; from < news.length; ) {
    ctx.signal.throwIfAborted()
    const to = endOfBatch(news, from)
    const batch = news.slice(from, to)
    const facts = batch.map(({ fact }) => fact)
    const last = (batch.at(-1) as { at: Instant }).at
    from = to
    yield { facts: [...facts, ...headsOf(facts, ctx.sourceId)], cursor: JSON.stringify({ anchor, until: to === news.length ? now : last }) }
    ctx.progress({ step: 'telling the demo', done: to, total: news.length })
  }
}

/** What happened at one instant stays in one batch, since the cursor is that instant. */
function endOfBatch(news: { at: Instant }[], from: number): number {
  let to = Math.min(from + factsPerBatch, news.length)
  while (to < news.length && news[to]?.at === news[to - 1]?.at) to += 1
  return to
}

/** The newest commit of each repository that got one. A first-parent chain never mixes with what a branch holds, for a merge comes last. */
function headsOf(facts: Fact[], source: string): Fact[] {
  const heads = new Map<string, Fact>()
  for (const fact of facts) {
    if (fact.kind === 'commit')
      heads.set(fact.repository, { kind: 'head', source, repository: fact.repository, branch: 'main', sha: fact.sha })
  }
  return [...heads.values()]
}
