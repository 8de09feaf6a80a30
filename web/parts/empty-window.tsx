import { Button } from '@mantine/core'
import type { MetricsAnswer } from '../api.ts'
import { addDays, dayOf, mondayOf } from '../calendar.ts'
import { formatDay } from '../format.ts'
import type { AskedView } from '../use-view.ts'

interface Props {
  answer: MetricsAnswer
  /** Of the services of the scope; null where none is known. */
  lastDeployments: (string | null)[]
  asked: AskedView
}

/** Where the window holds no deployment and an earlier one would, the way there. */
export function EmptyWindow({ answer, lastDeployments, asked }: Props) {
  if (answer.metrics.deployment_frequency.n > 0) return null
  const last = lastDeployments.reduce<number | null>((latest, at) => (at === null ? latest : Math.max(latest ?? 0, Date.parse(at))), null)
  if (last === null) return null
  const day = dayOf(last, asked.timeZone)
  if (day >= answer.from && day < answer.to) return null
  return (
    <div className="panel notice" role="status">
      <p>
        No deployment in this window. The last one went live on <strong>{formatDay(day, true)}</strong>.
      </p>
      <Button size="xs" variant="default" onClick={() => asked.change({ from: addDays(mondayOf(day), -84), to: addDays(day, 1) })}>
        Show the 12 weeks up to it
      </Button>
    </div>
  )
}
