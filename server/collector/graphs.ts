/** Commit graphs kept in memory between batches, as far as they fit. */
import { CommitGraph } from '../delivery/graph.ts'
import { type CommitRow, readCommits } from '../store/commits.ts'
import type { Db } from '../store/database.ts'
import type { Repository } from '../store/repositories.ts'
import type { Store } from '../store/store.ts'

/** About 150 MB of graphs. */
const heldCommits = 500_000

interface Held {
  graph: CommitGraph
  /** Position in the store that the next commit has. */
  next: number
  generation: number
}

/** Only one batch at a time may use the graphs of a store. */
export interface Graphs {
  /** The graph with every standing commit of the repository. */
  load(tx: Db, repository: Repository): Promise<CommitGraph>
  /** Adds commits that were just stored from position `size` on, where the graph is at hand. */
  append(repository: Repository, added: (CommitRow & { withdrawn: boolean })[]): void
  /** After a failed transaction: what it added never was. */
  forget(): void
}

const byStore = new WeakMap<Store, Graphs>()

export function graphsOf(store: Store): Graphs {
  const known = byStore.get(store)
  if (known) return known
  const graphs = createGraphs()
  byStore.set(store, graphs)
  return graphs
}

function createGraphs(): Graphs {
  const held = new Map<number, Held>()

  /** Makes it the most recently used, and room for it. */
  function keep(id: number, entry: Held) {
    held.delete(id)
    held.set(id, entry)
    let commits = [...held.values()].reduce((sum, { graph }) => sum + graph.size, 0)
    for (const [other, { graph }] of held) {
      if (commits <= heldCommits || other === id) return
      held.delete(other)
      commits -= graph.size
    }
  }

  return {
    async load(tx, repository) {
      if (repository.size === 0) return new CommitGraph()
      let entry = held.get(repository.id)
      if (!entry || entry.generation !== repository.generation) {
        entry = { graph: new CommitGraph(), next: 0, generation: repository.generation }
      }
      if (entry.next < repository.size) {
        for await (const page of readCommits(tx, repository.id, entry.next)) {
          for (const commit of page) {
            entry.graph.add(commit)
            entry.next = commit.n + 1
          }
        }
        entry.next = Math.max(entry.next, repository.size)
      }
      keep(repository.id, entry)
      return entry.graph
    },
    append(repository, added) {
      let entry = held.get(repository.id)
      if (!entry && repository.size === 0) entry = { graph: new CommitGraph(), next: 0, generation: repository.generation }
      if (!entry || entry.next !== repository.size || entry.generation !== repository.generation) return
      for (const commit of added) if (!commit.withdrawn) entry.graph.add(commit)
      entry.next += added.length
      keep(repository.id, entry)
    },
    forget: () => held.clear(),
  }
}
