/** Lets in who shows the token: programs by the Authorization header, browsers by a session from the login page. */
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Settings } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import { errorBody } from './error-body.ts'
import { isHook } from './hooks-schema.ts'
import { loginPage, loginStyles } from './login-page.ts'
import { readText } from './request-body.ts'
import type { AppEnv } from './router.ts'
import { createSessions, createThrottle, sameSecret, sessionMs } from './secrets.ts'

const open = new Set(['/healthz', '/readyz', '/login', '/login.css'])
const maxFormBytes = 10_000

export interface Access {
  /** Refuses everything but the open paths, and what systems send, to who is not signed in. */
  guard: MiddlewareHandler<AppEnv>
  /** /login and /logout. */
  routes: Hono<AppEnv>
}

/** Without a token everybody on this machine is let in: start() allows that on a loopback address only. */
export function createAccess(settings: Pick<Settings, 'token' | 'publicUrl'>, now: () => Date): Access {
  const { token } = settings
  const secure = settings.publicUrl?.startsWith('https://') ?? false
  const cookie = secure ? '__Host-shiplog' : 'shiplog'
  const sessions = token === null ? null : createSessions(token)
  const throttle = createThrottle()

  const guard: MiddlewareHandler<AppEnv> = async (c, next) => {
    if (token === null || sessions === null || open.has(c.req.path) || isHook(c)) return next()
    const header = c.req.header('Authorization')
    if (header === undefined) {
      const session = getCookie(c, cookie)
      if (session !== undefined && sessions.stands(session, now().getTime())) return next()
      return turnAway(c)
    }
    const wait = throttle.waitSeconds(addressOf(c), now().getTime())
    if (wait > 0) return tooMany(c, wait)
    const given = /^Bearer +(\S+)$/i.exec(header)?.[1]
    if (given === undefined || !sameSecret(given, token)) {
      throttle.failed(addressOf(c), now().getTime())
      c.header('WWW-Authenticate', 'Bearer')
      throw new ShiplogError(
        'unauthorized',
        'The token is not the one of this server. Send `Authorization: Bearer` with the value of SHIPLOG_TOKEN.',
      )
    }
    return next()
  }

  const routes = new Hono<AppEnv>()
  routes.get('/login.css', (c) => c.body(loginStyles, 200, { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'no-cache' }))
  routes.get('/login', (c) => {
    if (token === null) return c.redirect('/', 303)
    return c.html(loginPage({ next: localPath(c.req.query('next')), fault: null }))
  })
  routes.post('/login', async (c) => {
    if (token === null || sessions === null) return c.redirect('/', 303)
    const form = await readForm(c)
    const target = localPath(form.get('next') ?? undefined)
    const wait = throttle.waitSeconds(addressOf(c), now().getTime())
    if (wait > 0) {
      c.header('Retry-After', String(wait))
      return c.html(loginPage({ next: target, fault: `Too many wrong tokens. Try again in ${wait} seconds.` }), 429)
    }
    if (!sameSecret((form.get('token') ?? '').trim(), token)) {
      throttle.failed(addressOf(c), now().getTime())
      return c.html(loginPage({ next: target, fault: 'This is not the token. It is the value of SHIPLOG_TOKEN on the server.' }), 401)
    }
    const expires = sessionMs / 1000
    setCookie(c, cookie, sessions.issue(now().getTime()), { httpOnly: true, sameSite: 'Strict', secure, path: '/', maxAge: expires })
    return c.redirect(target, 303)
  })
  routes.post('/logout', (c) => {
    const session = getCookie(c, cookie)
    if (session !== undefined) sessions?.end(session, now().getTime())
    deleteCookie(c, cookie, { path: '/', secure })
    return c.redirect(token === null ? '/' : '/login', 303)
  })
  return { guard, routes }
}

/** Browsers go to the login page, programs get 401. */
function turnAway(c: Context<AppEnv>): Response {
  const isPage = c.req.method === 'GET' && !c.req.path.startsWith('/api/v1') && (c.req.header('Accept') ?? '').includes('text/html')
  if (isPage) {
    const url = new URL(c.req.url)
    return c.redirect(`/login?next=${encodeURIComponent(url.pathname + url.search)}`, 303)
  }
  c.header('WWW-Authenticate', 'Bearer')
  throw new ShiplogError(
    'unauthorized',
    'Not signed in. Open /login in a browser, or send `Authorization: Bearer` with the value of SHIPLOG_TOKEN.',
  )
}

function tooMany(c: Context<AppEnv>, wait: number): Response {
  c.header('Retry-After', String(wait))
  return c.json(errorBody('too_many_requests', `Too many wrong tokens from this address. Try again in ${wait} seconds.`), 429)
}

function addressOf(c: Context<AppEnv>): string {
  const incoming = (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming
  return incoming?.socket?.remoteAddress ?? 'unknown'
}

/** Where to go after signing in: a path of this server, never another one's address. */
function localPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next)) return '/'
  return next
}

async function readForm(c: Context<AppEnv>): Promise<URLSearchParams> {
  if (!(c.req.header('Content-Type') ?? '').startsWith('application/x-www-form-urlencoded')) return new URLSearchParams()
  return new URLSearchParams(await readText(c, maxFormBytes))
}
