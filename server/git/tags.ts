/** Deployments from tags: which are new, moved, deleted or no longer meant. */
import type { Fact, Instant } from '../facts.ts'
import type { Changes } from './changes.ts'
import { type GitRef, type Repository, readObjects } from './client.ts'
import { dateOf, isClamped } from './commit-date.ts'
import type { State } from './cursor.ts'
import { tagMatcher } from './rule.ts'
import { GitFailure } from './run-git.ts'
import { filedUnder, type Origin, type TagDeployment, tagFact, withdrawalFact } from './to-facts.ts'

export interface Peeled {
  /** Null where the tag names something else than a commit. */
  commit: string | null
  type: string
  /** The date of the tagger, else that of the committer. */
  finishedAt: Instant
}

/** What tags name in the end, however deep they are nested, by the object each ref holds. Throws GitFailure on a missing object. */
export async function peelTags(repository: Repository, objects: string[]): Promise<Map<string, Peeled>> {
  const peeled = new Map<string, Peeled>()
  const taggedAt = new Map<string, Instant | null>()
  let open = new Map(objects.map((object) => [object, object]))
  while (open.size > 0) {
    const found = await readObjects(repository, [...new Set(open.values())])
    const deeper = new Map<string, string>()
    for (const [object, inner] of open) {
      const { type, header } = found.get(inner) ?? { type: 'missing', header: '' }
      if (type === 'missing') throw new GitFailure('cat-file', `fatal: missing object ${inner}, which a tag names`, null)
      if (type === 'tag') {
        if (!taggedAt.has(object)) taggedAt.set(object, dateOf(header, 'tagger'))
        deeper.set(object, /^object ([0-9a-f]+)$/m.exec(header)?.[1] ?? '')
        continue
      }
      const finishedAt = taggedAt.get(object) ?? dateOf(header, 'committer') ?? 0
      peeled.set(object, { commit: type === 'commit' ? inner : null, type, finishedAt })
    }
    open = deeper
  }
  return peeled
}

/** Compares the tags that match now with those collected before. */
export async function followTags(
  repository: Repository,
  refs: GitRef[],
  pattern: string,
  former: State | null,
  origin: Origin,
): Promise<Changes> {
  const match = tagMatcher(pattern)
  const formerMatch = former !== null && 'tags' in former.rule ? tagMatcher(former.rule.tags) : null
  const left = new Map(
    (former?.tags ?? []).map(([name, object, commit]) => [name, { object, commit: commit === undefined ? object : commit }]),
  )
  const known: { ref: GitRef; commit: string | null }[] = []
  const fresh: { ref: GitRef; line: string | null }[] = []
  for (const ref of refs) {
    const matched = match(ref.name)
    if (matched === null) continue
    const before = left.get(ref.name)
    const same = before?.object === ref.object && former?.service === filedUnder(origin)
    if (same && (formerMatch?.(ref.name)?.line ?? null) === matched.line) {
      known.push({ ref, commit: before.commit })
      left.delete(ref.name)
    } else fresh.push({ ref, line: matched.line })
  }
  const peeled = await peelTags(
    repository,
    fresh.map(({ ref }) => ref.object),
  )
  const deployments: TagDeployment[] = []
  const notes: string[] = []
  const others: string[] = []
  const commits = new Map<string, string | null>(known.map(({ ref, commit }) => [ref.name, commit]))
  for (const { ref, line } of fresh) {
    const { commit = null, type = '', finishedAt = 0 } = peeled.get(ref.object) ?? {}
    commits.set(ref.name, commit)
    if (commit === null) others.push(`${ref.name} (${type})`)
    else deployments.push({ name: ref.name, commit, finishedAt, line })
    if (isClamped(finishedAt)) notes.push(`The date of tag ${ref.name} cannot be; the nearest date that can be written stands for it.`)
  }
  if (others.length > 0) notes.push(`${others.length} matching tags name no commit and are not counted: ${others.slice(0, 5).join(', ')}.`)
  deployments.sort((a, b) => a.finishedAt - b.finishedAt || (a.name < b.name ? -1 : 1))
  const gone = [...left].filter(([, { commit }]) => commit !== null).map(([name]) => name)
  const tags: State['tags'] = []
  for (const { name, object } of refs) {
    const commit = commits.get(name)
    if (commit !== undefined) tags.push(commit === object ? [name, object] : [name, object, commit])
  }
  return {
    size: gone.length + deployments.length,
    notes,
    tags,
    branch: null,
    *facts(): Generator<Fact> {
      for (const name of gone) yield withdrawalFact(name, origin)
      for (const deployment of deployments) yield tagFact(deployment, origin)
    },
  }
}
