/** Transactions that write facts, one after the other in this process: they share the graphs in memory. */
import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'
import { graphsOf } from './graphs.ts'

const lines = new WeakMap<Store, Promise<unknown>>()

/** Deadlock and serialization failure: the transaction may be tried again as it is. */
const transient = new Set(['40P01', '40001'])
const attempts = 4

/** Runs the work in a transaction once those before it have ended; tries again where another process was in its way. */
export function inTurn<T>(store: Store, work: (tx: Db) => Promise<T>): Promise<T> {
  const before = lines.get(store) ?? Promise.resolve()
  const result = before.then(() => attempt(store, work))
  lines.set(
    store,
    result.catch(() => {}),
  )
  return result
}

/** As `inTurn`, beside other transactions: for work that touches no graph and whose rows nobody else writes in this process. */
export function outOfTurn<T>(store: Store, work: (tx: Db) => Promise<T>): Promise<T> {
  return attempt(store, work)
}

async function attempt<T>(store: Store, work: (tx: Db) => Promise<T>): Promise<T> {
  for (let left = attempts; ; left--) {
    try {
      return await store.transaction(work)
    } catch (error) {
      graphsOf(store).forget()
      const code = (error as { code?: unknown } | null)?.code
      if (left === 1 || typeof code !== 'string' || !transient.has(code)) throw error
    }
  }
}
