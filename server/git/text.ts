/** Reads the bytes of git, whose names and messages are in any encoding or none. */
import { isUtf8 } from 'node:buffer'

/** UTF-8 where it is valid, else each byte as one character of Latin-1; never fails and keeps every byte apart. */
export function decode(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1')
}

/** The first `max` UTF-16 units of a text, without half a character at the end. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 1)
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? max - 1 : max)
}
