/** Derives anew what was derived by other rules than those in force. */
import type { Config } from '../config.ts'
import { readRules, writeRules } from '../store/meta.ts'
import { readRevision } from '../store/revision.ts'
import type { Store } from '../store/store.ts'
import { rebuild } from './rebuild.ts'
import { followCatalogue } from './rebuild-tallies.ts'

/** Raised whenever delivery links the same facts differently, or its rows hold more. */
const deliveryVersion = 4

/**
 * For the start of a process: a parameter of the definition that changed holds for what is stored too, so that no number is called by a
 * definition it was not made by. The time of the data stays. Answers whether anything was derived anew.
 */
export async function followDefinition(store: Store, config: Config): Promise<boolean> {
  // Blocks are of weeks of the reporting time zone.
  const rules = `${config.definition.version}/${deliveryVersion}/${config.timeZone}`
  if ((await readRules(store.db)) === rules) return followCatalogue(store, config)
  const { asOf } = await readRevision(store.db)
  // Written last: a start that is cut short begins again.
  if (asOf === null) await followCatalogue(store, config)
  else await rebuild(store, { config, now: asOf })
  await writeRules(store.db, rules)
  return asOf !== null
}
