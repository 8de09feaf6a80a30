/** Keeps the process small while it collects much. */
import { setFlagsFromString } from 'node:v8'

/**
 * By how much the heap may grow between two collections of garbage, in percent: with the embedded database, which is in the same memory
 * (350 MB in all while a server first collects 80,000 commits), and beside a PostgreSQL. V8's own choice is quicker, and better for a
 * command that ends in a second.
 */
const growingPercent = { embedded: 20, postgres: 30 } as const

export function keepHeapSmall(database: keyof typeof growingPercent = 'embedded'): void {
  setFlagsFromString(`--heap-growing-percent=${growingPercent[database]}`)
}
