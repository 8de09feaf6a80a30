import { useQuery } from '@tanstack/react-query'
import type { DeploymentKind, DeploymentRow } from '../api.ts'
import { DeploymentLane } from '../charts/deployment-lane.tsx'
import { KindMark } from '../charts/kind-glyph.tsx'
import { formatInstant, shortVersion } from '../format.ts'
import { deploymentsQuery } from '../queries.ts'
import type { AskedView } from '../use-view.ts'
import { kindWords, witnessWords } from '../words.ts'
import { ChartFrame } from './chart-frame.tsx'
import { EmptyState, ErrorPanel, Placeholder } from './state-panels.tsx'

const most = 1000

/** The deployments of the window as a lane, with their failures and what remedied them. */
export function LanePanel({ asked }: { asked: AskedView }) {
  const deployments = useQuery(deploymentsQuery({ ...asked.view, metric: 'deployment_frequency', limit: most }))
  if (deployments.error) return <ErrorPanel error={deployments.error} retry={() => deployments.refetch()} />
  if (!deployments.data) return <Placeholder height={260} label="The lane of deployments" />
  const { items, next, totals } = deployments.data
  const kinds = [...new Set(items.map((row) => row.kind ?? 'empty'))]
  const failed = items.filter((row) => row.failure !== null).length
  const lead = next
    ? `The newest ${most} of ${totals?.rows.toLocaleString('en-GB') ?? 'more'}.`
    : `${items.length} in this window, ${failed} failed.`
  return (
    <ChartFrame
      name="lane"
      title="Deployments over time"
      lead={items.length === 0 ? undefined : lead}
      table={<LaneTable rows={items} timeZone={asked.timeZone} />}
      legend={items.length > 0 && <LaneLegend kinds={kinds} failed={failed > 0} />}
    >
      {items.length === 0 ? (
        <EmptyState title="No deployment in this window">Choose a longer window, or another environment.</EmptyState>
      ) : (
        <DeploymentLane rows={items} from={asked.view.from} to={asked.view.to} timeZone={asked.timeZone} />
      )}
    </ChartFrame>
  )
}

function LaneLegend({ kinds, failed }: { kinds: DeploymentKind[]; failed: boolean }) {
  return (
    <>
      {kinds.map((kind) => (
        <span key={kind} title={kindWords[kind].meaning}>
          <KindMark kind={kind} /> {kindWords[kind].title.toLowerCase()}
        </span>
      ))}
      {failed && (
        <span>
          <KindMark kind="code" failed /> failed; the arrow leads to its remedy
        </span>
      )}
    </>
  )
}

function LaneTable({ rows, timeZone }: { rows: DeploymentRow[]; timeZone: string }) {
  return (
    <table className="table numbers">
      <thead>
        <tr>
          <th scope="col">Deployment</th>
          <th scope="col">Finished</th>
          <th scope="col">Kind</th>
          <th scope="col" className="end">
            Changes
          </th>
          <th scope="col">Failed</th>
          <th scope="col">Remedied by</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.source}/${row.id}`}>
            <th scope="row">{shortVersion(row.version ?? row.id)}</th>
            <td>{row.finishedAt ? formatInstant(row.finishedAt, timeZone) : 'not finished'}</td>
            <td>{(row.kind ? kindWords[row.kind] : row.witness && witnessWords)?.title ?? row.status}</td>
            <td className="end">{row.changes}</td>
            <td>{row.failure ? `${row.failure.confidence} (${row.failure.rule})` : ''}</td>
            <td>{row.failure?.remedies.map((remedy) => remedy.id).join(', ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
