import { Bar, CartesianGrid, ComposedChart, Line, ReferenceArea, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { SeriesEntry } from '../api.ts'
import { bucketLabel, bucketName, intervalText, metricText, pointBasis } from '../metric-view.ts'
import type { BucketName, MetricName } from '../search.ts'
import { absenceWords, metricWords } from '../words.ts'
import { niceTicks } from './ticks.ts'

interface Props {
  metric: MetricName
  series: SeriesEntry[]
  bucket: BucketName
}

interface Row {
  start: string
  value: number | null
  p90: number | null
  band: [number, number] | null
  entry: SeriesEntry
}

/** Buckets as points joined by straight lines, each with its interval as a band of its own width; nothing is drawn where nothing was observed. */
export function TrendChart({ metric, series, bucket }: Props) {
  const tone = `var(--${metricWords[metric].family})`
  const rows = series.map((entry) => rowOf(entry, metric))
  const ceiling = ceilingOf(rows)
  const ticks = niceTicks(metric, ceiling)
  const top = ticks.at(-1) ?? 1
  const drawn = rows.map((row) => ({
    ...row,
    band: row.band && ([Math.min(row.band[0], top), Math.min(row.band[1], top)] as [number, number]),
  }))
  return (
    <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 600, height: 280 }}>
      <ComposedChart
        data={drawn}
        margin={{ top: 8, right: 12, bottom: 0, left: 4 }}
        barCategoryGap={1}
        title={`${metricWords[metric].title} by ${bucket}`}
      >
        <defs>
          <pattern id="partial" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="7" height="7" fill="var(--surface-sunk)" />
            <line x1="0" y1="0" x2="0" y2="7" stroke="var(--line-strong)" strokeWidth="2" />
          </pattern>
        </defs>
        <CartesianGrid vertical={false} stroke="var(--grid)" />
        <XAxis
          dataKey="start"
          tickFormatter={(start: string) => bucketLabel(start, bucket)}
          tick={{ fill: 'var(--text-dim)', fontSize: 11.5 }}
          tickLine={false}
          axisLine={{ stroke: 'var(--line-strong)' }}
          minTickGap={26}
          height={26}
        />
        <YAxis
          domain={[0, top]}
          ticks={ticks}
          tickFormatter={(value: number) => metricText(metric, value)}
          tick={{ fill: 'var(--text-dim)', fontSize: 11.5 }}
          tickLine={false}
          axisLine={false}
          width={92}
          allowDataOverflow
        />
        {drawn
          .filter((row) => row.entry.partial)
          .map((row) => (
            <ReferenceArea key={row.start} x1={row.start} x2={row.start} fill="url(#partial)" fillOpacity={1} ifOverflow="visible" />
          ))}
        <Tooltip
          cursor={{ fill: 'var(--surface-sunk)', fillOpacity: 0.5 }}
          isAnimationActive={false}
          content={({ active, payload }) => {
            const row = payload?.[0]?.payload as Row | undefined
            return active && row ? <PointCard metric={metric} entry={row.entry} bucket={bucket} /> : null
          }}
        />
        <Bar dataKey="band" fill={tone} fillOpacity={0.17} isAnimationActive={false} tooltipType="none" />
        {drawn.some((row) => row.p90 !== null) && (
          <Line
            dataKey="p90"
            type="linear"
            stroke="var(--text-dim)"
            strokeWidth={1}
            strokeDasharray="2 3"
            dot={false}
            connectNulls={false}
            isAnimationActive={false}
          />
        )}
        <Line
          dataKey="value"
          type="linear"
          stroke={tone}
          strokeWidth={2}
          connectNulls={false}
          isAnimationActive={false}
          activeDot={{ r: 5, stroke: 'var(--surface)', strokeWidth: 2 }}
          dot={({ cx, cy, payload, key }: { cx?: number; cy?: number; payload: Row; key?: React.Key | null }) =>
            cx === undefined || cy === undefined || payload.value === null ? (
              <g key={key} />
            ) : (
              <circle
                key={key}
                cx={cx}
                cy={cy}
                r={payload.entry.provisional ? 4 : 3}
                fill={payload.entry.partial || payload.entry.provisional ? 'var(--surface)' : tone}
                stroke={tone}
                strokeWidth={1.75}
                strokeDasharray={payload.entry.provisional ? '2 1.5' : undefined}
              />
            )
          }
        />
      </ComposedChart>
    </ResponsiveContainer>
  )
}

function rowOf(entry: SeriesEntry, metric: MetricName): Row {
  const point = entry.metrics[metric]
  const band = point.interval === null ? null : ([point.interval[0], point.interval[1] ?? Number.POSITIVE_INFINITY] as [number, number])
  return { start: entry.start, value: point.value, p90: point.p90 ?? null, band, entry }
}

/** High enough for every value; bands may be cut at three times the highest. */
function ceilingOf(rows: Row[]): number {
  const values = rows.map((row) => Math.max(row.value ?? 0, row.p90 ?? 0))
  const highest = Math.max(0, ...values)
  const bands = rows.map((row) => row.band?.[1] ?? 0).filter(Number.isFinite)
  return Math.max(highest, Math.min(Math.max(0, ...bands), highest > 0 ? highest * 2 : Number.POSITIVE_INFINITY))
}

function PointCard({ metric, entry, bucket }: { metric: MetricName; entry: SeriesEntry; bucket: BucketName }) {
  const point = entry.metrics[metric]
  const interval = intervalText(metric, point.interval)
  return (
    <div className="chart-card numbers">
      <p className="dim">{bucketName(entry, bucket)}</p>
      {point.value === null ? (
        <p>No data{point.reason && <span className="cell-note">{absenceWords[point.reason]}</span>}</p>
      ) : (
        <>
          <p className="chart-card-value">{metricText(metric, point.value)}</p>
          <p>{pointBasis(metric, point)}</p>
          {interval && <p className="dim">95% interval {interval}</p>}
          {point.p90 !== undefined && point.p90 !== null && <p className="dim">p90 {metricText(metric, point.p90)}</p>}
        </>
      )}
      {entry.partial && <p className="dim">Part of a {bucket} only</p>}
      {entry.provisional && <p className="dim">Provisional: some may still turn out failed</p>}
    </div>
  )
}
