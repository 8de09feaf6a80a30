/** What must hold, and whether it does. */

/** What was measured of one figure. */
export interface Measured {
  /** Null: it could not be measured. */
  value: number | null
  /** How many stand behind it. */
  samples?: number
  /** The same question in plain SQL, in the figure's unit. */
  plain?: number
  /** The same figure of an organisation a tenth as large; null where it could not be measured, absent where that has no such thing. */
  tenth?: number | null
  note?: string
}

interface Target {
  figure: string
  unit: 'ms' | 'changes/s' | 'x' | 'MB'
  /** The value itself: at most, or at least. */
  most?: number
  least?: number
  /** A limit that does not depend on the machine: the value is a ratio itself. */
  isRatio?: boolean
  /** How many times faster than plain SQL it must be. */
  fasterThanPlain?: number
  /** How much larger it may be than in an organisation a tenth as large. */
  growth?: number
}

const growth = 1.3
export const targets = {
  org: { figure: 'organisation, 26 weeks, weekly: p95 alone', unit: 'ms', most: 25, fasterThanPlain: 30, growth },
  orgAtEight: { figure: 'organisation, 26 weeks, weekly: p95 at concurrency 8', unit: 'ms', most: 60, growth },
  teams: { figure: 'all teams, 12 weeks, sparklines and verdicts: p95', unit: 'ms', most: 150, growth },
  service: { figure: 'one service of up to 20,000 changes, 26 weeks: p95', unit: 'ms', most: 20, growth },
  largeService: { figure: 'one service of up to 100,000 changes, 26 weeks: p95', unit: 'ms', most: 50, growth },
  evidenceOrg: { figure: 'first page of evidence, organisation: p95', unit: 'ms', most: 40, growth },
  evidenceTeam: { figure: 'first page of evidence, a team: p95', unit: 'ms', most: 40, growth },
  evidenceService: { figure: 'first page of evidence, a service: p95', unit: 'ms', most: 40, growth },
  shown: { figure: 'one deployment until every number shows it: p95', unit: 'ms', most: 1000 },
  batches: { figure: 'facts in batches of 500, durable and derived', unit: 'changes/s', least: 5000 },
  rebuild: { figure: 'rebuild, beside COPY of the same rows', unit: 'x', most: 3, isRatio: true },
  memory: { figure: 'memory of the serving process throughout', unit: 'MB', most: 400 },
} satisfies Record<string, Target>
export type TargetId = keyof typeof targets

export interface Line extends Measured {
  id: TargetId
  figure: string
  unit: Target['unit']
  target: string
  /** Plain SQL over the value. */
  ratio: number | null
  growth: number | null
  met: boolean
  /** The limits among these that do not depend on the machine. */
  ratiosMet: boolean
}

export function judge(id: TargetId, measured: Measured): Line {
  const target: Target = targets[id]
  const { value, plain, tenth } = measured
  const ratio = value !== null && plain !== undefined ? plain / value : null
  const grown = target.growth !== undefined && value !== null && tenth ? value / tenth : null
  const isWithin = value !== null && value <= (target.most ?? Number.POSITIVE_INFINITY) && value >= (target.least ?? 0)
  const isFaster = target.fasterThanPlain === undefined || (ratio !== null && ratio >= target.fasterThanPlain)
  const isFlat = target.growth === undefined || tenth === undefined || (grown !== null && grown <= target.growth)
  const ratiosMet = isFaster && isFlat && (target.isRatio !== true || isWithin)
  return {
    id,
    ...measured,
    figure: target.figure,
    unit: target.unit,
    target: words(target),
    ratio,
    growth: grown,
    met: isWithin && ratiosMet,
    ratiosMet,
  }
}

function words({ most, least, unit, fasterThanPlain, growth: most10 }: Target): string {
  const own = most === undefined ? `at least ${least?.toLocaleString('en')} ${unit}` : `${most.toLocaleString('en')} ${unit}`
  const parts = [own, fasterThanPlain && `${fasterThanPlain} x plain SQL`, most10 && `growth ${most10}`]
  return parts.filter(Boolean).join(', ')
}

/** A table in Markdown, as docs/performance.md holds it. */
export function tableOf(lines: Line[]): string {
  const rows = lines.map((line) => [
    line.figure,
    line.target,
    line.value === null ? '–' : amount(line.value, line.unit),
    line.plain === undefined ? '' : amount(line.plain, line.unit),
    line.ratio === null ? '' : `${line.ratio.toFixed(line.ratio < 10 ? 1 : 0)} x`,
    line.growth === null ? '' : line.growth.toFixed(2),
    `${line.met ? 'met' : 'missed'}${line.note === undefined ? '' : `: ${line.note}`}`,
  ])
  const header = ['figure', 'target', 'ours', 'plain SQL', 'ratio', 'growth', '']
  return [header, header.map((_, index) => (index > 1 && index < 6 ? '--:' : '---')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function amount(value: number, unit: Target['unit']): string {
  const digits = unit === 'x' ? 2 : value < 10 ? 1 : 0
  return `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`
}
