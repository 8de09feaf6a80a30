/** Which changes of a repository are a service's own, where services share it by paths. */
import { refKey } from '../facts.ts'
import type { ChangeSet, Pull } from './changes.ts'

/** What is known of the files that commits and pull requests changed, seen from one service. */
export interface Within {
  /** For each node; one beyond the end is not known. */
  nodes: Uint8Array
  /** By reference `source/id`: whether the list of files that a pull request has of its own holds one of the service's. */
  pulls: ReadonlyMap<string, boolean>
}

/** Values of `Within.nodes`. */
export const nodeFiles = { unknown: 0, outside: 1, inside: 2 } as const

/** `unknown`: nobody knows which files it changed. It counts for every service of the repository, so that it is not lost. */
export type Belonging = 'inside' | 'outside' | 'unknown'

/**
 * Whether a unit changed one of the service's files. A commit's own list decides. For a pull request any of its commits, or its own list;
 * commits of a branch that was squashed or rebased need none, since what the target branch got says it. Merge commits have none: what
 * they brought in are commits of their own.
 */
export function belongingIn(changes: ChangeSet, within: Within): (unit: number) => Belonging {
  const { pulls } = changes
  return (unit) => {
    const pull = pulls[unit]
    if (pull) return ofPull(changes, within, pull)
    const files = within.nodes[unit - pulls.length]
    return files === nodeFiles.inside ? 'inside' : files === nodeFiles.outside ? 'outside' : 'unknown'
  }
}

function ofPull({ graph }: ChangeSet, { nodes, pulls }: Within, pull: Pull): Belonging {
  // What it carries along has units of its own.
  if (pull.promotion) return 'inside'
  const listed = pulls.get(refKey(pull.fact))
  if (listed === true) return 'inside'
  let known = 0
  let unknown = 0
  for (const node of pull.nodes) {
    if (graph.isMerge(node)) continue
    const files = nodes[node] ?? nodeFiles.unknown
    if (files === nodeFiles.inside) return 'inside'
    if (files === nodeFiles.outside) known++
    else unknown++
  }
  const { mergeNode } = pull
  const landed = mergeNode >= 0 && !graph.isMerge(mergeNode) && nodes[mergeNode] === nodeFiles.outside
  return listed === false || landed || (known > 0 && unknown === 0) ? 'outside' : 'unknown'
}
