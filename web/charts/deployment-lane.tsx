import { useElementSize } from '@mantine/hooks'
import { type KeyboardEvent, useMemo, useState } from 'react'
import type { DeploymentRow } from '../api.ts'
import { addDays, daysBetween } from '../calendar.ts'
import { formatDay, formatInstant } from '../format.ts'
import { kindWords } from '../words.ts'
import { DeploymentCard, DeploymentsCard } from './deployment-card.tsx'
import { KindGlyph } from './kind-glyph.tsx'
import { deploymentKey, layLane, type Placed } from './lane-layout.ts'

interface Props {
  rows: DeploymentRow[]
  from: string
  to: string
  timeZone: string
}

/** Deployments along time, a count where more went live than fit; arrows lead from a failure to its remedies. Arrow keys walk from one to the next. */
export function DeploymentLane({ rows, from, to, timeZone }: Props) {
  const { ref, width } = useElementSize()
  const [chosen, setChosen] = useState<string | null>(null)
  const lane = useMemo(() => layLane(rows, Date.parse(from), Date.parse(to), Math.max(width, 200)), [rows, from, to, width])
  const byKey = useMemo(() => new Map(lane.placed.flatMap((each) => each.rows.map((row) => [deploymentKey(row), each] as const))), [lane])
  const current = chosen === null ? undefined : byKey.get(chosen)

  function walk(event: KeyboardEvent) {
    const at = lane.placed.findIndex((each) => each.key === chosen)
    const target = { ArrowRight: at + 1, ArrowLeft: at === -1 ? lane.placed.length - 1 : at - 1, Home: 0, End: lane.placed.length - 1 }[
      event.key
    ]
    if (target === undefined) {
      const url = current?.rows.length === 1 ? current.rows[0]?.url : undefined
      if (event.key === 'Enter' && url) window.open(url, '_blank', 'noopener')
      return
    }
    event.preventDefault()
    const next = lane.placed[Math.max(0, Math.min(lane.placed.length - 1, target))]
    if (next) setChosen(next.key)
  }

  return (
    <div ref={ref}>
      <div
        className="lane"
        role="listbox"
        tabIndex={0}
        aria-label="Deployments, oldest first. Arrow keys move, Enter opens the source."
        aria-activedescendant={current ? optionId(current.key) : undefined}
        onKeyDown={walk}
      >
        <LaneAxis from={from} to={to} width={width} height={lane.height} />
        <svg width={width} height={lane.height + 22} role="presentation">
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0.5L8 4L0 7.5z" className="lane-arrowhead" />
            </marker>
          </defs>
          {arcsOf(lane.placed, byKey).map(([key, path]) => (
            <path key={key} d={path} className="lane-arc" markerEnd="url(#arrow)" />
          ))}
          {lane.placed.map((each) => (
            <g
              key={each.key}
              id={optionId(each.key)}
              role="option"
              aria-selected={each.key === chosen}
              aria-label={labelOf(each.rows, timeZone)}
              transform={`translate(${each.x} ${each.y})`}
              className="lane-mark"
              onPointerEnter={() => setChosen(each.key)}
              onClick={() => setChosen(each.key)}
            >
              <Mark rows={each.rows} />
            </g>
          ))}
        </svg>
      </div>
      {current && current.rows.length > 1 ? (
        <DeploymentsCard rows={current.rows} timeZone={timeZone} />
      ) : (
        <DeploymentCard row={current?.rows[0] ?? null} timeZone={timeZone} />
      )}
    </div>
  )
}

function optionId(key: string): string {
  return `deployment-${key.replaceAll(/[^A-Za-z0-9-]/g, '_')}`
}

/** A deployment by its kind; several by their number. */
function Mark({ rows }: { rows: DeploymentRow[] }) {
  const [row] = rows
  if (row && rows.length === 1) {
    return (
      <>
        <circle r="9" className="lane-target" />
        <KindGlyph kind={row.kind ?? 'empty'} failed={row.failure !== null} pending={row.pending} />
      </>
    )
  }
  const text = `+${rows.length}`
  const width = 10 + text.length * 7
  const failed = rows.some((each) => each.failure !== null)
  return (
    <>
      <rect x={-width / 2} y="-9" width={width} height="18" rx="9" className="lane-count" data-failed={failed} />
      <text y="4" textAnchor="middle" className="lane-count-text" data-failed={failed}>
        {text}
      </text>
    </>
  )
}

function labelOf(rows: DeploymentRow[], timeZone: string): string {
  const [row] = rows
  if (row === undefined || rows.length > 1) return `${rows.length} more: ${rows.map((each) => labelOf([each], timeZone)).join('; ')}`
  const kind = row.kind ? kindWords[row.kind].title : row.status
  const at = row.finishedAt ?? row.startedAt
  return `${row.version ?? row.id}, ${kind}${row.failure ? ', failed' : ''}, ${at ? formatInstant(at, timeZone) : 'no time'}`
}

/** The ways from failures to their remedies, each under a key of its own. */
function arcsOf(placed: Placed[], byKey: Map<string, Placed>): [string, string][] {
  const arcs = new Map<string, string>()
  for (const each of placed) {
    for (const remedy of each.rows.flatMap((row) => row.failure?.remedies ?? [])) {
      const end = byKey.get(deploymentKey(remedy))
      if (end && end !== each) arcs.set(`${each.key} ${end.key}`, arc(each, end))
    }
  }
  return [...arcs]
}

/** From a failure up and over to its remedy. */
function arc(from: Placed, to: Placed): string {
  if (Math.abs(to.x - from.x) < 16) {
    const side = Math.max(from.x, to.x) + 18
    return `M${from.x + 8} ${from.y}C${side} ${from.y} ${side} ${to.y} ${to.x + 8} ${to.y}`
  }
  const rise = Math.min(26, 10 + Math.abs(to.x - from.x) / 8)
  const top = Math.min(from.y, to.y) - rise
  return `M${from.x} ${from.y - 8}C${from.x} ${top} ${to.x} ${top} ${to.x} ${to.y - 8}`
}

const labelWidth = 48

function LaneAxis({ from, to, width, height }: { from: string; to: string; width: number; height: number }) {
  const days = Math.max(1, daysBetween(from, to))
  const step = [1, 7, 14, 28, 56, 91, 182].find((each) => (width / days) * each >= 72) ?? 365
  const ticks = Array.from({ length: Math.ceil(days / step) }, (_, index) => index * step)
  return (
    <svg width={width} height={height + 22} aria-hidden="true" focusable="false" className="lane-axis lane-under">
      <line x1="0" x2={width} y1={height} y2={height} />
      {ticks.map((offset) => {
        const x = 12 + (offset / days) * (width - 24)
        const isLast = offset > 0 && width - x < labelWidth / 2
        return (
          <g key={offset}>
            <line x1={x} x2={x} y1={6} y2={height} className="lane-tick" />
            <text x={isLast ? width : x} y={height + 16} textAnchor={offset === 0 ? 'start' : isLast ? 'end' : 'middle'}>
              {formatDay(addDays(from, offset))}
            </text>
          </g>
        )
      })}
    </svg>
  )
}
