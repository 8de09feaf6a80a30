import type { Comparison } from '../api.ts'

/** How a metric differs from the window before, in words; a clear change is set in bold too. */
export function Verdict({ comparison }: { comparison: Comparison }) {
  return (
    <p className="verdict numbers" data-verdict={comparison.verdict}>
      {comparison.text}
    </p>
  )
}
