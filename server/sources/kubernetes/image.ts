/** Reads the names of images, and what versions they tell. */

export interface Image {
  /** Without tag and digest. */
  name: string
  tag: string | null
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string | null
}

export function imageOf(text: string): Image {
  const [named = '', digest] = text.split('@', 2)
  const tag = /:([\w][\w.-]{0,127})$/.exec(named)?.[1] ?? null
  return {
    name: tag === null ? named : named.slice(0, -tag.length - 1),
    tag,
    digest: digestIn(digest),
  }
}

/** The digest of an image in a registry, of the text by which a node names the image that it runs; null: it was built on the node. */
export function digestOfRunning(imageId: string): string | null {
  return imageId.includes('@') ? digestIn(imageId.slice(imageId.lastIndexOf('@') + 1)) : null
}

function digestIn(text: string | undefined): string | null {
  return /^sha256:[0-9a-f]{64}$/i.test(text ?? '') ? (text ?? '').toLowerCase() : null
}

/** Tags that are moved from image to image and so tell no version. */
const moving = /^(?:latest|stable|edge|nightly|main|master|trunk|head|dev|develop|prod|production|staging|release)$/i

export function isMoving(tag: string): boolean {
  return moving.test(tag)
}

/** The full commit id in a text such as `main-<sha>`; null: there is none. One of SHA-256 must be the whole text: other hashes are as long. */
export function commitIn(text: string): string | null {
  const found = /^[0-9a-f]{64}$/i.exec(text)?.[0] ?? /(?:^|[^0-9a-zA-Z])(?:git|sha|g)?([0-9a-f]{40})(?![0-9a-zA-Z])/i.exec(text)?.[1]
  return found?.toLowerCase() ?? null
}
