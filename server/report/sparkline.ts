/** Five weeks of one metric as a small drawing: points joined by straight lines, the interval of the last one. */
import type { MetricLine } from './snapshot.ts'

const width = 96
const height = 30
const inset = 4

/** SVG in the colour of the text around it; a week without a value leaves a gap, none at all an empty text. */
export function sparkline(line: MetricLine): string {
  const values = [...line.before.map(({ value }) => value), line.value]
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return ''
  const low = line.unit === 'ratio' ? 0 : Math.min(...known)
  const high = Math.max(...known)
  const x = (index: number) => round(inset + (index * (width - 2 * inset)) / (values.length - 1))
  const y = (value: number) => {
    const share = high === low ? (line.unit === 'ratio' ? 0 : 0.5) : (value - low) / (high - low)
    return round(height - inset - Math.min(1.1, Math.max(-0.1, share)) * (height - 2 * inset))
  }
  const marks: string[] = []
  const last = values.length - 1
  if (line.interval !== null && line.value !== null) {
    const [from, to] = line.interval
    marks.push(`<path d="M${x(last)} ${y(from)}V${y(to ?? Number.POSITIVE_INFINITY)}" stroke-width="5" stroke-opacity="0.22"/>`)
  }
  for (let index = 1; index < values.length; index++) {
    const [a, b] = [values[index - 1], values[index]]
    if (a != null && b != null)
      marks.push(`<path d="M${x(index - 1)} ${y(a)}L${x(index)} ${y(b)}" stroke-width="1.4" stroke-opacity="0.65"/>`)
  }
  for (const [index, value] of values.entries()) {
    if (value !== null)
      marks.push(`<circle cx="${x(index)}" cy="${y(value)}" r="${index === last ? 3 : 1.9}" fill="currentColor" stroke="none"/>`)
  }
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" fill="none" stroke="currentColor" aria-hidden="true">${marks.join('')}</svg>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
