import { useQuery } from '@tanstack/react-query'
import type { DistributionBody } from '../api.ts'
import { DistributionChart } from '../charts/distribution-chart.tsx'
import { counted, formatDuration } from '../format.ts'
import { distributionQuery } from '../queries.ts'
import type { AskedView } from '../use-view.ts'
import { ChartFrame } from './chart-frame.tsx'
import { EmptyState, ErrorPanel, Placeholder } from './state-panels.tsx'

/** How long the changes of the window took, each of them. */
export function DistributionPanel({ asked }: { asked: AskedView }) {
  const distribution = useQuery(distributionQuery(asked.view))
  if (distribution.error) return <ErrorPanel error={distribution.error} retry={() => distribution.refetch()} />
  if (!distribution.data) return <Placeholder height={440} label="The distribution of lead time" />
  const data = distribution.data
  return (
    <ChartFrame
      name="distribution"
      title="Lead time of each change"
      lead={
        data.n === 0
          ? undefined
          : `${counted(data.n, 'change')} on a logarithmic scale${data.zero > 0 ? `; ${data.zero} of zero seconds in a band of their own` : ''}.`
      }
      table={<BinTable data={data} />}
    >
      {data.n === 0 ? (
        <EmptyState title="No change was delivered in this window">
          Choose a longer window; changes that wait are listed in the evidence of lead time.
        </EmptyState>
      ) : (
        <DistributionChart data={data} timeZone={asked.timeZone} />
      )}
    </ChartFrame>
  )
}

function BinTable({ data }: { data: DistributionBody }) {
  const share = (n: number) => `${((n / Math.max(1, data.n)) * 100).toLocaleString('en-GB', { maximumFractionDigits: 1 })}%`
  return (
    <table className="table numbers">
      <thead>
        <tr>
          <th scope="col">Lead time</th>
          <th scope="col" className="end">
            Changes
          </th>
          <th scope="col" className="end">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {data.zero > 0 && (
          <tr>
            <th scope="row">zero</th>
            <td className="end">{data.zero}</td>
            <td className="end">{share(data.zero)}</td>
          </tr>
        )}
        {data.bins
          .filter((bin) => bin.n > 0)
          .map((bin) => (
            <tr key={bin.from}>
              <th scope="row">
                {formatDuration(bin.from)} to {formatDuration(bin.to)}
              </th>
              <td className="end">{bin.n}</td>
              <td className="end">{share(bin.n)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  )
}
