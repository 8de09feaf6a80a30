/** Reads which alerts fired, from where the last run stopped until now, a day at a time. */
import type { Fact, Instant } from '../../facts.ts'
import type { Batch, Context, Progress } from '../source.ts'
import { openAlertReader, type Pace } from './client.ts'
import { type Cursor, cursorText, parseCursor } from './cursor.ts'
import { type Episode, firingAt } from './episodes.ts'
import type { PrometheusOptions } from './options.ts'
import { factsOf } from './to-facts.ts'

export const dayMs = 86_400_000
/** Prometheus answers 11,000 steps at most. */
const mostSteps = 10_000
/** What is younger may not be stored yet: an alert would look resolved. */
export const settledMs = 60_000
/** What is stored late is seen within so long. */
const overlapMs = 600_000
const factsOfBatch = 500

/** Throws SourceError. */
export async function* collectAlerts(options: PrometheusOptions, saved: string | null, ctx: Context, pace?: Pace): AsyncGenerator<Batch> {
  const reader = await openAlertReader(options, ctx, pace)
  if (reader === null) {
    ctx.note('Alerts come from Alertmanager alone: past ones are read where url is written.')
    return
  }
  const { stepMs } = reader
  const plan = planOf(options, saved, stepMs, ctx.now.getTime())
  const { start, end, recountTo } = plan
  let { firing } = plan
  let cursor = saved ?? ''
  let coveredFrom = plan.isFromStart ? start : undefined
  for (let first = start; first < end; ) {
    const last = Math.min(first + stepsOfSlice(stepMs) * stepMs, end)
    const isRecounted = first < recountTo
    ctx.progress(progressOf(start, first, end))
    const episodes = await reader.read({ first, last, stepMs }, firing, isRecounted)
    const isNewest = last === end
    const to = isNewest ? Math.max(first, last - Math.ceil(overlapMs / stepMs) * stepMs) : last
    firing = firingAt(episodes, to)
    const next = cursorText(options, { to, recountTo, firing })
    // One that goes on is told once its end is, or with the newest.
    const facts = factsOf(isNewest ? episodes : episodes.filter(ended), options, ctx.sourceId, isRecounted)
    for (const { part, isLast } of partsOf(facts)) {
      if (isLast) cursor = next
      yield { facts: part, cursor, ...(coveredFrom === undefined ? {} : { coveredFrom }) }
      coveredFrom = undefined
    }
    first = last
  }
}

interface Plan extends Pick<Cursor, 'firing' | 'recountTo'> {
  start: Instant
  /** The last step that is read. */
  end: Instant
  isFromStart: boolean
}

function planOf(options: PrometheusOptions, saved: string | null, stepMs: number, now: Instant): Plan {
  const known = parseCursor(saved, options)
  const isFromStart = known === null || known.isRuleNew
  const start = isFromStart ? Math.floor((now - options.backfillDays * dayMs) / stepMs) * stepMs : known.to
  const end = start + Math.floor((now - settledMs - start) / stepMs) * stepMs
  if (isFromStart) return { start, end, isFromStart, firing: {}, recountTo: known === null ? 0 : end }
  return { start, end, isFromStart, firing: known.firing, recountTo: known.recountTo }
}

/** At least one part, so that every step is saved. */
function* partsOf(facts: Fact[]): Generator<{ part: Fact[]; isLast: boolean }> {
  for (let at = 0; at === 0 || at < facts.length; at += factsOfBatch) {
    yield { part: facts.slice(at, at + factsOfBatch), isLast: at + factsOfBatch >= facts.length }
  }
}

function ended({ resolvedAt }: Episode): boolean {
  return resolvedAt !== null
}

export function stepsOfSlice(stepMs: number): number {
  return Math.max(1, Math.min(mostSteps, Math.floor(dayMs / stepMs)))
}

function progressOf(start: Instant, first: Instant, end: Instant): Progress {
  return { step: 'reading days', done: Math.floor((first - start) / dayMs), total: Math.ceil((end - start) / dayMs) }
}
