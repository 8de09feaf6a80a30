/** What a report says, from the linked rows of its week: pure, so that the same data gives the same report. */
import { type Instant, type Ref, refKey } from '../facts.ts'
import type { LinkedChange, LinkedDeployment } from '../linked.ts'
import type { MetricsAnswer } from '../metrics/answer.ts'
import { coverageOf } from '../metrics/coverage.ts'
import { changeContext } from '../metrics/evidence.ts'
import type { MetricsInput } from '../metrics/input.ts'
import type { Window } from '../metrics/windows.ts'
import { slowestChanges, waitingChanges } from './change-lines.ts'
import { failureLines, timeOf } from './failure-lines.ts'
import { headline } from './headline.ts'
import { metricLines } from './metric-lines.ts'
import { questionsOf } from './questions.ts'
import type { Health, ReportContent, WhyLine } from './snapshot.ts'

export interface WeekData {
  title: string
  week: string
  window: Window
  now: Instant
  /** Of the week alone. */
  input: MetricsInput
  answer: MetricsAnswer
  /** Of those metrics that differ clearly from the week before. */
  why: WhyLine[]
  /** Of the four weeks before, by week. */
  history: MetricsAnswer
  /** Deployments that remedied a failure of the week and lie outside it. */
  remedies: LinkedDeployment[]
  /** Delivered in the week, with what a person reads of them. */
  changes: LinkedChange[]
  /** Merged and not live at `waitingAt`. */
  waiting: LinkedChange[]
  waitingAt: Instant
  sources: { id: string; lastSuccessAt: Instant | null; error: string | null }[]
  unmapped: Health['unmapped']
}

export function composeReport(data: WeekData): ReportContent {
  const { input, answer, window, title } = data
  const { asOf, definition, timeZone } = input
  const remedies = new Map([...input.deployments, ...data.remedies].map((row) => [refKey(row), row]))
  const failures = failureLines({ deployments: input.deployments, remedies, asOf, definition, timeZone })
  const slowest = slowestChanges(data.changes, changeContext(input))
  const waiting = waitingChanges(data.waiting, data.waitingAt)
  const health = healthOf(data)
  const facts = { title, answer, deployments: input.deployments, failures, slowest, waiting, health, idle: idleServices(data) }
  return {
    week: data.week,
    from: window.fromDay,
    to: window.toDay,
    timeZone,
    environment: answer.environment,
    definition: answer.definition,
    asOf: timeOf(asOf),
    partial: asOf === null ? data.now < window.to : asOf < window.to,
    coverage: answer.coverage,
    pooled: answer.pooled ?? null,
    headline: headline(answer, title),
    metrics: metricLines(answer, data.history),
    why: data.why,
    failures,
    slowest,
    waiting,
    health,
    questions: questionsOf(facts),
  }
}

function healthOf({ input, answer, window, now, sources, unmapped }: WeekData): Health {
  const covered = coverageOf(input.services, window).services
  const elapsed = Math.max(0, Math.min(answer.coverage.of, (now - window.from) / 86_400_000))
  const { pending, provisional } = answer.metrics.change_fail_rate
  return {
    sources: sources.map(({ id, lastSuccessAt, error }) => ({
      id,
      lastSuccessAt: timeOf(lastSuccessAt),
      lagSeconds: lastSuccessAt === null ? null : Math.max(0, now - lastSuccessAt) / 1000,
      error,
    })),
    uncoveredDays: Math.max(0, elapsed - answer.coverage.days),
    uncoveredServices: [...new Set(input.services.map(({ service }) => service))].filter((service) => !covered.has(service)).sort(),
    unmapped,
    commitUnknown: input.deployments.filter((row) => row.commitUnknown && row.counted).length,
    unassigned: input.incidents.filter((row) => row.service === null).map(({ title, url }) => ({ name: title, url })),
    pending,
    provisional,
  }
}

/** Covered services without a counted deployment in the week. */
function idleServices({ input, answer, window }: WeekData): string[] {
  if (answer.scope.startsWith('service:')) return []
  const active = new Set(input.deployments.filter((row) => row.counted).map((row) => row.service))
  return [...coverageOf(input.services, window).services].filter((service) => !active.has(service)).sort()
}

/** References of remedies that are not among the deployments of the week. */
export function missingRemedies(deployments: readonly LinkedDeployment[]): Ref[] {
  const known = new Set(deployments.map(refKey))
  const missing = new Map<string, Ref>()
  for (const ref of deployments.flatMap((row) => row.failure?.remedies ?? [])) {
    if (!known.has(refKey(ref))) missing.set(refKey(ref), ref)
  }
  return [...missing.values()]
}
