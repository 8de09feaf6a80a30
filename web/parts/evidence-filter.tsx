import { NativeSelect, SegmentedControl } from '@mantine/core'
import type { Totals } from '../api.ts'
import type { Inclusion, MetricName, RowOrder, Search } from '../search.ts'
import type { AskedView } from '../use-view.ts'
import { metricWords } from '../words.ts'
import { reasonText } from './evidence-reason.tsx'

/** A change of the filter begins at the first page. */
function change(asked: AskedView, next: Pick<Search, 'include' | 'reason' | 'sort'>): void {
  asked.change({ ...next, cursor: undefined, trail: undefined })
}

const longestWords: Record<ReturnType<typeof kindOf>, string> = {
  changes: 'Longest lead time first',
  waiting: 'Longest wait first',
  recovery: 'Longest recovery first',
  deployments: 'Most changes first',
  incidents: 'Longest restore first',
}

function kindOf(metric: MetricName, waiting: boolean) {
  if (waiting) return 'waiting'
  return metric === 'failed_deployment_recovery_time' ? 'recovery' : metricWords[metric].evidence
}

interface Props {
  metric: MetricName
  waiting: boolean
  asked: AskedView
}

/** Which rows are shown, and in which order. */
export function EvidenceFilter({ metric, waiting, asked }: Props) {
  const { include, reason, sort } = asked.search
  const standard = waiting ? 'longest' : 'newest'
  const orders = [
    { value: 'newest', label: 'Newest first' },
    ...(waiting ? [] : [{ value: 'oldest', label: 'Oldest first' }]),
    { value: 'longest', label: longestWords[kindOf(metric, waiting)] },
  ]
  return (
    <>
      {!waiting && (
        <SegmentedControl
          size="xs"
          aria-label="Which rows"
          value={reason === undefined ? (include ?? 'all') : 'excluded'}
          onChange={(value) => change(asked, { include: value === 'all' ? undefined : (value as Inclusion), reason: undefined })}
          data={[
            { value: 'all', label: 'All' },
            { value: 'included', label: 'Included' },
            { value: 'excluded', label: 'Excluded' },
          ]}
        />
      )}
      <NativeSelect
        size="xs"
        aria-label="Order of the rows"
        value={waiting && sort === 'oldest' ? standard : (sort ?? standard)}
        onChange={(event) => {
          const value = event.currentTarget.value as RowOrder
          change(asked, { sort: value === standard ? undefined : value })
        }}
        data={orders}
      />
    </>
  )
}

/** How many rows are excluded for each reason; a reason shows its rows alone, and again all. */
export function ExcludedReasons({ totals, asked }: { totals: Totals; asked: AskedView }) {
  return Object.entries(totals.excluded).map(([reason, n]) => {
    const isShown = asked.search.reason === reason
    return (
      <li key={reason}>
        <button
          type="button"
          className="reason-filter"
          aria-pressed={isShown}
          onClick={() => change(asked, { include: undefined, reason: isShown ? undefined : reason })}
        >
          {n.toLocaleString('en-GB')} excluded: {reasonText(reason).toLowerCase()}
        </button>
      </li>
    )
  })
}
