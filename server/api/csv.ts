/** Comma-separated values after RFC 4180, safe to open in a spreadsheet. */
export type Cell = string | number | boolean | null

/** One record with its line end. Text that a spreadsheet would run as a formula is led by an apostrophe; numbers are exempt by type. */
export function csvRecord(cells: Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`
}

function cellText(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const inert = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}

/** A name for the file, of letters that every system takes. */
export function fileName(...parts: string[]): string {
  return parts.map((part) => part.replace(/[^A-Za-z0-9._-]+/g, '-')).join('-')
}
