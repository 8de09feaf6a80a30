/** Which of the newest images tell a commit, and what the others lack. */
import type { Context, Preview, PreviewRow } from '../source.ts'
import { wantedImages } from './collect.ts'
import type { DockerOptions } from './options.ts'
import { openRegistry } from './registry.ts'
import { artifactFact } from './to-facts.ts'

const mostImages = 20
const mostTags = 3

/** Throws SourceError. */
export async function previewImages(options: DockerOptions, ctx: Context, retryMs?: number): Promise<Preview> {
  const registry = openRegistry(options, ctx, retryMs)
  const images = (await wantedImages(options, registry)) ?? []
  const rows: PreviewRow[] = []
  for (const image of images.slice(0, mostImages)) {
    for (const tag of (await registry.tags(image))?.slice(0, mostTags) ?? []) {
      const [manifest] = await registry.manifests(image, tag)
      const name = `${image}:${tag}`
      if (manifest === undefined) {
        rows.push({ name, at: null, counted: false, reason: 'it is no image of a container' })
        continue
      }
      const fact = artifactFact(manifest, { sourceId: ctx.sourceId, image, tags: [tag], pushedAt: null }, options)
      const { commit, builtAt } = fact as { commit?: string; builtAt?: number }
      rows.push({ name, at: builtAt ?? null, counted: commit !== undefined, reason: commit === undefined ? missing(options) : null })
    }
  }
  const hints = rows.some(({ counted }) => counted)
    ? []
    : [
        'Images are artifacts, not deployments: they tell the commits of deployments that name their digests. Write the commit into a label when they are built.',
      ]
  return {
    rule: `an image tells its commit by ${namesOf(options)}`,
    rows,
    hints,
    ...(images.length > mostImages ? { truncated: images.length - mostImages } : {}),
  }
}

function missing(options: DockerOptions): string {
  return `no full commit id in ${namesOf(options)}`
}

function namesOf({ commit }: DockerOptions): string {
  return commit.map((rule) => (typeof rule === 'string' ? rule : rule.label)).join(' or ')
}
