/** Finds the known word that a misspelt one most likely means. */

/** The known word at most a third of its letters away from the given one; null when none is near. */
export function nearest(word: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const away = distance(word.toLowerCase(), candidate.toLowerCase())
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))
    if (away <= allowed && away < least) {
      best = candidate
      least = away
    }
  }
  return best
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
