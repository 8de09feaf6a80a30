/** Speaks to GitHub: REST and GraphQL through Octokit, in turn, within the rate limit, and with answers that are checked. */
import { createHash } from 'node:crypto'
import { createAppAuth } from '@octokit/auth-app'
import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { Octokit } from '@octokit/rest'
import Bottleneck from 'bottleneck'
import type { z } from 'zod'
import { ShiplogError, SourceError } from '../../errors.ts'
import type { Context } from '../source.ts'
import { type Budget, createBudget } from './budget.ts'
import { explainRefusal, limitOfZero, notUnderstood, type Refusal, unreachable } from './failure.ts'
import type { GithubOptions } from './options.ts'
import type { Pace } from './pace.ts'

export interface GraphqlError {
  type?: string
  message: string
  path?: (string | number)[]
}

export interface GraphqlAnswer<T> {
  data: T
  /** Faults of parts of the answer; their fields are null in `data`. */
  errors: GraphqlError[]
}

export interface RestAnswer<T> {
  /** Null where it is as it was (304). */
  data: T | null
  etag: string | null
  /** Address of the next page. */
  next: string | null
}

export interface Client {
  /** Where people look: `https://github.com`. */
  web: string
  budget: Budget
  /** Throws SourceError; a fault of a part is in the answer. `what` says in a few words what is asked for. */
  graphql<T>(what: string, query: string, variables: Record<string, unknown>, shape: z.ZodType<T>): Promise<GraphqlAnswer<T>>
  /** A path, or the address of a next page. Throws SourceError. */
  get<T>(what: string, address: string, shape: z.ZodType<T>, etag?: string | null): Promise<RestAnswer<T>>
  /** What git shows as its password. */
  token(): Promise<string>
}

/** The answer took too much of the server: half as much may be asked for. */
export class TooMuch extends Error {}

/** The answer ended before its end, which Octokit hands on as text. */
class CutOff extends Error {}

const maxWaits = 6

export async function createClient(options: GithubOptions, ctx: Context, pace: Pace): Promise<Client> {
  const startedAt = performance.now()
  const now = () => ctx.now.getTime() + performance.now() - startedAt
  const host = new URL(options.baseUrl).host
  const budget = createBudget({
    reserve: options.reserve,
    signal: ctx.signal,
    now,
    onWait: (until, why) =>
      ctx.progress({ step: `waiting for ${why} until ${until.toISOString().slice(11, 16)} UTC`, done: 0, total: null }),
  })
  let octokit = connect(options, options.app?.installation, ctx, pace)
  listen(octokit)

  function listen(to: Octokit): void {
    to.hook.after('request', (response) => budget.note(response.headers))
    to.hook.error('request', (error) => {
      const headers = refusalOf(error)?.headers
      if (headers) budget.note(headers)
      throw error
    })
  }

  /** Waits for limits as often as it takes; every other failure is thrown as a person should read it. */
  async function patiently<T>(what: string, resource: string, request: () => Promise<T>): Promise<T> {
    for (let waits = 0; ; waits++) {
      ctx.signal.throwIfAborted()
      await budget.await(resource)
      try {
        return await request()
      } catch (error) {
        ctx.signal.throwIfAborted()
        if (error instanceof TooMuch || error instanceof ShiplogError) throw error
        if (error instanceof CutOff) {
          if (waits >= 3) throw notUnderstood(what, error)
          await budget.waitSeconds((pace.retryMs / 1000) * (waits + 1) ** 2, 'GitHub')
          continue
        }
        const refusal = refusalOf(error)
        if (refusal === null || waits === maxWaits || !(await waitFor(refusal, resource, waits))) throw explain(error, refusal, what)
      }
    }
  }

  /** Whether a limit was met and waited for. */
  async function waitFor({ status, message, headers }: Refusal, resource: string, waits: number): Promise<boolean> {
    const limited = status === 403 || status === 429
    const ofGraphql = /rate limit/i.test(message) && status === 200
    if (!limited && !ofGraphql) return false
    if (String(headers['x-ratelimit-limit']) === '0') throw limitOfZero()
    const after = Number(headers['retry-after'])
    if (after > 0) await budget.waitSeconds(after, 'GitHub')
    else if (String(headers['x-ratelimit-remaining']) === '0')
      await budget.waitForReset(String(headers['x-ratelimit-resource'] ?? resource))
    else if (/secondary rate|abuse/i.test(message) || status === 429 || ofGraphql)
      await budget.waitSeconds(pace.secondarySeconds * 2 ** waits, 'GitHub')
    else return false
    return true
  }

  function explain(error: unknown, refusal: Refusal | null, what: string): SourceError {
    if (refusal !== null && refusal.status !== 0) return explainRefusal(refusal, what, error)
    return unreachable(host, reasonOf(error), error)
  }

  if (options.app !== undefined && options.app.installation === undefined) {
    octokit = connect(options, await installationOf(options), ctx, pace)
    listen(octokit)
  }

  /** That of the owner, an organisation or a person, or of the first repository. */
  async function installationOf({ owner, repositories }: GithubOptions): Promise<number> {
    const places = owner === undefined ? [`/repos/${repositories?.[0]}`] : [`/orgs/${owner}`, `/users/${owner}`]
    for (const place of places) {
      try {
        const { data } = await patiently(`the installation of the App for ${owner ?? repositories?.[0]}`, 'core', () =>
          octokit.request(`GET ${place}/installation`),
        )
        return (data as { id: number }).id
      } catch (error) {
        if ((error as { cause?: { status?: number } }).cause?.status !== 404) throw error
      }
    }
    throw new SourceError(
      `The GitHub App ${options.app?.id} is not installed for ${owner ?? repositories?.[0]}.`,
      'Install it there (Settings, GitHub Apps, Install), or write the number of the installation under app.',
    )
  }

  return {
    web: options.baseUrl.replace(/^(https?:\/\/)api\./, '$1').replace(/\/api\/v3$/, ''),
    budget,
    async graphql<T>(what: string, query: string, variables: Record<string, unknown>, shape: z.ZodType<T>) {
      return patiently(what, 'graphql', async () => {
        const { data, errors } = await askGraphql(octokit, query, variables)
        if (typeof data === 'string' || data === undefined) throw new CutOff(what)
        const parsed = shape.safeParse(data)
        if (parsed.success) return { data: parsed.data, errors }
        if (data === null && errors.length > 0)
          throw new SourceError(`GitHub refuses the question for ${what}: ${errors[0]?.message}`, 'Report it.')
        throw notUnderstood(what, parsed.error)
      })
    },
    async get<T>(what: string, address: string, shape: z.ZodType<T>, etag: string | null = null) {
      return patiently(what, 'core', async () => {
        const { status, data, headers } = await askRest(octokit, address, etag)
        const next = /<([^<>]+)>;\s*rel="next"/.exec(String(headers.link ?? ''))?.[1] ?? null
        const tag = headers.etag === undefined ? null : String(headers.etag)
        if (status === 304) return { data: null, etag, next }
        if (typeof data === 'string') throw new CutOff(what)
        const parsed = shape.safeParse(data)
        if (!parsed.success) throw notUnderstood(what, parsed.error)
        return { data: parsed.data, etag: tag, next }
      })
    },
    async token() {
      if (options.token !== undefined) return options.token
      return patiently(
        'an installation token',
        'core',
        async () => ((await octokit.auth({ type: 'installation' })) as { token: string }).token,
      )
    },
  }
}

function connect(options: GithubOptions, installation: number | undefined, ctx: Context, pace: Pace): Octokit {
  const Connected = Octokit.plugin(throttling, retry)
  const id = createHash('sha256')
    .update(`${options.baseUrl} ${options.token ?? options.app?.id}`)
    .digest('hex')
    .slice(0, 16)
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const never = () => false
  const throttle = {
    id,
    // Limits are waited for above: by GitHub's clock, and so that a run can be ended meanwhile.
    onRateLimit: never,
    onSecondaryRateLimit: never,
    // One request after another, as GitHub asks; the plugin takes every GraphQL question for a change and would space them by a second.
    write: new Bottleneck.Group({ maxConcurrent: 1 }),
  }
  const credentials =
    options.app === undefined
      ? { auth: options.token }
      : {
          authStrategy: createAppAuth,
          auth: {
            appId: options.app.id,
            privateKey: options.app.privateKey,
            ...(installation === undefined ? {} : { installationId: installation }),
          },
        }
  return new Connected({
    ...credentials,
    baseUrl: options.baseUrl,
    userAgent: 'shiplog',
    log: silent,
    throttle,
    retry: { doNotRetry: [304, 400, 401, 403, 404, 410, 422, 429, 451], retries: 3, retryAfterBaseValue: pace.retryMs },
    request: {
      fetch: (url: string, init: RequestInit) =>
        fetch(url, { ...init, signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(pace.timeoutMs)]) }),
    },
  })
}

async function askGraphql(
  octokit: Octokit,
  query: string,
  variables: Record<string, unknown>,
): Promise<{ data: unknown; errors: GraphqlError[] }> {
  try {
    return { data: await octokit.graphql(query, variables), errors: [] }
  } catch (error) {
    const { name, data, errors } = error as { name?: string; data?: unknown; errors?: GraphqlError[] }
    if (name === 'GraphqlResponseError' && errors !== undefined && !errors.some(({ type }) => /^RATE_LIMIT/.test(type ?? ''))) {
      if (errors.some(isTooMuch)) throw new TooMuch(errors[0]?.message)
      return { data: data ?? null, errors }
    }
    const refusal = refusalOf(error)
    if (
      refusal !== null &&
      (refusal.status === 502 || refusal.status === 504 || /Something went wrong while executing/.test(refusal.message))
    )
      throw new TooMuch(refusal.message)
    throw error
  }
}

function isTooMuch({ type, message }: GraphqlError): boolean {
  return (
    /^(?:MAX_NODE_LIMIT_EXCEEDED|RESOURCE_LIMITS_EXCEEDED)$/.test(type ?? '') ||
    /timed? ?out|Something went wrong while executing/i.test(message)
  )
}

async function askRest(octokit: Octokit, address: string, etag: string | null) {
  const headers: Record<string, string> = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }
  if (etag !== null) headers['if-none-match'] = etag
  try {
    return await octokit.request(`GET ${address}`, { headers })
  } catch (error) {
    const { status, response } = error as { status?: number; response?: { headers: Record<string, string | number | undefined> } }
    if (status === 304) return { status, data: null, headers: response?.headers ?? {} }
    throw error
  }
}

/** What an error of Octokit says of the answer; null where there was none. */
function refusalOf(error: unknown): Refusal | null {
  const { status, message, response, errors, headers } = error as {
    status?: number
    message?: string
    errors?: GraphqlError[]
    headers?: Refusal['headers']
    response?: { status?: number; headers?: Refusal['headers']; data?: { message?: string } }
  }
  if (errors !== undefined && headers !== undefined) return { status: 200, message: errors[0]?.message ?? '', headers }
  if (response?.headers === undefined) return null
  const said = response.data?.message ?? message ?? ''
  return { status: response.status ?? status ?? 0, message: said.slice(0, 300), headers: response.headers }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } }
  const reason = cause?.message ?? message ?? 'no answer'
  return /timeout/i.test(reason) ? 'no answer in time' : reason.slice(0, 200)
}
