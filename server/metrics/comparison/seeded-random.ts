/** Random numbers that are the same each time, so that a question asked twice has one answer. */

/** Used wherever nothing else is asked for. */
export const fixedSeed = 20_260_105

/**
 * Unsigned 32-bit integers by xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), its four words
 * filled from the seed by splitmix32.
 */
export function seededRandom(seed: number = fixedSeed): () => number {
  let state = seed >>> 0
  function splitmix(): number {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }
  return xoshiro([splitmix(), splitmix(), splitmix(), splitmix()])
}

/** The generator itself, from its four words; they must not all be zero. */
export function xoshiro(words: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = words
  return () => {
    const product = Math.imul(b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result
  }
}
