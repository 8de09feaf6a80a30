import type { Stage } from '../api.ts'

const order: Stage[] = ['coding', 'pickup', 'review', 'merge', 'deploy']

/** The stages that were observed as shares of a bar; their names and lengths are its label. */
export function StageBar({ stages, label }: { stages: Partial<Record<Stage, number>>; label: string }) {
  const known = order.filter((stage) => (stages[stage] ?? 0) > 0)
  const total = known.reduce((sum, stage) => sum + (stages[stage] ?? 0), 0)
  return (
    <span className="stage-bar" role="img" aria-label={label} title={label}>
      {known.map((stage) => (
        <span key={stage} data-stage={stage} style={{ flexGrow: (stages[stage] ?? 0) / Math.max(1, total) }} />
      ))}
    </span>
  )
}
