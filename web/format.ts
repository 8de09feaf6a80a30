/** Numbers in the units people use, each as its figure and its unit so that a tile can set them apart. */

export interface Figure {
  figure: string
  unit: string
}

const minute = 60
const hour = 3600
const day = 24 * hour
const month = 30.436875 * day

function rounded(value: number, digits: number): string {
  return value.toLocaleString('en-GB', { maximumFractionDigits: digits })
}

/** Three significant figures at most, no decimals from 100 on. */
function significant(value: number): string {
  const size = Math.abs(value)
  return rounded(value, size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

/** Seconds in the unit of the report's words: minutes below an hour, hours below a day, days below 100. */
export function durationFigure(seconds: number): Figure {
  const size = Math.abs(seconds)
  if (size < 59.5) return { figure: rounded(seconds, 0), unit: 's' }
  if (size < 59.5 * minute) return { figure: rounded(seconds / minute, 0), unit: 'min' }
  if (size < day) return { figure: rounded(seconds / hour, 1), unit: 'h' }
  if (size < 100 * day) return dayFigure(rounded(seconds / day, 1))
  return { figure: rounded(seconds / month, 1), unit: 'months' }
}

function dayFigure(figure: string): Figure {
  return { figure, unit: figure === '1' ? 'day' : 'days' }
}

/** Deployments per week; below one in two weeks, per month. */
export function frequencyFigure(perWeek: number): Figure {
  if (perWeek > 0 && perWeek < 0.5) return { figure: significant((perWeek * month) / (7 * day)), unit: 'per month' }
  return { figure: significant(perWeek), unit: 'per week' }
}

/** The same amount in a unit that another figure has: seconds in one of time, deployments per week in `per week`. */
export function figureIn(amount: number, unit: string): string {
  return significant(amount / (unitSizes[unit] ?? 1))
}

const unitSizes: Record<string, number> = { min: minute, h: hour, day, days: day, months: month, 'per month': (7 * day) / month }

export function percentFigure(ratio: number): Figure {
  const percent = ratio * 100
  return { figure: rounded(percent, percent >= 10 || Number.isInteger(percent) ? 0 : 1), unit: '%' }
}

export function changesFigure(changes: number): Figure {
  return { figure: significant(changes), unit: changes === 1 ? 'change' : 'changes' }
}

/** `26 h`, `5%`: a figure with its unit in one text. */
export function joined({ figure, unit }: Figure): string {
  return unit === '%' ? `${figure}%` : `${figure} ${unit}`
}

export function formatDuration(seconds: number): string {
  return joined(durationFigure(seconds))
}

/** A count with its noun, in the plural where needed. */
export function counted(n: number, noun: string, plural = `${noun}s`): string {
  return `${n.toLocaleString('en-GB')} ${n === 1 ? noun : plural}`
}

/** `3 min ago`, `2.5 days ago`. */
export function formatAge(at: number, now: number): string {
  const seconds = (now - at) / 1000
  if (seconds < 5) return 'just now'
  return `${formatDuration(seconds)} ago`
}

/** `in 4 min`. */
export function formatUntil(at: number, now: number): string {
  const seconds = (at - now) / 1000
  return seconds <= 0 ? 'due now' : `in ${formatDuration(seconds)}`
}

/** `23 Nov 2026, 14:05` in the given time zone. */
export function formatInstant(at: number | string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(at))
}

/** `23 Nov` or, with the year, `23 Nov 2026`, of a calendar day. */
export function formatDay(day: string, withYear = false): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    ...(withYear ? { year: 'numeric' } : {}),
  }).format(new Date(`${day}T00:00:00Z`))
}

/** A version as it is named; a commit id in place of a name is shortened. */
export function shortVersion(name: string): string {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name) ? shortCommit(name) : name
}

/** The first ten digits of a commit id. */
export function shortCommit(sha: string): string {
  return sha.slice(0, 10)
}
