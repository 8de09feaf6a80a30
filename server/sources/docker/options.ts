/** What shiplog.yaml may say of a container registry. */
import { z } from 'zod'
import { ApiSecret, BaseUrl } from '../http-client.ts'
import { ServiceRules } from '../rules.ts'
import { Sender } from '../signatures.ts'

const dockerHub = 'https://registry-1.docker.io'

/** A repository of the registry; `*` stands for any text. */
const Image = z
  .string()
  .max(255)
  .regex(
    /^[a-z0-9*]+(?:[._/*-]+[a-z0-9*]+)*$/,
    'must be the name of an image without registry and tag, such as acme/checkout; * stands for any text',
  )

export const DockerOptions = z
  .strictObject({
    /** The address of the registry; its API is below /v2/ there. */
    url: BaseUrl.default(dockerHub).transform((url) => (isDockerHub(url) ? dockerHub : url)),
    /** Who may pull; without it only what anybody may pull is read. */
    user: ApiSecret.refine((user) => !user.includes(':'), 'must not contain a colon').optional(),
    /** Their password, or a token that stands in its place. */
    password: ApiSecret.optional(),
    /** What the registry shows when it sends. */
    webhook: Sender.optional(),
    /** Images that are read; without it all that the registry lists, and all that it sends. */
    images: z.array(Image).max(1000).optional(),
    /** Of how many tags each image is read at most, those that sort last first; 0: nothing but what is sent. */
    tags: z.int().min(0).max(100_000).default(500),
    /** Where the commit stands: labels of the image, and `source`, `repository`, `image` and `tag`. */
    commit: ServiceRules.default(['org.opencontainers.image.revision', 'org.label-schema.vcs-ref']),
    /** Where the version stands. */
    version: ServiceRules.default(['org.opencontainers.image.version', 'org.label-schema.version']),
    /** Where the repository of the commit stands; false: it is that of the service which is deployed. */
    repository: z.union([z.literal(false), ServiceRules]).default(['repository']),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['password'],
    message: 'must be set together with user, or neither of them',
  })
export type DockerOptions = z.output<typeof DockerOptions>

function isDockerHub(url: string): boolean {
  const { host } = new URL(url)
  return /^(?:(?:hub|index|registry-1|www)\.)?docker\.io$/.test(host) || host === 'hub.docker.com'
}

/** It does not say which images there are. */
export function listsImages({ url }: Pick<DockerOptions, 'url'>): boolean {
  return url !== dockerHub
}

export function isWanted({ images }: Pick<DockerOptions, 'images'>, image: string): boolean {
  return images === undefined || images.some((name) => name === image || (isPattern(name) && matches(name, image)))
}

export function isPattern(name: string): boolean {
  return name.includes('*')
}

/** In time that grows with the text alone: each part is looked for once, after the one before it. */
function matches(glob: string, image: string): boolean {
  const [first = '', ...parts] = glob.split('*')
  const last = parts.pop() ?? ''
  if (!image.startsWith(first) || image.length < first.length + last.length || !image.endsWith(last)) return false
  let at = first.length
  for (const part of parts) {
    const found = image.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= image.length - last.length
}
