/** The words of one part of an explanation: its name, and what it rests on. */
import type { ServicePart, Side } from '../metrics/explain/split-by-service.ts'
import type { StagePart } from '../metrics/explain/split-by-stage.ts'
import { count, duration, percent } from './format.ts'
import { stageWords } from './words.ts'

export interface Told {
  name: string
  /** What it rests on. Empty for parts that stand for several services. */
  detail: string
}

/** `checkout (1.9 days, before 1.2 days)`. */
export function toldWithin({ name, detail }: Told): string {
  return detail === '' ? name : `${name} (${detail})`
}

/** Duration of a typical change, from the mean of ln(1 + seconds). */
export function typical(log: number): string {
  return duration(Math.expm1(log))
}

export function servicePartText({ kind, service, services, before, after }: ServicePart, unit: 'log_seconds' | 'ratio'): Told {
  if (service === null) return { name: count(services, 'other service'), detail: '' }
  const [value, unitText] = kind === 'mix' ? shares(unit) : unit === 'ratio' ? failed : [typicalText, '']
  const now = after === null ? 'nothing' : `${value(after)}${unitText}`
  const was = before === null ? 'nothing' : `${value(before)}${after === null ? unitText : ''}`
  return { name: service, detail: `${now}, before ${was}` }
}

type SideText = readonly [value: (side: Side) => string, unit: string]

function shares(unit: 'log_seconds' | 'ratio'): SideText {
  return [({ share }) => percent(share), unit === 'ratio' ? ' of the deployments' : ' of the changes']
}

const failed: SideText = [({ mean, n }) => `${Math.round(mean * n)} of ${n}`, ' failed']

function typicalText({ mean }: Side): string {
  return typical(mean)
}

/** A stage of which so much more or less was observed says that with its seconds. */
const observedDiffers = 0.1

/** Time in a stage per change; where it was observed for more or fewer of the changes than before, that too. */
export function stagePartText({ stage, before, after, observed }: StagePart, n: { before: number; after: number }): Told {
  const name = stage === null ? 'stages not observed' : stageWords[stage]
  const detail = `${duration(after)} a change, before ${duration(before)}`
  if (observed === null) return { name, detail }
  const [was, is] = [observed.before / n.before, observed.after / n.after]
  if (Math.abs(is - was) < observedDiffers) return { name, detail }
  return { name, detail: `${detail}; but it was observed for ${percent(is)} of the changes, before for ${percent(was)}` }
}
