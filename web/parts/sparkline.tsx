interface Props {
  /** One value a bucket; null leaves a gap. */
  values: (number | null)[]
  /** Marks the last one as unfinished. */
  partial: boolean
  label: string
  tone: 'throughput' | 'instability' | 'beside'
  width?: number
  height?: number
}

interface Dot {
  x: number
  y: number
}

/** Straight lines from week to week, broken where nothing was observed; a value alone between gaps is a dot. */
export function Sparkline({ values, partial, label, tone, width = 160, height = 34 }: Props) {
  const runs = runsOf(values, width, height)
  const flat = runs.flat()
  const last = flat.at(-1)
  return (
    <svg
      className="sparkline"
      data-tone={tone}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="xMinYMid"
      width={width}
      height={height}
      role="img"
      aria-label={label}
    >
      <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} className="sparkline-base" />
      {runs.map((run) => (
        <polyline key={run[0]?.x} points={pointsOf(partial && run.at(-1) === last ? run.slice(0, -1) : run)} className="sparkline-line" />
      ))}
      {partial && last && <polyline points={pointsOf(runs.at(-1)?.slice(-2) ?? [])} className="sparkline-line sparkline-unfinished" />}
      {runs
        .filter((run) => run.length === 1)
        .map(([dot]) => dot && <circle key={dot.x} cx={dot.x} cy={dot.y} r="1.6" className="sparkline-dot" />)}
      {last && <circle cx={last.x} cy={last.y} r="2.6" className={partial ? 'sparkline-open' : 'sparkline-dot'} />}
    </svg>
  )
}

function pointsOf(run: Dot[]): string {
  return run.map((dot) => `${dot.x},${dot.y}`).join(' ')
}

/** Stretches of neighbouring values as points of the drawing; zero is its floor. */
export function runsOf(values: (number | null)[], width: number, height: number): Dot[][] {
  const inset = 4
  const max = Math.max(0, ...values.map((value) => value ?? 0))
  const step = (width - 2 * inset) / Math.max(1, values.length - 1)
  const runs: Dot[][] = []
  let run: Dot[] | null = null
  for (const [index, value] of values.entries()) {
    if (value === null) {
      run = null
      continue
    }
    if (run === null) {
      run = []
      runs.push(run)
    }
    const share = max === 0 ? 0 : value / max
    run.push({ x: Math.round((inset + index * step) * 10) / 10, y: Math.round((height - 3 - share * (height - 7)) * 10) / 10 })
  }
  return runs
}
