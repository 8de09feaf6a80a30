/** Which files each commit of a repository changed: every path once, and for each list of globs which of them it means. */
import type { CommitGraph } from '../delivery/graph.ts'
import { nodeFiles } from '../delivery/within.ts'
import { pathMatcher } from '../path-globs.ts'
import type { FileList } from '../store/commits.ts'

interface Matched {
  isMeant: (path: string) => boolean
  /** For each path by its number, as far as it was asked for. */
  meant: boolean[]
}

/** Append only; of several lists of one commit the last stands. */
export class FileLists {
  /** Position in the store that the next commit has. */
  next = 0
  /** Of the repository as these lists were read. */
  listings: number
  #numbers = new Map<string, number>()
  #paths: string[] = []
  #nodes: number[] = []
  /** Where the files of each of `#nodes` end in `#files`. */
  #ends: number[] = []
  #files: number[] = []
  #matched = new Map<string, Matched>()

  constructor(listings: number) {
    this.listings = listings
  }

  /** A commit that the graph does not know stands no longer. */
  add(graph: CommitGraph, { sha, paths }: FileList): void {
    const node = graph.indexOf(sha)
    if (node < 0) return
    for (const path of paths) this.#files.push(this.#numberOf(path))
    this.#nodes.push(node)
    this.#ends.push(this.#files.length)
  }

  /** For each node a value of `nodeFiles`. */
  within(graph: CommitGraph, globs: readonly string[]): Uint8Array {
    const meant = this.#meantBy(globs)
    const within = new Uint8Array(graph.nodes)
    let from = 0
    for (const [at, node] of this.#nodes.entries()) {
      const end = this.#ends[at] ?? from
      let files: number = nodeFiles.outside
      for (let file = from; file < end; file++) {
        if (!meant[this.#files[file] ?? 0]) continue
        files = nodeFiles.inside
        break
      }
      within[node] = files
      from = end
    }
    return within
  }

  #meantBy(globs: readonly string[]): boolean[] {
    const key = globs.join('\n')
    const matched = this.#matched.get(key) ?? { isMeant: pathMatcher(globs), meant: [] }
    this.#matched.set(key, matched)
    for (let number = matched.meant.length; number < this.#paths.length; number++) {
      matched.meant.push(matched.isMeant(this.#paths[number] ?? ''))
    }
    return matched.meant
  }

  #numberOf(path: string): number {
    const known = this.#numbers.get(path)
    if (known !== undefined) return known
    this.#numbers.set(path, this.#paths.length)
    return this.#paths.push(path) - 1
  }
}
