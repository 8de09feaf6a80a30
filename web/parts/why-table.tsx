import { Link } from '@tanstack/react-router'
import { carried, type MetricName, type Search } from '../search.ts'
import { whyName, whySize, whyValue } from '../why-view.ts'
import { whyWords } from '../words.ts'
import type { NamedSplit } from './why-panel.tsx'

/** Every part of a split as a row; they add up, or of logarithms multiply, to what it is now. */
export function WhyTable({ title, split, metric, search }: NamedSplit & { metric: MetricName; search: Search }) {
  const { unit, parts } = split
  return (
    <table className="table table-why numbers">
      <caption className="visually-hidden">{title}</caption>
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col" className="end">
            {unit === 'log_seconds' ? 'Factor' : 'Part'}
          </th>
          <th scope="col">Rests on</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">{whyWords.before}</th>
          <td className="end">{whyValue(unit, split.before)}</td>
          <td />
        </tr>
        {parts.map((part) => (
          <tr key={`${part.kind} ${part.service} ${part.stage}`}>
            <th scope="row">
              {part.kind === 'mix' && 'Mix: '}
              {part.service === null ? (
                whyName(part)
              ) : (
                <Link to="/metrics/$metric" params={{ metric }} search={{ ...carried(search), scope: `service:${part.service}` }}>
                  {part.service}
                </Link>
              )}
            </th>
            <td className="end">{whySize(unit, part.size)}</td>
            <td>{part.detail}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">{whyWords.after}</th>
          <td className="end">{whyValue(unit, split.after)}</td>
          <td />
        </tr>
      </tbody>
    </table>
  )
}
