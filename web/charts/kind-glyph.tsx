import type { DeploymentKind } from '../api.ts'

/** One shape a kind, so that colour is never needed to tell them apart; drawn around the origin. */
const shapes: Record<DeploymentKind, string> = {
  code: 'M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z',
  rollback: 'M4 -5V5L-5 0z',
  reland: 'M0 -5.6L5.6 0L0 5.6L-5.6 0z',
  backport: 'M-4.2 -4.2H4.2V4.2H-4.2z',
  baseline: 'M-4 5V-5H5L2.5 -2L5 1H-2V5z',
  redeploy: 'M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0 -6.8 0z',
  config: 'M-3.3 -3.3H3.3V3.3H-3.3z',
  empty: 'M-4 -1H4V1H-4z',
  aborted: 'M-5 -3.2L-3.2 -5L0 -1.8L3.2 -5L5 -3.2L1.8 0L5 3.2L3.2 5L0 1.8L-3.2 5L-5 3.2L-1.8 0z',
}

const apart = new Set<DeploymentKind>(['redeploy', 'config', 'empty'])

interface Props {
  kind: DeploymentKind
  failed: boolean
  pending?: boolean
}

/** A deployment's mark: hollow where it is shown apart, ringed and crossed where it failed. */
export function KindGlyph({ kind, failed, pending }: Props) {
  return (
    <g className="glyph" data-apart={apart.has(kind)} data-failed={failed} data-pending={pending}>
      {failed && <circle r="8" className="glyph-ring" />}
      <path d={shapes[kind]} className="glyph-shape" />
      {failed && kind !== 'aborted' && <path d="M-1.9 -1.9L1.9 1.9M1.9 -1.9L-1.9 1.9" className="glyph-cross" />}
    </g>
  )
}

/** The mark beside a word. */
export function KindMark({ kind, failed = false }: { kind: DeploymentKind; failed?: boolean }) {
  return (
    <svg width="18" height="18" viewBox="-9 -9 18 18" aria-hidden="true" focusable="false" className="kind-mark">
      <KindGlyph kind={kind} failed={failed} />
    </svg>
  )
}
