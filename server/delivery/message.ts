/** Reads what a commit message says about other commits. */

/** Lines kept beside the subject: those that may refer to another commit. */
const reference = /\b[0-9a-f]{7,64}\b/i
const notesLimit = 2000

/** The subject (first paragraph on one line, as git prints it) and the lines of the body that may refer to another commit. */
export function splitMessage(message: string): { subject: string; notes: string | null } {
  const text = message.replaceAll('\r\n', '\n').replace(/^\n+/, '')
  const end = text.search(/\n[ \t]*\n/)
  const subject = (end < 0 ? text : text.slice(0, end)).trim().replaceAll(/\s*\n\s*/g, ' ')
  if (end < 0 || !reference.test(text.slice(end))) return { subject, notes: null }
  const notes: string[] = []
  let length = 0
  for (const line of text.slice(end).split('\n')) {
    if (!reference.test(line)) continue
    length += line.length + 1
    if (length > notesLimit) break
    notes.push(line.trim())
  }
  return { subject, notes: notes.length > 0 ? notes.join('\n') : null }
}

const reverts = /\bThis reverts commits? ([0-9a-f]{7,64}(?:(?:,| and|, and)? [0-9a-f]{7,64})*)/gi
const picked = /\(cherry[- ]picked from commit ([0-9a-f]{7,64})\)/gi
const sha = /[0-9a-f]{7,64}/gi

/** Commits that the notes of a message say are reverted, in full or abbreviated. */
export function revertedCommits(notes: string): string[] {
  const found: string[] = []
  for (const match of notes.matchAll(reverts)) found.push(...(match[1]?.match(sha) ?? []).map((id) => id.toLowerCase()))
  return found
}

/** Commits of which a message says that this one is a cherry-pick. */
export function pickedCommits(notes: string): string[] {
  return [...notes.matchAll(picked)].map((match) => (match[1] ?? '').toLowerCase())
}

/** A subject that puts back what a revert took away: `Reapply …` or `Revert "Revert …`. */
export function isReland(subject: string): boolean {
  return /^(?:Reapply\b|Revert\s+["'“]?Revert\b)/i.test(subject)
}

/** The number in the head branch that hosting services give a revert's pull request: `revert-12-feature`. */
export function revertedNumber(headBranch: string): string | null {
  return /^revert-(\d+)-./.exec(headBranch)?.[1] ?? null
}

/** The abbreviated merge commit in the branch `revert-<8 digits>`. */
export function revertedAbbreviation(headBranch: string): string | null {
  return /^revert-([0-9a-f]{8})$/.exec(headBranch)?.[1] ?? null
}
