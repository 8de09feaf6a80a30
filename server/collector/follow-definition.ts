/** Derives anew what was derived by other rules than those in force. */
import type { Config } from '../config.ts'
import { readRules, writeRules } from '../store/meta.ts'
import { readRevision } from '../store/revision.ts'
import type { Store } from '../store/store.ts'
import { rebuild } from './rebuild.ts'
import { followCatalogue } from './rebuild-tallies.ts'
import { rulesOf } from './rules.ts'

/**
 * For the start of a process: a parameter of the definition that changed holds for what is stored too, so that no number is called by a
 * definition it was not made by. The time of the data stays. Answers whether anything was derived anew.
 */
export async function followDefinition(store: Store, config: Config): Promise<boolean> {
  if ((await readRules(store.db)) === rulesOf(config)) return followCatalogue(store, config)
  const { asOf } = await readRevision(store.db)
  if (asOf === null) {
    await followCatalogue(store, config)
    await writeRules(store.db, rulesOf(config))
    return false
  }
  await rebuild(store, { config, now: asOf })
  return true
}
