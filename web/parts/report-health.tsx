import type { Health } from '../api.ts'
import { counted, formatDuration } from '../format.ts'

/** What the week's numbers could not see. */
export function ReportHealth({ health }: { health: Health }) {
  const items = healthItems(health)
  return (
    <ul className="report-list numbers">
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  )
}

function healthItems(health: Health): string[] {
  const items: string[] = []
  for (const source of health.sources) {
    if (source.error) items.push(`${source.id} could not be read: ${source.error}`)
    else if (source.lastSuccessAt === null) items.push(`${source.id} was never collected.`)
    else if (source.lagSeconds !== null) items.push(`${source.id} was read ${formatDuration(source.lagSeconds)} before.`)
  }
  if (health.uncoveredDays >= 0.05)
    items.push(`${health.uncoveredDays.toLocaleString('en-GB', { maximumFractionDigits: 1 })} days are covered by no data.`)
  if (health.uncoveredServices.length > 0) items.push(`No data of the week covers ${health.uncoveredServices.join(', ')}.`)
  for (const { environment, deployments } of health.unmapped)
    items.push(`${counted(deployments, 'deployment')} to “${environment}”, which maps to no tier: in no metric.`)
  if (health.commitUnknown > 0)
    items.push(`${counted(health.commitUnknown, 'deployment')} without a known commit: counted, carrying no change.`)
  if (health.unassigned.length > 0) items.push(`${counted(health.unassigned.length, 'incident')} without a service: in no rate.`)
  if (health.pending > 0) items.push(`${counted(health.pending, 'deployment')} too young to judge.`)
  if (health.provisional > 0) items.push(`${counted(health.provisional, 'deployment')} judged, and may still change.`)
  return items.length === 0 ? ['Everything asked for was there.'] : items
}
