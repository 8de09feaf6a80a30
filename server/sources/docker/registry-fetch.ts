/** Asks a registry as its specification has it: with the token that it asks for, and after blobs where they are. */
import { z } from 'zod'
import type { Fetch } from '../http-client.ts'

export interface Credentials {
  user?: string | undefined
  password?: string | undefined
}

const Token = z.object({ token: z.string().optional(), access_token: z.string().optional() })

const mostRedirects = 4

export function registryFetch(baseUrl: string, { user, password }: Credentials): Fetch {
  const { host, protocol } = new URL(baseUrl)
  const basic = user === undefined || password === undefined ? null : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  /** What lets in, by image; one that holds no longer is refused, and asked for again. */
  const known = new Map<string, string>()

  /** An answer that is not ok is the one that the server of tokens gave. */
  async function admit(challenge: string, scope: string, signal: RequestInit['signal']): Promise<string | Response | null> {
    const { scheme, values } = challengeOf(challenge)
    if (scheme === 'basic') {
      if (basic !== null) known.set(scope, basic)
      return basic
    }
    if (scheme !== 'bearer' || values.realm === undefined) return null
    const realm = new URL(values.realm, baseUrl)
    if (realm.protocol !== 'https:' && realm.protocol !== protocol)
      throw new Error('it asks for a token over an address that is not encrypted')
    for (const name of ['service', 'scope'] as const) if (values[name] !== undefined) realm.searchParams.set(name, values[name])
    const answer = await fetch(realm, {
      headers: { accept: 'application/json', 'user-agent': 'shiplog', ...(basic === null ? {} : { authorization: basic }) },
      redirect: 'manual',
      ...(signal ? { signal } : {}),
    })
    // An answer that there is nothing would be one about the image.
    if (answer.status === 404 || (answer.status >= 300 && answer.status < 400))
      throw new Error(`its server of tokens answers with ${answer.status}`)
    if (!answer.ok) return answer
    const parsed = Token.safeParse(await answer.json().catch(() => null)).data
    const token = parsed?.token ?? parsed?.access_token
    if (token === undefined || token === '') throw new Error('what it calls a token is none')
    const authorization = `Bearer ${token}`
    known.set(scope, authorization)
    return authorization
  }

  return async (url, init) => {
    const scope = scopeOf(url)
    let authorization = known.get(scope) ?? null
    let answer = await send(url, init, authorization)
    if (answer.status === 401) {
      const admitted = await admit(answer.headers.get('www-authenticate') ?? '', scope, init.signal)
      if (typeof admitted === 'object' && admitted !== null) return admitted
      if (admitted !== null && admitted !== authorization) {
        await discard(answer)
        authorization = admitted
        answer = await send(url, init, authorization)
      }
    }
    return followed(answer, url, init, authorization)
  }

  async function send(url: URL, init: RequestInit, authorization: string | null): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), ...(authorization === null ? {} : { authorization }) }
    return fetch(url, { ...init, headers, redirect: 'manual' })
  }

  /** Blobs lie elsewhere: what lets in at the registry is shown to nobody else. */
  async function followed(first: Response, from: URL, init: RequestInit, authorization: string | null): Promise<Response> {
    let answer = first
    let at = from
    for (let count = 0; count < mostRedirects; count++) {
      const location = answer.headers.get('location')
      if (answer.status < 300 || answer.status >= 400 || location === null) return answer
      const next = new URL(location, at)
      if (next.protocol !== 'https:' && (next.protocol !== 'http:' || at.protocol === 'https:')) return answer
      await discard(answer)
      at = next
      answer = await send(at, init, at.host === host && at.protocol === protocol ? authorization : null)
    }
    return answer
  }
}

async function discard(answer: Response): Promise<void> {
  await answer.body?.cancel().catch(() => {})
}

/** `Bearer realm="…",service="…",scope="…"`. */
function challengeOf(header: string): { scheme: string; values: Record<string, string | undefined> } {
  const scheme = /^\s*([A-Za-z]+)/.exec(header)?.[1]?.toLowerCase() ?? ''
  const values: Record<string, string | undefined> = {}
  for (const [, name, quoted, plain] of header.matchAll(/([A-Za-z_]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))/g))
    values[(name as string).toLowerCase()] = quoted ?? plain
  return { scheme, values }
}

/** A token is for one image. */
function scopeOf({ pathname }: URL): string {
  return /\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(pathname)?.[1] ?? ''
}
