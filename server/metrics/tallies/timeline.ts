/** The deployments of a day with their times: for what depends on the clock (pending, provisional), and for the gaps between them. */
import { PackedReader, PackedWriter } from '../packed.ts'
import type { Entry } from './entry.ts'

export interface Timed {
  at: number
  counted: boolean
  judgeable: boolean
  settled: boolean
  failed: boolean
  /** Of a failed one. */
  beganAt: number
  recoveredAt: number | null
}

/** In order of time; equal ones may occur several times. */
export type Timeline = readonly Timed[]
export const emptyTimeline: Timeline = []

export function timeOf(entry: Entry): Timed {
  const { at, judgeable, settled, failed, beganAt, recoveredAt } = entry
  return { at, counted: entry.apart === null, judgeable, settled, failed, beganAt, recoveredAt }
}

/** Equal for equal ones; in order of time within 9,000 years. */
export function timelineText({ at, counted, judgeable, settled, failed, beganAt, recoveredAt }: Timed): string {
  const flags = (counted ? 1 : 0) | (judgeable ? 2 : 0) | (settled ? 4 : 0) | (failed ? 8 : 0)
  return `${String(at + 1e15).padStart(16, '0')} ${flags} ${failed ? `${beganAt} ${recoveredAt ?? ''}` : ''}`
}

function timed(text: string): Timed {
  const [at, bits, beganAt, recoveredAt] = text.split(' ')
  const flags = Number(bits)
  const failed = (flags & 8) !== 0
  return {
    at: Number(at) - 1e15,
    counted: (flags & 1) !== 0,
    judgeable: (flags & 2) !== 0,
    settled: (flags & 4) !== 0,
    failed,
    beganAt: failed ? Number(beganAt) : 0,
    recoveredAt: failed && recoveredAt !== '' ? Number(recoveredAt) : null,
  }
}

/** Adds deployments by their text, or takes them away. */
export function addTimes(timeline: Timeline, more: ReadonlyMap<string, number>): Timeline {
  if (more.size === 0) return timeline
  const left = new Map(more)
  const moments = new Set([...more.keys()].map((text) => timed(text).at))
  const kept = timeline.filter((each) => {
    if (!moments.has(each.at)) return true
    const text = timelineText(each)
    const count = left.get(text) ?? 0
    if (count >= 0) return true
    left.set(text, count + 1)
    return false
  })
  const added: Timed[] = []
  for (const [text, count] of left) for (let i = 0; i < count; i++) added.push(timed(text))
  if (added.length === 0) return kept
  return [...kept, ...added].sort((a, b) => a.at - b.at || (timelineText(a) < timelineText(b) ? -1 : 1))
}

export function packTimeline(timeline: Timeline): Uint8Array {
  const writer = new PackedWriter()
  let before = 0
  for (const { at, counted, judgeable, settled, failed, beganAt, recoveredAt } of timeline) {
    const isOpen = failed && recoveredAt === null
    writer.byte((counted ? 1 : 0) | (judgeable ? 2 : 0) | (settled ? 4 : 0) | (failed ? 8 : 0) | (isOpen ? 16 : 0))
    writer.signed(at - before)
    before = at
    if (failed) writer.signed(beganAt - at)
    if (failed && recoveredAt !== null) writer.signed(recoveredAt - beganAt)
  }
  return writer.finish()
}

export function unpackTimeline(bytes: Uint8Array): Timeline {
  const reader = new PackedReader(bytes)
  const timeline: Timed[] = []
  let at = 0
  while (!reader.isDone) {
    const flags = reader.byte()
    at += reader.signed()
    const failed = (flags & 8) !== 0
    const beganAt = failed ? at + reader.signed() : 0
    const recoveredAt = failed && (flags & 16) === 0 ? beganAt + reader.signed() : null
    timeline.push({
      at,
      counted: (flags & 1) !== 0,
      judgeable: (flags & 2) !== 0,
      settled: (flags & 4) !== 0,
      failed,
      beganAt,
      recoveredAt,
    })
  }
  return timeline
}
