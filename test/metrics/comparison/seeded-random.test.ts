import { describe, expect, it } from 'vitest'
import { seededRandom, xoshiro } from '../../../server/metrics/comparison/seeded-random.ts'

/** The authors' reference code, with integers of any size. */
function* reference(words: bigint[]): Generator<number> {
  const [mask, state] = [0xffffffffn, [...words] as [bigint, bigint, bigint, bigint]]
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask
  for (;;) {
    yield Number((rotate((state[1] * 5n) & mask, 7n) * 9n) & mask)
    const shifted = (state[1] << 9n) & mask
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = rotate(state[3], 11n)
  }
}

describe('random numbers', () => {
  it('are those of xoshiro128**', () => {
    const expected = reference([1n, 2n, 3n, 4n])
    const random = xoshiro([1, 2, 3, 4])
    const drawn = Array.from({ length: 1000 }, random)
    expect(drawn.slice(0, 3)).toEqual([11520, 0, 5927040])
    expect(drawn).toEqual(Array.from({ length: 1000 }, () => expected.next().value))
  })

  it('are the same for a seed, and others for another', () => {
    const draw = (seed?: number) => Array.from({ length: 5 }, seededRandom(seed))
    expect(draw()).toEqual(draw())
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
    expect(draw(0)).not.toContain(0)
  })

  it('spread evenly', () => {
    const random = seededRandom(7)
    const counts = new Array(16).fill(0)
    for (let i = 0; i < 160_000; i++) counts[random() >>> 28]++
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400)
  })
})
