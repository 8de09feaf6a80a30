/** A split as the rows of a waterfall: what it was, each part where the one above ended, what it is. */
import type { WhyPart, WhySplit } from '../api.ts'

export interface WaterfallRow {
  key: string
  kind: 'before' | 'after' | WhyPart['kind']
  service: string | null
  services: number
  stage: WhyPart['stage']
  /** Where it begins and ends, in the split's unit; of a total both are its value where there is no zero to begin at. */
  from: number
  to: number
  /** Of a part. */
  size: number
  detail: string
}

const none = { service: null, services: 0, stage: null, size: 0, detail: '' }

/** The parts of the mix are one row: they only mean something together, and the table has each of them. */
export function waterfallRows(split: WhySplit): WaterfallRow[] {
  const base = (value: number) => (hasZero(split) ? 0 : value)
  const rows: WaterfallRow[] = [{ ...none, key: 'before', kind: 'before', from: base(split.before), to: split.before }]
  let at = split.before
  const add = (part: Omit<WaterfallRow, 'from' | 'to'>) => {
    rows.push({ ...part, from: at, to: at + part.size })
    at += part.size
  }
  const mix = split.parts.filter((part) => part.kind === 'mix')
  if (mix.length > 0) {
    const size = mix.reduce((sum, part) => sum + part.size, 0)
    add({
      ...none,
      key: 'mix',
      kind: 'mix',
      size,
      detail: mix.map(({ name, detail }) => (detail === '' ? name : `${name}: ${detail}`)).join('; '),
    })
  }
  split.parts.forEach((part, index) => {
    if (part.kind !== 'mix') add({ ...part, key: `${part.kind} ${index}` })
  })
  return [...rows, { ...none, key: 'after', kind: 'after', from: base(split.after), to: split.after }]
}

/** Seconds and ratios begin at zero; logarithms have none that means anything. */
export function hasZero({ unit }: Pick<WhySplit, 'unit'>): boolean {
  return unit !== 'log_seconds'
}

/** Wide enough for every row; without a zero with some room on both sides. */
export function waterfallDomain(split: Pick<WhySplit, 'unit'>, rows: readonly WaterfallRow[]): [number, number] {
  const ends = rows.flatMap(({ from, to }) => [from, to])
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  if (hasZero(split)) return [Math.min(0, low), high]
  const room = (high - low) * 0.06 || 0.1
  return [low - room, high + room]
}
