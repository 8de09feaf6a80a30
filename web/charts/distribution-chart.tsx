import { useComputedColorScheme } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { DistributionBody } from '../api.ts'
import { daysBetween, lastDay } from '../calendar.ts'
import { counted, formatDay, formatDuration, formatInstant } from '../format.ts'
import { apart, jitter, type LogScale, logScale } from './distribution-scale.ts'
import { logTicks } from './ticks.ts'

const height = 320
const top = 12
const bottom = height - 26
const left = 66
const right = 82
/** Of a day's name, with room around it. */
const dayWidth = 60
/** Of a name above its value. */
const labelHeight = 28

interface Spot {
  x: number
  y: number
  point: NonNullable<DistributionBody['points']>[number]
}

/** Every change as a dot by the day it went live, beside how many took how long; above 5,000 only the latter. */
export function DistributionChart({ data, timeZone }: { data: DistributionBody; timeZone: string }) {
  const { ref, width } = useElementSize()
  const scale = useMemo(() => scaleOf(data), [data])
  const dots = data.points !== null
  const bars = dots ? Math.min(180, width * 0.24) : Math.max(0, width - left - right)
  const plot = dots ? Math.max(0, width - left - bars - right) : 0
  const from = Date.parse(data.from)
  const span = Math.max(1, daysBetween(data.from, data.to)) * 86_400_000
  const spots = useMemo<Spot[]>(
    () =>
      (data.points ?? []).map((point) => ({
        point,
        x: left + 6 + ((Date.parse(point.deployedAt) - from) / span) * (plot - 12),
        y: point.seconds > 0 ? scale.y(point.seconds) : scale.y(0) + (jitter(point.key) - 0.5) * 16,
      })),
    [data, from, span, plot, scale],
  )
  const [medianY, p90Y] = [scale.y(data.median ?? 0), scale.y(data.p90 ?? 0)]
  const labels = apart(p90Y, medianY, labelHeight, top + 8, bottom - 8)
  const [near, setNear] = useState<Spot | null>(null)

  function seek(event: PointerEvent<HTMLElement>) {
    const box = event.currentTarget.getBoundingClientRect()
    const x = event.clientX - box.left
    const y = event.clientY - box.top
    let best: Spot | null = null
    let least = 14 * 14
    for (const spot of spots) {
      const distance = (spot.x - x) ** 2 + (spot.y - y) ** 2
      if (distance < least) {
        least = distance
        best = spot
      }
    }
    setNear(best)
  }

  return (
    <div ref={ref}>
      <div className="distribution" onPointerMove={seek} onPointerLeave={() => setNear(null)}>
        {scale.zeroTop !== null && (
          <div
            className="distribution-zero"
            style={{ left, top: scale.zeroTop, width: Math.max(0, width - right - left), height: scale.bottom - scale.zeroTop }}
          />
        )}
        <Dots spots={spots} width={width} />
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`Lead time of ${counted(data.n, 'change')} on a logarithmic scale: median ${sayDuration(data.median)}, p90 ${sayDuration(data.p90)}, ${data.zero} of zero seconds`}
        >
          <Axis scale={scale} end={width - right} />
          {dots && <TimeAxis from={data.from} to={data.to} plot={plot} />}
          <Bars data={data} scale={scale} start={left + plot + (dots ? 12 : 0)} length={bars - 12} />
          {data.median !== null && <Mark label="median" seconds={data.median} y={medianY} labelY={labels.lower} width={width} />}
          {data.p90 !== null && <Mark label="p90" seconds={data.p90} y={p90Y} labelY={labels.upper} width={width} />}
          {near && <circle cx={near.x} cy={near.y} r="5" className="distribution-near" />}
        </svg>
      </div>
      <p className="lane-card numbers">
        {near ? (
          <>
            <strong>{formatDuration(near.point.seconds)}</strong> {near.point.title}{' '}
            <span className="dim">
              {near.point.service}, live {formatInstant(near.point.deployedAt, timeZone)}
            </span>
          </>
        ) : (
          <span className="dim">
            {dots
              ? 'Point at a dot to read which change it is; the evidence lists them all.'
              : `${counted(data.n, 'change')}: too many for a dot each.`}
          </span>
        )}
      </p>
    </div>
  )
}

function sayDuration(seconds: number | null): string {
  return seconds === null ? 'unknown' : formatDuration(seconds)
}

function scaleOf(data: DistributionBody): LogScale {
  const positive = data.bins.filter((bin) => bin.n > 0 && bin.to > 0)
  const smallest = positive[0]?.from ?? 60
  const greatest = positive.at(-1)?.to ?? 86_400
  return logScale(Math.max(1, smallest), greatest, data.zero > 0, top, bottom)
}

/** Dots on a canvas: thousands of them stay light. */
function Dots({ spots, width }: { spots: Spot[]; width: number }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const scheme = useComputedColorScheme()
  useEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (!element || !context) return
    const density = window.devicePixelRatio || 1
    element.width = width * density
    element.height = height * density
    context.scale(density, density)
    context.clearRect(0, 0, width, height)
    // The scheme is read here so that a change of colours draws anew.
    element.dataset.scheme = scheme
    context.fillStyle = getComputedStyle(element).color
    context.globalAlpha = spots.length > 1500 ? 0.3 : spots.length > 300 ? 0.45 : 0.65
    const radius = spots.length > 1500 ? 1.8 : 2.6
    for (const spot of spots) {
      context.beginPath()
      context.arc(spot.x, spot.y, radius, 0, 2 * Math.PI)
      context.fill()
    }
  }, [spots, width, scheme])
  return <canvas ref={canvas} className="distribution-dots" />
}

function Axis({ scale, end }: { scale: LogScale; end: number }) {
  return (
    <g className="lane-axis">
      {logTicks(scale.low, scale.high).map((tick) => (
        <g key={tick}>
          <line x1={left} x2={end} y1={scale.y(tick)} y2={scale.y(tick)} className="lane-tick" />
          <text x={left - 8} y={scale.y(tick) + 4} textAnchor="end">
            {formatDuration(tick)}
          </text>
        </g>
      ))}
      {scale.zeroTop !== null && (
        <text x={left - 8} y={scale.y(0) + 4} textAnchor="end">
          0
        </text>
      )}
      <line x1={left} x2={end} y1={scale.bottom} y2={scale.bottom} />
    </g>
  )
}

function TimeAxis({ from, to, plot }: { from: string; to: string; plot: number }) {
  const middle = new Date((Date.parse(from) + Date.parse(to)) / 2).toISOString().slice(0, 10)
  return (
    <g className="lane-axis">
      <text x={left} y={height - 8}>
        {formatDay(from)}
      </text>
      {plot >= 3 * dayWidth && (
        <text x={left + plot / 2} y={height - 8} textAnchor="middle">
          {formatDay(middle)}
        </text>
      )}
      <text x={left + plot} y={height - 8} textAnchor="end">
        {formatDay(lastDay(to))}
      </text>
    </g>
  )
}

function Bars({ data, scale, start, length }: { data: DistributionBody; scale: LogScale; start: number; length: number }) {
  const most = Math.max(1, data.zero, ...data.bins.map((bin) => bin.n))
  const size = (n: number) => Math.max(n > 0 ? 1 : 0, (n / most) * Math.max(0, length))
  return (
    <g>
      {data.bins
        .filter((bin) => bin.n > 0 && bin.to > scale.low)
        .map((bin) => {
          const y = scale.y(bin.to)
          return (
            <rect
              key={bin.to}
              x={start}
              y={y + 0.5}
              width={size(bin.n)}
              height={Math.max(1, scale.y(Math.max(bin.from, scale.low)) - y - 1)}
              className="distribution-bar"
            />
          )
        })}
      {scale.zeroTop !== null && (
        <rect
          x={start}
          y={scale.zeroTop + 5}
          width={size(data.zero)}
          height={scale.bottom - scale.zeroTop - 10}
          className="distribution-bar"
        />
      )}
      <line x1={start - 1} x2={start - 1} y1={top} y2={bottom} className="distribution-edge" />
    </g>
  )
}

interface MarkProps {
  label: string
  seconds: number
  y: number
  labelY: number
  width: number
}

function Mark({ label, seconds, y, labelY, width }: MarkProps) {
  const end = width - right
  return (
    <g className="distribution-mark" data-label={label}>
      <line x1={left} x2={end} y1={y} y2={y} />
      {labelY !== y && <line x1={end} x2={end + 5} y1={y} y2={labelY} />}
      <text x={end + 8} y={labelY - 1}>
        {label}
      </text>
      <text x={end + 8} y={labelY + 12} className="distribution-mark-value">
        {formatDuration(seconds)}
      </text>
    </g>
  )
}
