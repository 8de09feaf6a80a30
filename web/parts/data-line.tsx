import type { MetricsAnswer } from '../api.ts'
import { counted, formatInstant } from '../format.ts'
import { windowLabel } from './view-bar.tsx'

/** What the numbers rest on: window, coverage, pooled services, age of the data. */
export function DataLine({ answer, timeZone }: { answer: MetricsAnswer; timeZone: string }) {
  const { from, to, coverage, pooled, asOf } = answer
  const parts = [
    windowLabel(from, to),
    coverage.days >= coverage.of ? 'fully covered' : `${round(coverage.days)} of ${coverage.of} days covered`,
  ]
  if (pooled && pooled.services > 1) {
    const share =
      pooled.largestShare !== null && pooled.largest !== null
        ? `, ${Math.round(pooled.largestShare * 100)}% of deployments by ${pooled.largest}`
        : ''
    parts.push(`pools ${counted(pooled.services, 'service')}${share}`)
  }
  parts.push(asOf ? `data as of ${formatInstant(asOf, timeZone)}` : 'nothing collected yet')
  return <p className="data-line numbers">{parts.join(' · ')}</p>
}

function round(days: number): string {
  return days.toLocaleString('en-GB', { maximumFractionDigits: 1 })
}
