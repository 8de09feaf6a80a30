/** Commit graphs kept in memory between batches, as far as they fit. */
import { CommitGraph } from '../delivery/graph.ts'
import { type ArrivingCommit, readCommits, readFileLists, splitPaths } from '../store/commits.ts'
import type { Db } from '../store/database.ts'
import type { Repository } from '../store/repositories.ts'
import type { Store } from '../store/store.ts'
import { FileLists } from './file-lists.ts'

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
  /** The lists of files of the commits in a graph that was loaded, as far as they are known; read when they are first asked for. */
  files(tx: Db, repository: Repository, graph: CommitGraph): Promise<FileLists>
  /** Adds commits that were just stored from position `size` on, and lists of commits that were known, where the graph is at hand. */
  append(repository: Repository, added: ArrivingCommit[], listed: ArrivingCommit[]): void
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

/** Lists that are at hand stay so; else they are read when somebody asks for them. */
function appendLists(
  files: FileLists,
  graph: CommitGraph,
  { size, listings }: Repository,
  added: ArrivingCommit[],
  listed: ArrivingCommit[],
): void {
  if (files.next !== size || files.listings !== listings) return
  for (const { sha, paths } of [...listed, ...added]) if (paths !== null) files.add(graph, { sha, paths: splitPaths(paths) })
  files.next += added.length
  if (listed.length > 0) files.listings++
}

function createGraphs(): Graphs {
  const held = new Map<number, Held>()
  const lists = new WeakMap<CommitGraph, FileLists>()

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

  function create({ generation }: Repository): Held {
    return { graph: new CommitGraph(), next: 0, generation }
  }

  return {
    async load(tx, repository) {
      if (repository.size === 0) return new CommitGraph()
      let entry = held.get(repository.id)
      if (!entry || entry.generation !== repository.generation) entry = create(repository)
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
    async files(tx, repository, graph) {
      const known = lists.get(graph)
      const files = known?.listings === repository.listings ? known : new FileLists(repository.listings)
      if (files.next < repository.size) {
        for await (const page of readFileLists(tx, repository.id, files.next)) for (const list of page) files.add(graph, list)
        files.next = repository.size
      }
      lists.set(graph, files)
      return files
    },
    append(repository, added, listed) {
      let entry = held.get(repository.id)
      if (!entry && repository.size === 0) entry = create(repository)
      if (!entry || entry.next !== repository.size || entry.generation !== repository.generation) return
      for (const commit of added) if (!commit.withdrawn) entry.graph.add(commit)
      entry.next += added.length
      const files = lists.get(entry.graph)
      if (files) appendLists(files, entry.graph, repository, added, listed)
      keep(repository.id, entry)
    },
    forget: () => held.clear(),
  }
}
