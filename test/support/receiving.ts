/** A type of source that takes signed deliveries, and knows what its system would answer when it is asked. */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { SourceConfig } from '../../server/config.ts'
import { ShiplogError } from '../../server/errors.ts'
import type { Deployment, Fact } from '../../server/facts.ts'
import { sources } from '../../server/sources/index.ts'
import type { Accepted, Batch, Context, Delivery, Received, Source } from '../../server/sources/source.ts'

export const secret = 'never-to-be-seen'
const at = Date.UTC(2026, 0, 5, 9)

/** What a test's system sends. */
export interface Sent {
  ping?: boolean
  /** Deployments that the delivery itself tells. */
  tells?: Partial<Deployment>[]
  changed?: string[]
  /** A kind of event; the source understands those that its system has. */
  event?: string
}

export interface System {
  /** What each question asked for. */
  asked: string[][]
  cursors: (string | null)[]
  unknownEvents: Set<string>
  /** Answers when it is asked; default: a deployment of each name. */
  answer: (changed: string[], ctx: Context) => AsyncIterable<Pick<Batch, 'facts'>>
}

const systems = new Map<string, System>()

/** The system behind a source, new for each test. */
export function systemOf(sourceId: string): System {
  const system: System = {
    asked: [],
    cursors: [],
    unknownEvents: new Set(),
    async *answer(changed) {
      yield { facts: changed.map((id) => deploymentOf(sourceId, { id })) }
    },
  }
  systems.set(sourceId, system)
  return system
}

export function deploymentOf(source: string, more: Partial<Deployment>): Fact {
  return {
    kind: 'deployment',
    source,
    id: 'd1',
    service: 'shop',
    environment: 'production',
    status: 'succeeded',
    finishedAt: at,
    reported: 'event',
    ...more,
  }
}

export function receivingSource(id: string, options: Partial<Options> = {}): SourceConfig {
  return { id, type: 'receiving', options: { id, webhookSecret: secret, ...options }, schedule: '*/15 * * * *' }
}

/** A delivery as the system of the source signs it. */
export function signed(
  key: string,
  sent: Sent,
  withSecret = secret,
): { headers: Record<string, string>; query: Record<string, string>; body: Buffer } {
  const body = Buffer.from(JSON.stringify(sent))
  const headers = { 'content-type': 'application/json', 'x-delivery': key, 'x-signature': signature(body, withSecret) }
  return { headers, query: {}, body }
}

function signature(body: Uint8Array, key: string): string {
  return createHmac('sha256', key).update(body).digest('hex')
}

interface Options {
  id: string
  webhookSecret: string | null
  /** The host whose deliveries are wanted. */
  origin?: string
}

const receiving: Source<Options> = {
  id: 'receiving',
  title: 'Receiving',
  options: z.strictObject({ id: z.string(), webhookSecret: z.string().nullable(), origin: z.string().optional() }),
  receive: {
    accept({ webhookSecret }: Options, { headers, body }: Delivery): Accepted {
      if (webhookSecret === null || headers['x-signature'] !== signature(body, webhookSecret)) {
        throw new ShiplogError('unauthorized', `The signature is not ${webhookSecret}.`)
      }
      const { ping } = parse(body)
      if (ping) return { key: 'ping', reply: 'Tick deployments, too.', keep: false }
      return { key: headers['x-delivery'] ?? '', reply: null, keep: true }
    },
    read({ id }: Options, { body }: Delivery): Received {
      const { tells = [], changed = [], event } = parse(body)
      if (event !== undefined && systems.get(id)?.unknownEvents.has(event)) {
        throw new ShiplogError('invalid', `There is no event ${event}.`)
      }
      return { facts: tells.map((one) => deploymentOf(id, one)), changed }
    },
    allowsOrigin: ({ origin }: Options, asking: string) => asking === origin,
  },
  refresh(_options, changed, cursor, ctx) {
    const system = systems.get(ctx.sourceId)
    if (!system) throw new Error(`no system for ${ctx.sourceId}`)
    system.asked.push(changed)
    system.cursors.push(cursor)
    return system.answer(changed, ctx)
  },
}

function parse(body: Uint8Array): Sent {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8')) as Sent
  } catch {
    throw new ShiplogError('invalid', 'The body is no delivery of this system.')
  }
}

Object.assign(sources, { receiving })
