/** Incidents as PagerDuty answers them, each complete but for what a test says of it. */
import * as facts from '../../server/facts.ts'
import { collectPagerduty, refreshPagerduty } from '../../server/sources/pagerduty/collect.ts'
import { PagerdutyOptions } from '../../server/sources/pagerduty/options.ts'
import type { Batch, Context } from '../../server/sources/source.ts'
import type { Item, PagerdutyFake } from '../fakes/pagerduty/start-pagerduty.ts'

type Fields = Record<string, unknown>

/** The instant of `HH:MM` on 5 January 2026. */
export const at = (time: string) => Date.parse(iso(time))
export const iso = (time: string) => `2026-01-05T${time}:00Z`

export function optionsOf(fields: Fields = {}): PagerdutyOptions {
  return PagerdutyOptions.parse({ token: 'u+key', ...fields })
}

export function incident(id: string, more: Fields = {}): Item {
  return {
    id,
    type: 'incident',
    title: `Down ${id}`,
    status: 'triggered',
    urgency: 'high',
    html_url: `https://acme.pagerduty.com/incidents/${id}`,
    created_at: iso('10:00'),
    updated_at: iso('10:00'),
    last_status_change_at: iso('10:00'),
    service: { id: 'PSHOP', summary: 'Shop' },
    priority: null,
    escalation_policy: { id: 'PESC', summary: 'Default' },
    teams: [],
    acknowledgements: [],
    _log: [entry('trigger', '10:00')],
    ...more,
  }
}

export function entry(type: string, time: string): Item {
  return { type: `${type}_log_entry`, created_at: iso(time) }
}

/** Acknowledged and resolved at these times. */
export function resolved(id: string, ack: string, end: string, more: Fields = {}): Item {
  return incident(id, {
    status: 'resolved',
    updated_at: iso(end),
    last_status_change_at: iso(end),
    resolved_at: iso(end),
    _log: [entry('resolve', end), entry('acknowledge', ack), entry('trigger', '10:00')],
    ...more,
  })
}

export interface Looking {
  options: PagerdutyOptions
  ctx: Context
  notes: string[]
  cursor: string | null
  batches: Batch[]
  /** What stands, by id. */
  facts: Map<string, facts.Fact>
  /** Runs to its end, or until as many batches were saved. */
  collect(mostBatches?: number): Promise<void>
  refresh(changed: string[]): Promise<void>
}

export function lookingAt(fake: PagerdutyFake, fields: Fields = {}, now = new Date(at('23:00'))): Looking {
  const notes: string[] = []
  const looking: Looking = {
    options: optionsOf({ url: fake.url, ...fields }),
    ctx: {
      sourceId: 'pager',
      service: 'pager',
      dataDir: '',
      signal: new AbortController().signal,
      now,
      needsFiles: () => false,
      progress: () => {},
      note: (text) => notes.push(text),
    },
    notes,
    cursor: null,
    batches: [],
    facts: new Map(),
    async collect(mostBatches = Number.POSITIVE_INFINITY) {
      let count = 0
      for await (const batch of collectPagerduty(looking.options, looking.cursor, looking.ctx, 1)) {
        looking.batches.push(batch)
        if (batch.withdraw) looking.facts.clear()
        keep(looking.facts, batch)
        looking.cursor = batch.cursor
        if (++count >= mostBatches) return
      }
    },
    async refresh(changed) {
      for await (const batch of refreshPagerduty(looking.options, changed, looking.cursor, looking.ctx, 1)) keep(looking.facts, batch)
    },
  }
  return looking
}

function keep(standing: Map<string, facts.Fact>, batch: Pick<Batch, 'facts'>): void {
  for (const fact of batch.facts) {
    if (fact.kind === 'withdrawal') standing.delete(fact.id)
    else if (fact.kind === 'incident') standing.set(fact.id, sound(fact))
    else throw new Error(`${fact.kind} is no incident`)
  }
}

/** The fact, where it is one that the rest of the program takes; throws otherwise. */
export function sound<T extends facts.Fact>(fact: T): T {
  if (fact.kind !== 'incident') return fact
  const { kind: _, ...rest } = fact
  const timed = Object.entries(rest).map(([name, value]) => [
    name,
    /At$/.test(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
  ])
  facts.Incident.parse(Object.fromEntries(timed))
  return fact
}
