/** A short digest of text that tells versions of a row apart. */
import { createHash } from 'node:crypto'

export function digestOf(text: string): string {
  return createHash('sha1').update(text).digest('base64url').slice(0, 20)
}
