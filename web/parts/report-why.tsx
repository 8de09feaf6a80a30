import type { WhyLine } from '../api.ts'
import { metricWords } from '../words.ts'

/** Why metrics moved that differ clearly from the week before, in plain words. */
export function ReportWhy({ lines }: { lines: WhyLine[] }) {
  return (
    <ul className="report-why">
      {lines.map(({ id, sentences: [first, ...rest] }) => (
        <li key={id}>
          <p>
            <strong>{metricWords[id].title}</strong> {first}
          </p>
          <p className="dim">{rest.join(' ')}</p>
        </li>
      ))}
    </ul>
  )
}
