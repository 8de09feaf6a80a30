/** The registry of metrics: one line each. */
import type { Definition } from '../definition.ts'
import type { Metrics } from './answer.ts'
import { batchSize } from './batch-size.ts'
import { changeFailRate } from './change-fail-rate.ts'
import { changeLeadTime } from './change-lead-time.ts'
import { deploymentFrequency } from './deployment-frequency.ts'
import { incidentRestore } from './incident-restore.ts'
import type { Metric, MetricWords } from './metric.ts'
import { recoveryTime } from './recovery-time.ts'
import { reworkRate } from './rework-rate.ts'
import type { Slice } from './slice.ts'

export const metrics: { [Id in keyof Metrics]: Metric<Id> } = {
  deployment_frequency: deploymentFrequency,
  change_lead_time: changeLeadTime,
  failed_deployment_recovery_time: recoveryTime,
  change_fail_rate: changeFailRate,
  deployment_rework_rate: reworkRate,
  batch_size: batchSize,
  incident_time_to_restore: incidentRestore,
}

const all = Object.values(metrics) as Metric<keyof Metrics>[]

/** Every metric's answer for one window or bucket. */
export function answersOf(slice: Slice): Metrics {
  return Object.fromEntries(all.map((metric) => [metric.id, metric.compute(slice)])) as unknown as Metrics
}

/** The answers of some metrics. */
export function someAnswersOf<Id extends keyof Metrics>(slice: Slice, ids: readonly Id[]): Pick<Metrics, Id> {
  return Object.fromEntries(ids.map((id) => [id, metrics[id].compute(slice)])) as Pick<Metrics, Id>
}

export interface DefinedMetric extends MetricWords {
  id: keyof Metrics
  title: string
  group: 'throughput' | 'instability' | 'beside'
  unit: string
}

/** Each metric's definition in words, with the parameters' values. */
export function definitionWords(definition: Definition): DefinedMetric[] {
  return all.map(({ id, title, group, unit, words }) => ({ id, title, group, unit, ...words(definition) }))
}
