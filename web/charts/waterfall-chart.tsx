import { useElementSize } from '@mantine/hooks'
import { Link } from '@tanstack/react-router'
import { Bar, BarChart, Tooltip, usePlotArea, XAxis, YAxis } from 'recharts'
import type { WhySplit } from '../api.ts'
import { carried, type MetricName, type Search } from '../search.ts'
import { whyName, whySize, whyTone, whyValue } from '../why-view.ts'
import { type WaterfallRow, waterfallDomain, waterfallRows } from './waterfall.ts'

interface Props {
  split: WhySplit
  metric: MetricName
  search: Search
  label: string
}

const rowHeight = 30
/** Under this width names and figures get less room. */
const narrow = 460

/** What it was, each part from where the one above ended, and what it is; a service's name leads to its own rows, a stage's to the evidence. */
export function WaterfallChart({ split, metric, search, label }: Props) {
  const { ref, width } = useElementSize()
  const rows = waterfallRows(split)
  const [names, figures] = width < narrow ? [128, 76] : [152, 84]
  const byKey = new Map(rows.map((row) => [row.key, row]))
  return (
    <div ref={ref} className="waterfall">
      {width > 0 && (
        <BarChart
          layout="vertical"
          width={width}
          height={rows.length * rowHeight + 8}
          data={rows.map((row) => ({ ...row, range: [Math.min(row.from, row.to), Math.max(row.from, row.to)] }))}
          margin={{ top: 4, right: figures, bottom: 4, left: 0 }}
          barCategoryGap="22%"
          accessibilityLayer={false}
          title={label}
        >
          <XAxis type="number" domain={waterfallDomain(split, rows)} hide />
          <YAxis
            type="category"
            dataKey="key"
            width={names}
            axisLine={false}
            tickLine={false}
            interval={0}
            tick={({ y, payload }: { y?: number | string; payload?: { value: string } }) => {
              const row = byKey.get(payload?.value ?? '')
              return row ? <Name row={row} y={Number(y)} width={names} metric={metric} search={search} /> : <g />
            }}
          />
          <Tooltip
            cursor={{ fill: 'var(--surface-sunk)', fillOpacity: 0.6 }}
            isAnimationActive={false}
            content={({ active, payload }) => {
              const row = payload?.[0]?.payload as WaterfallRow | undefined
              return active && row ? <Card row={row} unit={split.unit} /> : null
            }}
          />
          <Bar
            dataKey="range"
            isAnimationActive={false}
            minPointSize={2}
            shape={(props: unknown) => <Step {...(props as StepProps)} unit={split.unit} rows={rows.length} />}
          />
        </BarChart>
      )}
    </div>
  )
}

interface NameProps {
  row: WaterfallRow
  y: number
  width: number
  metric: MetricName
  search: Search
}

function Name({ row, y, width, metric, search }: NameProps) {
  const name = whyName(row)
  const most = Math.floor(width / 6.3)
  const shown = name.length > most ? `${name.slice(0, most - 1)}…` : name
  const text = (
    <text
      x={0}
      y={y}
      dy="0.34em"
      className="waterfall-name"
      data-total={row.kind === 'before' || row.kind === 'after'}
      data-link={row.service !== null || row.stage !== null}
    >
      <title>{name}</title>
      {shown}
    </text>
  )
  if (row.service !== null) {
    return (
      <Link to="/metrics/$metric" params={{ metric }} search={{ ...carried(search), scope: `service:${row.service}` }} aria-label={name}>
        {text}
      </Link>
    )
  }
  return row.stage === null ? text : <a href="#evidence">{text}</a>
}

interface StepProps {
  x: number
  y: number
  width: number
  height: number
  index: number
  payload: WaterfallRow
}

/** A bar, the line that leads to the next one, and the figure at the end of the row. */
function Step({ x, y, width, height, index, payload, unit, rows }: StepProps & { unit: WhySplit['unit']; rows: number }) {
  const plot = usePlotArea()
  const [left, right] = [Math.min(x, x + width), Math.max(x, x + width)]
  const isTotal = payload.kind === 'before' || payload.kind === 'after'
  const middle = (left + right) / 2
  const isPoint = isTotal && payload.from === payload.to
  const end = isPoint ? middle : payload.to >= payload.from ? right : left
  const tone = isTotal ? 'total' : whyTone(unit, payload.size)
  return (
    <g className="waterfall-step" data-tone={tone}>
      {isPoint ? (
        <rect x={middle - 2} y={y - 1} width={4} height={height + 2} rx={2} />
      ) : (
        <rect x={left} y={y} width={Math.max(2, right - left)} height={height} rx={2} />
      )}
      {plot && index < rows - 1 && <line className="waterfall-link" x1={end} x2={end} y1={y + height} y2={y + plot.height / rows} />}
      {plot && (
        <text x={plot.x + plot.width + 10} y={y + height / 2} dy="0.34em">
          {isTotal ? whyValue(unit, payload.to) : whySize(unit, payload.size)}
        </text>
      )}
    </g>
  )
}

function Card({ row, unit }: { row: WaterfallRow; unit: WhySplit['unit'] }) {
  const isTotal = row.kind === 'before' || row.kind === 'after'
  return (
    <div className="chart-card numbers">
      <p className="dim">{whyName(row)}</p>
      <p className="chart-card-value">{isTotal ? whyValue(unit, row.to) : whySize(unit, row.size)}</p>
      {!isTotal && (
        <p>
          from {whyValue(unit, row.from)} to {whyValue(unit, row.to)}
        </p>
      )}
      {row.detail && <p className="dim">{row.detail}</p>}
    </div>
  )
}
