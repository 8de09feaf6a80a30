/** How the parts of an explanation are put into figures and names. */
import type { WhySplit } from './api.ts'
import type { WaterfallRow } from './charts/waterfall.ts'
import { counted, formatDuration } from './format.ts'
import { stageWords, whyWords } from './words.ts'

/** A value of the split: of logarithms the duration of a typical change. */
export function whyValue(unit: WhySplit['unit'], value: number): string {
  if (unit === 'ratio') return `${(100 * value).toLocaleString('en-GB', { maximumFractionDigits: 1 })}%`
  // A logarithm there and back is off in the last digits, which would make 24 h of a day.
  return formatDuration(unit === 'log_seconds' ? Math.round(1000 * Math.expm1(value)) / 1000 : value)
}

/** The size of a part: parts of logarithms multiply. */
export function whySize(unit: WhySplit['unit'], size: number): string {
  if (unit === 'log_seconds') return `× ${Math.exp(size).toLocaleString('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
  const sign = isNone(unit, size) ? '' : size > 0 ? '+' : '−'
  if (unit === 'seconds') return `${sign}${formatDuration(Math.abs(size))}`
  const points = Math.abs(100 * size).toLocaleString('en-GB', { maximumFractionDigits: 1 })
  return `${sign}${points} ${points === '1' ? 'point' : 'points'}`
}

/** What a part or a total is called. */
export function whyName({ kind, service, services, stage }: Pick<WaterfallRow, 'kind' | 'service' | 'services' | 'stage'>): string {
  if (kind === 'before' || kind === 'after' || kind === 'unobserved') return whyWords[kind]
  if (kind === 'mix' && services === 0) return whyWords.mix
  if (stage !== null) return stageWords[stage].title
  return service ?? counted(services, 'other service')
}

/** Less than the least that a figure tells. */
function isNone(unit: WhySplit['unit'], size: number): boolean {
  return Math.abs(size) < { seconds: 0.5, ratio: 0.0005, log_seconds: 0.005 }[unit]
}

/** Up is worse: times get longer, more deployments fail. */
export function whyTone(unit: WhySplit['unit'], size: number): 'worse' | 'better' | 'same' {
  if (isNone(unit, size)) return 'same'
  return size > 0 ? 'worse' : 'better'
}
