/** Whole numbers packed into bytes: small ones take one byte, each seven further bits another. */

const start = 256

/** Numbers up to 2^53 in absolute value. */
export class PackedWriter {
  #bytes = new Uint8Array(start)
  #at = 0

  /** A number of at least 0. */
  count(value: number): void {
    this.#reserve(8)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#at++] = rest
  }

  /** A number of either sign. */
  signed(value: number): void {
    this.count(value < 0 ? -2 * value - 1 : 2 * value)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#at++] = value
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length)
    this.#bytes.set(values, this.#at)
    this.#at += values.length
  }

  /** What was written, in an array of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + more))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

export class PackedReader {
  readonly #bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.at = at
  }

  get isDone(): boolean {
    return this.at >= this.#bytes.length
  }

  count(): number {
    const bytes = this.#bytes
    let at = this.at
    let byte = bytes[at++] as number
    let value = byte & 0x7f
    // Up to 28 bits go as integers.
    for (let shift = 7; byte >= 0x80 && shift < 28; shift += 7) {
      byte = bytes[at++] as number
      value |= (byte & 0x7f) << shift
    }
    for (let scale = 2 ** 28; byte >= 0x80; scale *= 0x80) {
      byte = bytes[at++] as number
      value += (byte & 0x7f) * scale
    }
    this.at = at
    return value
  }

  signed(): number {
    const value = this.count()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  byte(): number {
    return this.#bytes[this.at++] as number
  }

  bytes(length: number): Uint8Array {
    const found = this.#bytes.subarray(this.at, this.at + length)
    this.at += length
    return found
  }
}
