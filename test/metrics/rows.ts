/** Linked rows for the metrics' tests, with plain defaults. */
import { defineMetrics } from '../../server/definition.ts'
import type { Instant } from '../../server/facts.ts'
import type { Failure, LinkedChange, LinkedDeployment, LinkedIncident, ServiceFacts, Signal } from '../../server/linked.ts'
import type { MetricsInput } from '../../server/metrics/input.ts'

export const hour = 3_600_000
export const day = 24 * hour

export function at(text: string): Instant {
  return Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text)
}

export function deployment(id: string, finishedAt: Instant | null, rest: Partial<LinkedDeployment> = {}): LinkedDeployment {
  return {
    source: 'api',
    id,
    service: 'shop',
    url: null,
    environment: 'production',
    tier: 'production',
    repository: 'shop',
    line: null,
    commit: `commit-${id}`,
    version: null,
    status: 'succeeded',
    startedAt: finishedAt,
    finishedAt,
    kind: 'code',
    counted: true,
    commitUnknown: false,
    witness: null,
    changes: 1,
    previous: null,
    failure: null,
    verdict: null,
    rework: null,
    ...rest,
  }
}

export function failure(beganAt: Instant, recoveredAt: Instant | null, signal: Signal = 'revert'): Failure {
  const fact = { kind: 'deployment', source: 'api', id: 'remedy' } as const
  return {
    confidence: 'likely',
    rule: signal,
    evidence: [{ signal, confidence: 'likely', text: 'It was remedied.', fact }],
    remedies: [],
    incidents: [],
    beganAt,
    noticedAt: recoveredAt,
    recoveredAt,
  }
}

/** A change that took so many seconds to go live. */
export function change(key: string, deployedAt: Instant, seconds: number, rest: Partial<LinkedChange> = {}): LinkedChange {
  return {
    service: 'shop',
    repository: 'shop',
    key,
    title: key,
    url: null,
    commit: null,
    environment: 'production',
    tier: 'production',
    deployment: { source: 'api', id: `at-${deployedAt}` },
    deployedAt,
    startedAt: deployedAt - seconds * 1000,
    mergedAt: deployedAt,
    basis: 'first_commit',
    exclusion: null,
    firstInTier: true,
    commits: 1,
    stages: {},
    filesUnknown: false,
    ...rest,
  }
}

export function incident(id: string, openedAt: Instant, resolvedAt: Instant | null, rest: Partial<LinkedIncident> = {}): LinkedIncident {
  return {
    source: 'api',
    id,
    service: 'shop',
    url: null,
    title: id,
    severity: null,
    openedAt,
    acknowledgedAt: null,
    mitigatedAt: null,
    resolvedAt,
    cause: null,
    deployment: null,
    attribution: null,
    reason: null,
    candidates: [],
    ...rest,
  }
}

export function serviceFacts(from: string | null, to: string | null, rest: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    service: 'shop',
    signals: ['explicit', 'revert'],
    coveredFrom: from === null ? null : at(from),
    coveredTo: to === null ? null : at(to),
    ...rest,
  }
}

/** January 2026 by week, covered wholly, asked a month later. */
export function question(rest: Partial<MetricsInput> = {}): MetricsInput {
  return {
    scope: 'service:shop',
    from: '2026-01-01',
    to: '2026-02-01',
    timeZone: 'UTC',
    bucket: 'week',
    environment: 'production',
    asOf: at('2026-03-01'),
    definition: defineMetrics(),
    services: [serviceFacts('2025-12-01', '2026-03-01')],
    deployments: [],
    changes: [],
    waiting: [],
    incidents: [],
    ...rest,
  }
}

/** A generator of numbers in [0, 1) that gives the same ones each time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A standard normal number (Box and Muller). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
