/** How often each of some numbers occurs; they are whole, at least 0, and in ascending order. */
import type { PackedReader, PackedWriter } from '../packed.ts'

export interface Histogram {
  keys: ArrayLike<number>
  counts: ArrayLike<number>
}

export const emptyHistogram: Histogram = { keys: [], counts: [] }

/** Adds counts, which may be negative; what comes to zero is left out. */
export function addCounts(histogram: Histogram, more: ReadonlyMap<number, number>): Histogram {
  if (more.size === 0) return histogram
  const { keys, counts } = histogram
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
  let only: Histogram = emptyHistogram
  const filled: Histogram[] = []
  let least = Number.POSITIVE_INFINITY
  let greatest = -1
  for (const histogram of histograms) {
    const { keys, counts } = histogram
    if (keys.length === 0) continue
    only = histogram
    filled.push({ keys, counts })
    least = Math.min(least, keys[0] as number)
    greatest = Math.max(greatest, keys[keys.length - 1] as number)
  }
  if (filled.length < 2) return only
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

/** One of several that share an array, keys first: a process holds some hundred thousand of them. */
class HistogramPart implements Histogram {
  readonly #data: Uint32Array
  readonly #from: number
  readonly #size: number

  constructor(data: Uint32Array, from: number, size: number) {
    this.#data = data
    this.#from = from
    this.#size = size
  }

  get keys(): Uint32Array {
    return this.#data.subarray(this.#from, this.#from + this.#size)
  }

  get counts(): Uint32Array {
    return this.#data.subarray(this.#from + this.#size, this.#from + 2 * this.#size)
  }
}

/** One for all readings; grows with the largest. */
let unpacked = new Uint32Array(4096)

/** So many histograms whose keys and counts are under 2^32. */
export function readHistograms(reader: PackedReader, number: number): Histogram[] {
  const sizes: number[] = []
  let filled = 0
  for (let i = 0; i < number; i++) {
    const size = reader.count()
    sizes.push(size)
    while (filled + 2 * size > unpacked.length) unpacked = doubled(unpacked)
    let key = 0
    for (let at = filled; at < filled + size; at++) {
      key += reader.count()
      unpacked[at] = key
      unpacked[at + size] = reader.count()
    }
    filled += 2 * size
  }
  const data = unpacked.slice(0, filled)
  let from = 0
  return sizes.map((size) => {
    if (size === 0) return emptyHistogram
    const histogram = new HistogramPart(data, from, size)
    from += 2 * size
    return histogram
  })
}

function doubled(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * numbers.length)
  larger.set(numbers)
  return larger
}

/** A histogram whose keys are instants. */
export function readInstants(reader: PackedReader): Histogram {
  const size = reader.count()
  if (size === 0) return emptyHistogram
  const keys = new Float64Array(size)
  const counts = new Uint32Array(size)
  let key = 0
  for (let i = 0; i < size; i++) {
    key += reader.count()
    keys[i] = key
    counts[i] = reader.count()
  }
  return { keys, counts }
}
