/** How often each of some numbers occurs; they are whole, at least 0, and in ascending order. */
import type { PackedReader, PackedWriter } from '../packed.ts'

export interface Histogram {
  keys: ArrayLike<number>
  counts: ArrayLike<number>
}

export const emptyHistogram: Histogram = { keys: [], counts: [] }

/** Adds counts, which may be negative; what comes to zero is left out. */
export function addCounts({ keys, counts }: Histogram, more: ReadonlyMap<number, number>): Histogram {
  if (more.size === 0) return { keys, counts }
  const added = new Float64Array(more.size)
  let size = 0
  for (const key of more.keys()) added[size++] = key
  added.sort()
  const sumKeys: number[] = []
  const sumCounts: number[] = []
  const push = (key: number, count: number) => {
    if (count === 0) return
    sumKeys.push(key)
    sumCounts.push(count)
  }
  let i = 0
  for (const key of added) {
    while (i < keys.length && (keys[i] as number) < key) push(keys[i] as number, counts[i++] as number)
    push(key, (more.get(key) as number) + (keys[i] === key ? (counts[i++] as number) : 0))
  }
  while (i < keys.length) push(keys[i] as number, counts[i++] as number)
  return { keys: sumKeys, counts: sumCounts }
}

export function total({ counts }: Histogram): number {
  let sum = 0
  for (let i = 0; i < counts.length; i++) sum += counts[i] as number
  return sum
}

/** One for all sums, for they are made one after the other; all zero between them. */
let dense = new Float64Array(4096)

/** The sum of histograms whose keys are small. */
export function sumOf(histograms: readonly Histogram[]): Histogram {
  const filled = histograms.filter(({ keys }) => keys.length > 0)
  if (filled.length < 2) return filled[0] ?? emptyHistogram
  let least = Number.POSITIVE_INFINITY
  let greatest = -1
  for (const { keys } of filled) {
    least = Math.min(least, keys[0] as number)
    greatest = Math.max(greatest, keys[keys.length - 1] as number)
  }
  if (greatest >= dense.length) dense = new Float64Array(2 * greatest)
  for (const { keys, counts } of filled) {
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as number
      dense[key] = (dense[key] as number) + (counts[i] as number)
    }
  }
  let size = 0
  for (let key = least; key <= greatest; key++) if (dense[key] !== 0) size++
  const keys = new Uint32Array(size)
  const counts = new Float64Array(size)
  let at = 0
  for (let key = least; key <= greatest; key++) {
    if (dense[key] === 0) continue
    keys[at] = key
    counts[at++] = dense[key] as number
    dense[key] = 0
  }
  return { keys, counts }
}

export function writeHistogram(writer: PackedWriter, { keys, counts }: Histogram): void {
  writer.count(keys.length)
  let before = 0
  for (let i = 0; i < keys.length; i++) {
    writer.count((keys[i] as number) - before)
    writer.count(counts[i] as number)
    before = keys[i] as number
  }
}

/** Keys over 32 bits (instants) take an array of doubles. */
export function readHistogram(reader: PackedReader, wide = false): Histogram {
  const size = reader.count()
  if (size === 0) return emptyHistogram
  const keys = wide ? new Float64Array(size) : new Uint32Array(size)
  const counts = new Uint32Array(size)
  let key = 0
  for (let i = 0; i < size; i++) {
    key += reader.count()
    keys[i] = key
    counts[i] = reader.count()
  }
  return { keys, counts }
}
