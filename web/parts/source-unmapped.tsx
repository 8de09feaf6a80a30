import type { SourceBody } from '../api.ts'
import { counted } from '../format.ts'
import { unmappedMend } from '../source-words.ts'
import { Icon } from './icon.tsx'

const shown = 6

/** Environments that belong to no tier, and what to write to have them counted. */
export function SourceUnmapped({ source }: { source: SourceBody }) {
  const { unmapped } = source
  const [first] = unmapped
  if (first === undefined) return null
  const { where, code } = unmappedMend(source, first.environment)
  const rest = unmapped.length - shown
  return (
    <div className="source-line numbers" data-tone="warn">
      <Icon name="warning" />
      <div>
        <p>
          <strong>{counted(unmapped.length, 'environment belongs', 'environments belong')} to no tier:</strong> deployments there in the
          last 90 days are in no metric.
        </p>
        <ul className="tags" aria-label="Unmapped environments">
          {unmapped.slice(0, shown).map(({ environment, deployments }) => (
            <li key={environment} className="chip">
              {environment} <span className="dim">{deployments.toLocaleString('en-GB')}</span>
            </li>
          ))}
          {rest > 0 && <li className="dim">and {counted(rest, 'more', 'more')}</li>}
        </ul>
        <p className="small">
          To count {first.environment} as production, {where}: <code>{code}</code>
        </p>
      </div>
    </div>
  )
}
