/** Makes artifacts of what a registry tells of images. */

import type { Artifact, Fact, Instant } from '../../facts.ts'
import { commitId, toldOrNone } from '../fact-text.ts'
import { serviceBy } from '../rules.ts'
import type { DockerOptions } from './options.ts'

/** One manifest of an image, with what is told of it. */
export interface ReadManifest {
  digest: string
  labels: Readonly<Record<string, string>>
  /** When it says that it was built, as text. */
  created: string | null
}

export interface FilingImage {
  sourceId: string
  image: string
  tags: string[]
  /** When it was pushed, where that is known. */
  pushedAt: Instant | null
}

type Rules = Pick<DockerOptions, 'commit' | 'version' | 'repository'>

const sourceLabels = ['org.opencontainers.image.source', 'org.label-schema.vcs-url']
const createdLabels = ['org.opencontainers.image.created', 'org.label-schema.build-date']

export function artifactFact({ digest, labels, created }: ReadManifest, filing: FilingImage, rules: Rules): Fact {
  const source = sourceLabels.map((name) => labels[name]).find((url) => url !== undefined && url !== '')
  const known = {
    ...labels,
    source,
    repository: source === undefined ? undefined : repositoryIn(source),
    image: filing.image,
    tag: filing.tags[0],
  }
  const commit = commitId(serviceBy(rules.commit, known))
  const version = toldOrNone(serviceBy(rules.version, known), 500)
  const repository = rules.repository === false ? undefined : toldOrNone(serviceBy(rules.repository, known), 500)
  const builtAt = instantOf([...createdLabels.map((name) => labels[name]), created])
  return {
    kind: 'artifact',
    source: filing.sourceId,
    id: digest,
    image: filing.image,
    ...(filing.tags.length > 0 ? { tags: filing.tags.slice(0, 1000) } : {}),
    ...(commit === undefined ? {} : { commit }),
    ...(version === undefined ? {} : { version }),
    ...(repository === undefined ? {} : { repository }),
    ...(builtAt === null ? {} : { builtAt }),
    ...(filing.pushedAt === null ? {} : { updatedAt: filing.pushedAt }),
  } satisfies { kind: 'artifact' } & Artifact
}

/** An index says what its manifests agree on, and what it says itself. */
export function indexOf(digest: string, own: Readonly<Record<string, string>>, manifests: ReadManifest[]): ReadManifest {
  const [first, ...others] = manifests
  const agreed = Object.entries(first?.labels ?? {}).filter(([name, value]) => others.every(({ labels }) => labels[name] === value))
  const created = manifests.flatMap((manifest) => manifest.created ?? []).sort()
  return { digest, labels: { ...own, ...Object.fromEntries(agreed) }, created: created.at(-1) ?? null }
}

/** `acme/shop` of the address of a repository or of a page in it; undefined where there is no such path. */
export function repositoryIn(source: string): string | undefined {
  const path = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]+\/|[^/:@]+@[^/:]+:)([^?#]+)/i.exec(source.trim())?.[1]
  if (path === undefined) return undefined
  const segments = (path.split('/-/')[0] ?? '').split('/').filter((segment) => segment !== '')
  const isTwo = /^(?:[a-z]+:\/\/|[^/:@]+@)(?:[^/@]*@)?(?:www\.)?(?:github\.com|bitbucket\.org|codeberg\.org)[/:]/i.test(source)
  const name = (isTwo ? segments.slice(0, 2) : segments).join('/').replace(/\.git$/, '')
  return name === '' ? undefined : name
}

/** Builds that can be repeated say 1970 or 1980, which is no time at which anything was built. */
const earliest = Date.UTC(2001, 0, 1)
const latest = Date.UTC(9999, 0, 1)

function instantOf(texts: (string | null | undefined)[]): Instant | null {
  for (const text of texts) {
    const at = Date.parse(text ?? '')
    if (at >= earliest && at < latest) return at
  }
  return null
}
