/** Where collecting stands: which tags of each image were read since when. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Instant } from '../../facts.ts'
import type { DockerOptions } from './options.ts'

const Cursor = z.strictObject({
  version: z.literal(1),
  /** Under which they were read. */
  rules: z.string(),
  /** By image: since when its tags are read, and the first letters of each one's hash, one after the other. */
  images: z.record(z.string(), z.strictObject({ since: z.int(), tags: z.string(), redo: z.boolean().optional() })),
})

const hashLength = 8

/** A tag may move to another image: all of them are read again after this long, milliseconds. */
const rereadMs = 24 * 3_600_000

export interface Reading {
  since: Instant
  tags: Set<string>
  /** Other rules held when it was read before: what these told does not stand. */
  redo?: boolean
}

export type Readings = Map<string, Reading>

/** None where there is no cursor, or one that is not understood: everything is read again, which changes nothing. */
export function readCursor(text: string | null, rules: string): Readings {
  try {
    const { images, rules: before } = Cursor.parse(JSON.parse(text ?? ''))
    return new Map(
      Object.entries(images).map(([image, { since, tags, redo }]): [string, Reading] => {
        if (before !== rules) return [image, { since, tags: new Set(), redo: true }]
        return [image, { since, tags: new Set(tags.match(/.{8}/g)), ...(redo === undefined ? {} : { redo }) }]
      }),
    )
  } catch {
    return new Map()
  }
}

export function writeCursor(readings: Readings, rules: string): string {
  const images = [...readings].map(([image, { tags, ...rest }]) => [image, { ...rest, tags: [...tags].join('') }])
  return JSON.stringify({ version: 1, rules, images: Object.fromEntries(images) })
}

/** All that decides what becomes of an image. */
export function fingerprint({ commit, version, repository }: DockerOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([commit, version, repository]))
    .digest('base64url')
    .slice(0, 16)
}

export function isDue({ since }: Reading, now: Instant): boolean {
  return now - since >= rereadMs || since > now
}

export function tagHash(tag: string): string {
  return createHash('sha256').update(tag).digest('base64url').slice(0, hashLength)
}
