/** Refuses requests that another site's page sent: foreign Host headers (DNS rebinding) and foreign Origins. */
import { isIP } from 'node:net'
import type { MiddlewareHandler } from 'hono'
import type { Settings } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import { isHook } from './hooks-schema.ts'
import type { AppEnv } from './router.ts'

const probes = new Set(['/healthz', '/readyz'])
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether nobody but this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/**
 * Takes the names of this machine and of the public address. A server bound to the network also takes its numeric addresses:
 * a rebound name is never numeric.
 */
export function checkOrigin(settings: Pick<Settings, 'host' | 'publicUrl'>): MiddlewareHandler<AppEnv> {
  const publicHost = settings.publicUrl ? new URL(settings.publicUrl).host.toLowerCase() : null
  const onNetwork = !isLoopback(settings.host)

  function isOurs(host: string): boolean {
    if (host === publicHost) return true
    const name = host.replace(/:\d*$/, '')
    return loopbackNames.has(name) || name === settings.host || (onNetwork && isIP(name.replace(/^\[|\]$/g, '')) !== 0)
  }

  return async (c, next) => {
    const host = (c.req.header('Host') ?? new URL(c.req.url).host).toLowerCase()
    if (!probes.has(c.req.path) && !isOurs(host)) {
      throw new ShiplogError(
        'forbidden',
        `This server does not answer for the host ${host.slice(0, 100)}. Open it by localhost, or set SHIPLOG_URL to the address that people use.`,
      )
    }
    const changes = !safeMethods.has(c.req.method) && !isHook(c)
    if (changes && isForeign(c.req.header('Origin'), c.req.header('Sec-Fetch-Site'), [host, publicHost])) {
      throw new ShiplogError(
        'forbidden',
        'A page of another site sent this request. Requests that change something are taken from this server’s own pages and from programs.',
      )
    }
    await next()
  }
}

/** Browsers name where a page came from; programs name nothing. */
function isForeign(origin: string | undefined, site: string | undefined, ours: (string | null)[]): boolean {
  if (site === 'cross-site' || site === 'same-site') return true
  if (origin === undefined) return false
  return !/^https?:\/\//.test(origin) || !ours.includes(origin.replace(/^https?:\/\//, '').toLowerCase())
}
