/** Finds the known word that a misspelt one most likely means. */

/** The known word at most a third of its letters away from the given one; null when none is near. */
export function nearest(word: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const away = distance(word.toLowerCase(), candidate.toLowerCase())
    const length = Math.max(word.length, candidate.length)
    const allowed = length < 3 ? 0 : Math.max(1, Math.floor(length / 3))
    if (away <= allowed && away < least) {
      best = candidate
      least = away
    }
  }
  return best
}

/** The mend for a word that is not known: the one most likely meant, if any, or what else to do. */
export function oneOf(word: string, known: string[], otherwise: string): string {
  const near = nearest(word, known)
  return near === null ? otherwise : `write ${near}, or ${otherwise}`
}

/** Edits between two words: a letter put in, left out or replaced, or two neighbours swapped. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : replaced
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
