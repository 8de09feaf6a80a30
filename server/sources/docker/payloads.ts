/** What registries send and answer: of each just the fields that are read. */
import { z } from 'zod'

export const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

/** Digests that name what is stored; of other algorithms there is none in use. */
export const Digest = z.string().regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/, 'must be a digest such as sha256:…')

/** A repository of a registry, as the distribution specification spells it. */
export const ImageName = z
  .string()
  .max(255)
  .regex(/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/, 'must be the name of an image')

export const Tag = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, 'must be a tag')

/** The envelope of the distribution registry; what an event holds is looked at one by one. */
export const Envelope = z.object({ events: z.array(z.unknown()).max(100_000) })

/** Enough to see whether it is the push of a manifest. */
export const AnyEvent = z.object({ action: z.string(), target: z.object({ mediaType: z.string() }) })

export const PushEvent = z.object({
  timestamp: z.string(),
  target: z.object({ digest: Digest, repository: ImageName, tag: Tag.nullish() }),
})

export const HubPush = z.object({
  push_data: z.object({ pushed_at: z.number(), tag: Tag }),
  repository: z.object({ repo_name: ImageName }),
})

const HarborData = z.object({
  resources: z.array(z.object({ digest: Digest, tag: z.string().nullish() })).max(10_000),
  repository: z.object({ repo_full_name: ImageName }),
})
export const HarborPush = z.object({ type: z.string(), occur_at: z.number(), event_data: HarborData })
export const HarborCloudEvent = z.object({ type: z.string(), time: z.string(), data: HarborData })

const Annotations = z.record(z.string(), z.string()).nullish().catch(null)
const Descriptor = z.object({ digest: Digest, mediaType: z.string().nullish(), annotations: Annotations })

/** An index or a manifest; neither `manifests` nor `config`: something else that a registry stores. */
export const Manifest = z.object({
  manifests: z.array(Descriptor.extend({ platform: z.object({ os: z.string().nullish() }).nullish() })).nullish(),
  config: Descriptor.nullish(),
  annotations: Annotations,
})
export type Manifest = z.output<typeof Manifest>

export const ImageConfig = z.object({
  created: z.string().nullish(),
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish().catch(null) }).nullish(),
})

export const Catalog = z.object({ repositories: z.array(z.string()).nullish() })
export const TagList = z.object({ tags: z.array(z.string()).nullish() })
