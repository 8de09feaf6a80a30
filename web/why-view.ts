/** How the parts of an explanation are put into figures and names. */
import type { WhyPart, WhySplit } from './api.ts'
import type { WaterfallRow } from './charts/waterfall.ts'
import { counted, formatDuration } from './format.ts'
import { stageWords } from './words.ts'

/** A value of the split: of logarithms the duration of a typical change. */
export function whyValue(unit: WhySplit['unit'], value: number): string {
  if (unit === 'ratio') return `${(100 * value).toLocaleString('en-GB', { maximumFractionDigits: 1 })}%`
  // A logarithm there and back is off in the last digits, which would make 24 h of a day.
  return formatDuration(unit === 'log_seconds' ? Math.round(1000 * Math.expm1(value)) / 1000 : value)
}

/** The size of a part: parts of logarithms multiply. */
export function whySize(unit: WhySplit['unit'], size: number): string {
  if (unit === 'log_seconds') return `× ${Math.exp(size).toLocaleString('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
  const sign = size > 0 ? '+' : size < 0 ? '−' : ''
  if (unit === 'seconds') return `${sign}${formatDuration(Math.abs(size))}`
  const points = Math.abs(100 * size).toLocaleString('en-GB', { maximumFractionDigits: 1 })
  return `${sign}${points} ${points === '1' ? 'point' : 'points'}`
}

/** What a part or a total is called. */
export function whyName({ kind, service, services, stage }: Pick<WaterfallRow, 'kind' | 'service' | 'services' | 'stage'>): string {
  if (kind === 'before') return 'Before'
  if (kind === 'after') return 'Now'
  if (kind === 'mix' && services === 0) return 'Mix of services'
  if (kind === 'unobserved') return 'Stages not observed'
  if (stage !== null) return stageWords[stage].title
  return service ?? counted(services, 'other service')
}

/** Up is worse: times get longer, more deployments fail. */
export function whyTone(size: Pick<WhyPart, 'size'>['size']): 'worse' | 'better' | 'same' {
  if (size === 0) return 'same'
  return size > 0 ? 'worse' : 'better'
}
