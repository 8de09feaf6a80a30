import { changeReasonWords, deploymentReasonWords } from '../words.ts'
import { Icon } from './icon.tsx'

const words: Record<string, string> = {
  ...deploymentReasonWords,
  ...changeReasonWords,
  already_delivered: 'Delivered before by another deployment',
  no_service: 'Names no service',
  same_incident: 'Names several services and counts once',
}

/** A reason of the closed list in words. */
export function reasonText(reason: string): string {
  return words[reason] ?? reason.replaceAll('_', ' ')
}

interface Props {
  row: { included: boolean; counts: boolean; reason: string | null }
  /** For rates: what a counted row is called. */
  countsAs?: string
}

/** Whether a row is in the number, by sign and word, and if not, why. */
export function Inclusion({ row, countsAs }: Props) {
  if (!row.included) {
    return (
      <span className="inclusion" data-state="out">
        <Icon name="cross" size={12} />
        <span>
          Excluded
          {row.reason && <span className="cell-note">{reasonText(row.reason)}</span>}
        </span>
      </span>
    )
  }
  return (
    <span className="inclusion" data-state="in">
      <Icon name="check" size={12} />
      <span>
        Included
        {countsAs && row.counts && <span className="cell-note">counts as {countsAs}</span>}
      </span>
    </span>
  )
}
