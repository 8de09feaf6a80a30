/** POST /hooks/{source}: keeps what systems send, and answers before anything is read. */
import type { Context } from 'hono'
import { allowsOrigin, type Receipt, receiveDelivery, requireReceiver } from '../collector/receive.ts'
import { ShiplogError } from '../errors.ts'
import type { ApiDeps } from './api-deps.ts'
import { describeError } from './error-body.ts'
import { type HookReply, postHook } from './hooks-schema.ts'
import { readBytes, refuseCompressed } from './request-body.ts'
import { type AppEnv, createRouter } from './router.ts'

const maxHookBytes = 25 * 1024 * 1024
/** Anybody may send: bodies in memory at one time take no more than this together. */
const maxHeldBytes = 100 * 1024 * 1024
const retryAfterSeconds = 60

export function hooksRoutes(deps: ApiDeps) {
  const { config, inbox, log } = deps
  const router = createRouter()
  let heldBytes = 0

  /** Throws what names the fault. */
  async function receive(c: Context<AppEnv>, source: string): Promise<Receipt> {
    requireReceiver(config, source)
    refuseCompressed(c)
    let ownBytes = 0
    try {
      const body = await readBytes(c, maxHookBytes, 'It is no delivery that this server takes.', (bytes) => {
        ownBytes += bytes
        heldBytes += bytes
        if (heldBytes > maxHeldBytes) throw new ShiplogError('unavailable', 'Too much is being sent at once. Send it again later.')
      })
      const receipt = await receiveDelivery(deps, source, { headers: c.req.header(), query: c.req.query(), body })
      if (receipt.outcome === 'full') {
        throw new ShiplogError('unavailable', 'Too many deliveries of this source wait to be read. Send it again later.')
      }
      return receipt
    } finally {
      heldBytes -= ownBytes
    }
  }

  router.openAPIRegistry.registerPath(postHook)
  router.post('/hooks/:source', async (c: Context<AppEnv>) => {
    const source = c.req.param('source') ?? ''
    try {
      const { outcome, reply } = await receive(c, source)
      if (outcome === 'kept') inbox.wake(source)
      return c.json(replyBody(outcome, reply), outcome === 'kept' ? 202 : 200)
    } catch (error) {
      const { status, body } = describeError(error)
      log.warn({ request: c.get('requestId'), source: source.slice(0, 100), status, code: body.error.code }, 'delivery refused')
      if (status === 503) c.header('Retry-After', String(retryAfterSeconds))
      if (status === 401) throw new ShiplogError('unauthorized', 'The delivery is not signed as agreed.')
      throw error
    }
  })
  // CloudEvents, HTTP 1.1 Web Hooks for Event Delivery, section 4: consent is told by the headers, not by the status. The address that a
  // sender may name to be called back is never called: anybody could make this server ask for any address.
  router.options('/hooks/:source', (c, next) => {
    const origin = c.req.header('WebHook-Request-Origin') ?? ''
    if (!hostName.test(origin) || !allowsOrigin(config, c.req.param('source') ?? '', origin)) return next()
    c.header('WebHook-Allowed-Origin', origin)
    c.header('WebHook-Allowed-Rate', '*')
    c.header('Allow', 'OPTIONS, POST')
    return c.body(null, 200)
  })
  return router
}

const hostName = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/

function replyBody(outcome: Receipt['outcome'], reply: string | null): HookReply {
  const said = reply ?? (outcome === 'known' ? 'This delivery is known already.' : null)
  return { accepted: outcome === 'kept', ...(said === null ? {} : { reply: said }) }
}
