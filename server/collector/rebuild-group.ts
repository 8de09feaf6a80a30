/** Derives a few services anew. */
import type { Db } from '../store/database.ts'
import { clearDerived } from '../store/derived.ts'
import type { ServiceKey } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { deriveServices } from './derive-services.ts'
import { graphsOf } from './graphs.ts'
import type { ChangeContext } from './ingest.ts'
import { patchBlocks } from './settle.ts'

/** In the transaction that it is given, with the blocks; tallies are summed when all are done. */
export function rebuildGroup(store: Store, group: ServiceKey[], context: ChangeContext) {
  return async (tx: Db): Promise<void> => {
    const ids = group.map(({ id }) => id)
    await clearDerived(tx, ids)
    const { written } = await deriveServices(tx, ids, { ...context, graphs: graphsOf(store) })
    await patchBlocks(tx, written, context.config)
  }
}
