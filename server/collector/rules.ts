/** By which rules rows are derived, in one word: where it is another, they are derived anew. */
import type { Config } from '../config.ts'

/** Raised whenever delivery links the same facts differently, or blocks hold something else. */
const deliveryVersion = 6

/** Blocks are of weeks of the reporting time zone. */
export function rulesOf({ definition, timeZone }: Pick<Config, 'definition' | 'timeZone'>): string {
  return `${definition.version}/${deliveryVersion}/${timeZone}`
}
