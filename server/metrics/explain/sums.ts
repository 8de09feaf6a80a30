/** What an explanation is made from: sums of each service over one of the two compared windows. */
import { type Stage, stages } from '../../linked.ts'
import { type EvidenceContext, explainJudged } from '../evidence.ts'
import type { Carrier, ChangeColumns, Observations } from '../observations.ts'
import type { Days } from '../reading.ts'
import { withinDays } from '../windows.ts'

/** Where sums are made from: the rows that the metrics include, one by one. */
export type Observed = Pick<Observations, 'deployments' | 'carriers' | 'changes'>

export interface SumsContext extends EvidenceContext {
  timeZone: string
}

export interface ServiceSums {
  service: string
  /** Changes in the lead time. */
  n: number
  /** Σ ln(1 + seconds of lead time). */
  logSum: number
  /** Σ seconds of lead time. */
  seconds: number
  /** Σ seconds of each stage, over the changes where it was observed. */
  stages: Partial<Record<Stage, { sum: number; n: number }>>
  /** Σ ln(1 + seconds from merge to live). */
  waitLogSum: number
  /** Deployments that carried the changes. */
  carrying: number
  /** Deployments in the fail rate, and those of them that failed. */
  judged: number
  failed: number
}

/** All services together. */
export type Sums = Omit<ServiceSums, 'service'>

export function noSums(): Sums {
  return { n: 0, logSum: 0, seconds: 0, stages: {}, waitLogSum: 0, carrying: 0, judged: 0, failed: 0 }
}

/** Adds the services up, in the order of their names. */
export function totalOf(sums: readonly ServiceSums[]): Sums {
  const total = noSums()
  for (const each of [...sums].sort(byService)) {
    for (const key of ['n', 'logSum', 'seconds', 'waitLogSum', 'carrying', 'judged', 'failed'] as const) total[key] += each[key]
    for (const stage of stages) {
      const added = each.stages[stage]
      if (added === undefined) continue
      const known = total.stages[stage] ?? { sum: 0, n: 0 }
      total.stages[stage] = { sum: known.sum + added.sum, n: known.n + added.n }
    }
  }
  return total
}

/**
 * The sums of the windows together, by name of the service; services without an observation are left out. `observed` may hold more days, and is what
 * the metrics include by their own rules (evidence.ts). Equal observations in any order give the equal sums.
 */
export function sumsOf(observed: Observed, windows: readonly Days[], context: SumsContext): ServiceSums[] {
  const isIn = withinDays(windows, context.timeZone)
  const carriers = new Map<string, Carrier[]>()
  for (const carrier of observed.carriers) {
    if (carrier.from === carrier.to || !isIn(carrier.at)) continue
    const own = carriers.get(carrier.service)
    if (own) own.push(carrier)
    else carriers.set(carrier.service, [carrier])
  }
  const sums = new Map<string, ServiceSums>()
  for (const [service, own] of carriers) sums.set(service, { service, ...noSums(), ...changeSums(own, observed.changes) })
  for (const deployment of observed.deployments) {
    const { included, counts } = explainJudged(deployment, 'change_fail_rate', context)
    if (!included || !isIn(deployment.at)) continue
    const { service } = deployment
    const known = sums.get(service) ?? { service, ...noSums() }
    sums.set(service, known)
    known.judged++
    if (counts) known.failed++
  }
  return [...sums.values()].sort(byService)
}

function byService(a: ServiceSums, b: ServiceSums): number {
  return a.service < b.service ? -1 : 1
}

/** Milliseconds of carriers' changes from one column, shortest first, so that sums do not depend on the order of what is added. */
function sorted(carriers: readonly Pick<Carrier, 'from' | 'to'>[], column: Float64Array): Float64Array {
  const all = new Float64Array(carriers.reduce((n, { from, to }) => n + to - from, 0))
  let filled = 0
  for (const { from, to } of carriers) {
    all.set(column.subarray(from, to), filled)
    filled += to - from
  }
  return all.sort()
}

function changeSums(carriers: readonly Carrier[], changes: ChangeColumns): Omit<Sums, 'judged' | 'failed'> {
  const observed: Sums['stages'] = {}
  for (const [i, stage] of stages.entries()) {
    // NaN sorts to the end.
    const values = sorted(carriers, changes.stages[i] as Float64Array)
    const from = values.findIndex(Number.isNaN)
    const known = from === -1 ? values : values.subarray(0, from)
    if (known.length > 0) observed[stage] = { sum: secondsOf(known), n: known.length }
  }
  const leads = sorted(carriers, changes.lead)
  return {
    n: leads.length,
    logSum: logsOf(leads),
    seconds: secondsOf(leads),
    stages: observed,
    waitLogSum: logsOf(sorted(carriers, changes.wait)),
    carrying: carriers.length,
  }
}

/** What one deployment carried. */
export function carriedSums(carrier: Carrier, changes: ChangeColumns): Pick<Sums, 'n' | 'logSum' | 'waitLogSum'> {
  const leads = sorted([carrier], changes.lead)
  return { n: leads.length, logSum: logsOf(leads), waitLogSum: logsOf(sorted([carrier], changes.wait)) }
}

function secondsOf(ms: Float64Array): number {
  return ms.reduce((sum, value) => sum + value, 0) / 1000
}

/** Σ ln(1 + seconds). */
function logsOf(ms: Float64Array): number {
  return ms.reduce((sum, value) => sum + Math.log1p(value / 1000), 0)
}
