/** Takes what registries send: distribution's notifications, Docker Hub's webhooks, Harbor's in both of its formats. Only pushes of images are kept, and the image itself is asked for. */
import { z } from 'zod'
import { ShiplogError } from '../../errors.ts'
import type { Instant } from '../../facts.ts'
import { bodyKey, checked, jsonOf } from '../delivery-body.ts'
import { checkSender } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Filing, Received, Receiver } from '../source.ts'
import { type DockerOptions, isWanted } from './options.ts'
import { AnyEvent, Envelope, HarborCloudEvent, HarborPush, HubPush, ImageName, manifestTypes, PushEvent, Tag } from './payloads.ts'

/** An image that was pushed. */
export interface Push {
  image: string
  /** Its digest, or the tag where the registry names no digest. */
  reference: string
  tag: string | null
  at: Instant
}

export const dockerReceiver = { accept, read } satisfies Receiver<DockerOptions>

type Format = 'distribution' | 'hub' | 'harbor' | 'harbor-cloudevents'

function accept(options: DockerOptions, delivery: Arriving): Accepted {
  checkSender(options.webhook, delivery)
  const key = bodyKey(delivery)
  const body = jsonOf(delivery)
  const format = formatOf(body)
  const reason = isPush(format, body) ? null : 'No image was pushed: nothing of it is needed.'
  return { key, keep: reason === null, reply: reason }
}

function read(options: DockerOptions, delivery: Delivery, filing: Filing): Received {
  const body = jsonOf(delivery)
  const pushes = pushesOf(formatOf(body), body, filing.receivedAt).filter(({ image }) => isWanted(options, image))
  return { facts: [], changed: pushes.map(changedText) }
}

function formatOf(body: unknown): Format {
  const fields = z.record(z.string(), z.unknown()).safeParse(body).data ?? {}
  if (Array.isArray(fields.events)) return 'distribution'
  if ('push_data' in fields) return 'hub'
  if ('event_data' in fields || ('occur_at' in fields && 'type' in fields)) return 'harbor'
  if (typeof fields.type === 'string' && fields.type.startsWith('harbor.')) return 'harbor-cloudevents'
  throw new ShiplogError(
    'invalid',
    'The delivery is neither a notification of a distribution registry nor a webhook of Docker Hub or Harbor. Let one of these send to this address.',
  )
}

function isPush(format: Format, body: unknown): boolean {
  if (format === 'distribution') return checked(Envelope, body, 'the registry').events.some(isManifestPush)
  if (format === 'hub') return true
  const type = z.object({ type: z.string() }).safeParse(body).data?.type ?? ''
  return format === 'harbor' ? type === 'PUSH_ARTIFACT' : type === 'harbor.artifact.pushed'
}

function pushesOf(format: Format, body: unknown, receivedAt: Instant): Push[] {
  if (!isPush(format, body)) return []
  if (format === 'distribution') {
    return checked(Envelope, body, 'the registry')
      .events.filter(isManifestPush)
      .map((event) => {
        const { timestamp, target } = checked(PushEvent, event, 'the registry')
        return {
          image: target.repository,
          reference: target.digest,
          tag: target.tag ?? null,
          at: timeOf(Date.parse(timestamp), receivedAt),
        }
      })
  }
  if (format === 'hub') {
    const { push_data: push, repository } = checked(HubPush, body, 'Docker Hub')
    return [{ image: repository.repo_name, reference: push.tag, tag: push.tag, at: timeOf(push.pushed_at * 1000, receivedAt) }]
  }
  const [at, { resources, repository }] = harborPush(format, body)
  return resources.map(({ digest, tag }) => ({
    image: repository.repo_full_name,
    reference: digest,
    // Where there is no tag it says the digest again.
    tag: Tag.safeParse(tag).data ?? null,
    at: timeOf(at, receivedAt),
  }))
}

function harborPush(format: 'harbor' | 'harbor-cloudevents', body: unknown): [at: number, data: z.output<typeof HarborPush>['event_data']] {
  if (format === 'harbor') {
    const { occur_at: at, event_data: data } = checked(HarborPush, body, 'Harbor')
    return [at * 1000, data]
  }
  const { time, data } = checked(HarborCloudEvent, body, 'Harbor')
  return [Date.parse(time), data]
}

/** Blobs are pushed too, and manifests are pulled and deleted. */
function isManifestPush(event: unknown): boolean {
  const { data } = AnyEvent.safeParse(event)
  return data !== undefined && data.action === 'push' && manifestTypes.includes(data.target.mediaType)
}

/** A clock that is wrong, or no time at all: when it came. */
function timeOf(at: number, receivedAt: Instant): Instant {
  return at > 0 && at <= receivedAt + 24 * 3_600_000 ? Math.floor(at) : receivedAt
}

const Changed = z.tuple([ImageName, z.string(), Tag.nullable(), z.int()])

function changedText({ image, reference, tag, at }: Push): string {
  return JSON.stringify([image, reference, tag, at])
}

export function parseChanged(text: string): Push | null {
  try {
    const [image, reference, tag, at] = Changed.parse(JSON.parse(text))
    return { image, reference, tag, at }
  } catch {
    return null
  }
}
