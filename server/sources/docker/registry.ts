/** What a registry knows of images: catalogue, tags, and the manifests behind a tag or a digest. */
import type { z } from 'zod'
import { SourceError } from '../../errors.ts'
import { createHttpClient, type HttpAnswer } from '../http-client.ts'
import type { Context } from '../source.ts'
import type { DockerOptions } from './options.ts'
import { Catalog, Digest, ImageConfig, ImageName, Manifest, manifestTypes, Tag, TagList } from './payloads.ts'
import { registryFetch } from './registry-fetch.ts'
import { indexOf, type ReadManifest } from './to-facts.ts'

export interface Registry {
  /** Names of all images that may be listed. */
  images(): AsyncGenerator<string[]>
  /** All tags of an image, the greatest version first; null where there is no such image. */
  tags(image: string): Promise<string[] | null>
  /** The manifests behind it, the one that it names first; none where it is gone or is no image. */
  manifests(image: string, reference: string): Promise<ReadManifest[]>
}

const pageSize = 1000
/** Platforms of one image that are read. */
const mostPlatforms = 100
const configTypes = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json']

/** Throws SourceError where the registry cannot be asked. */
export function openRegistry(options: DockerOptions, ctx: Context, retryMs?: number): Registry {
  const client = createHttpClient(
    {
      system: 'The registry',
      baseUrl: options.url,
      credentials:
        'Set user and password (or a token in its place) of one who may pull the images, and name these under images: most registries list them to few.',
      fetch: registryFetch(options.url, options),
      ...(retryMs === undefined ? {} : { retryMs }),
    },
    ctx,
  )
  /** What a digest means never changes. */
  const known = new Map<string, ReadManifest[]>()

  async function read(image: string, reference: string, depth: number): Promise<ReadManifest[]> {
    const name = `${image}@${reference}`
    const remembered = known.get(name)
    if (remembered) return remembered
    const accept = manifestTypes.join(', ')
    const answer = await client.find(`the manifest of ${image} ${reference}`, `/v2/${image}/manifests/${reference}`, Manifest, {
      headers: { accept },
    })
    if (answer === null) return []
    const isDigest = Digest.safeParse(reference).success
    const { data: digest } = Digest.safeParse(isDigest ? reference : answer.headers.get('docker-content-digest'))
    if (digest === undefined) {
      throw new SourceError(
        `The registry does not say the digest of ${image}:${reference}.`,
        'A proxy may take the header Docker-Content-Digest out of its answers: let it through.',
      )
    }
    const manifests = known.get(`${image}@${digest}`) ?? (await manifestsOf(image, digest, answer.data, depth))
    known.set(`${image}@${digest}`, manifests)
    return manifests
  }

  async function manifestsOf(image: string, digest: string, manifest: Manifest, depth: number): Promise<ReadManifest[]> {
    const own = manifest.annotations ?? {}
    if (manifest.manifests) {
      // An attestation of a build lies beside the platforms, and has none.
      const platforms = manifest.manifests.filter(
        ({ platform, annotations }) => platform?.os !== 'unknown' && annotations?.['vnd.docker.reference.type'] === undefined,
      )
      const found: ReadManifest[] = []
      if (depth > 0) {
        for (const platform of platforms.slice(0, mostPlatforms)) found.push(...(await read(image, platform.digest, depth - 1)))
      }
      return found.length === 0 ? [] : [indexOf(digest, own, found), ...found]
    }
    if (!manifest.config || !configTypes.includes(manifest.config.mediaType ?? '')) return []
    const config = await client.find(`the configuration of ${image}`, `/v2/${image}/blobs/${manifest.config.digest}`, ImageConfig, {
      headers: { accept: '*/*' },
    })
    if (config === null) return []
    return [{ digest, labels: { ...own, ...config.data.config?.Labels }, created: config.data.created ?? null }]
  }

  return {
    async *images() {
      let path: string | null = `/v2/_catalog?n=${pageSize}`
      const seen = new Set<string>()
      while (path !== null && !seen.has(path)) {
        seen.add(path)
        const answer: HttpAnswer<z.output<typeof Catalog>> = await client.ask('the list of images', path, Catalog)
        yield (answer.data.repositories ?? []).filter((name) => ImageName.safeParse(name).success)
        path = answer.next
      }
    },
    async tags(image) {
      const tags: string[] = []
      const seen = new Set<string>()
      let path: string | null = `/v2/${image}/tags/list?n=${pageSize}`
      while (path !== null && !seen.has(path)) {
        seen.add(path)
        const answer: HttpAnswer<z.output<typeof TagList>> | null = await client.find(`the tags of ${image}`, path, TagList)
        if (answer === null) return null
        for (const tag of answer.data.tags ?? []) if (Tag.safeParse(tag).success) tags.push(tag)
        path = answer.next
      }
      return tags.sort(byVersion)
    },
    manifests: (image, reference) => read(image, reference, 2),
  }
}

/** The greatest version first: what is deployed now is more likely among them. */
function byVersion(one: string, other: string): number {
  return other.localeCompare(one, 'en', { numeric: true }) || (one < other ? 1 : -1)
}
