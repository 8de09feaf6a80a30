/** What a metric is: a pure function of the linked facts of one window or bucket, with the words that stand beside its number. */
import type { Definition } from '../definition.ts'
import type { Metrics } from './answer.ts'
import type { Slice } from './slice.ts'

export interface MetricWords {
  /** The question that it answers. */
  question: string
  /** The definition in one or two plain sentences, with the parameters' values. */
  rule: string
  /** What is left out, and why. */
  excluded: string
  /** How its uncertainty is told. */
  interval: string
}

export interface Metric<Id extends keyof Metrics> {
  id: Id
  title: string
  group: 'throughput' | 'instability' | 'beside'
  unit: Metrics[Id]['unit']
  words(definition: Definition): MetricWords
  compute(slice: Slice): Metrics[Id]
}

/** A length of time as words: "90 minutes", "72 hours", "14 days". */
export function spanWords(seconds: number): string {
  for (const [unit, size, from] of [
    ['day', 86_400, 4],
    ['hour', 3600, 1],
    ['minute', 60, 1],
  ] as const) {
    const count = seconds / size
    if (Number.isInteger(count) && count >= from) return count === 1 ? `1 ${unit}` : `${count} ${unit}s`
  }
  return `${seconds} seconds`
}
