/** Who asks, and what they may see: personal access tokens, and Apps with their installations and one-hour tokens. */
import { createVerify, randomBytes } from 'node:crypto'
import { iso, type Repository, type World } from './world.ts'

export type Permission = 'metadata' | 'contents' | 'pull_requests' | 'issues' | 'deployments' | 'actions'
export type Permissions = Partial<Record<Permission, 'read' | 'none'>>

export interface Token {
  kind: 'personal' | 'installation' | 'jwt' | 'anonymous'
  /** Whose budget of requests it spends. */
  account: string
  login: string
  /** What is not named is granted. */
  permissions: Permissions
  /** Milliseconds of the server's clock. */
  expiresAt: number | null
  /** Null: of every owner. */
  owner: string | null
  /** Ids; null: all. */
  repositories: number[] | null
  installation: Installation | null
}

export interface Installation {
  id: number
  /** The account it is installed on. */
  account: string
  /** Ids; null: all of the account's. */
  repositories: number[] | null
  permissions: Permissions
  suspended: boolean
}

export interface App {
  id: number
  clientId: string
  slug: string
  /** PEM; with it the signature of JWTs is checked. */
  publicKey: string | null
  installations: Installation[]
}

/** A request that ends in an error: the body that GitHub sends for it. */
export class Refusal extends Error {
  readonly status: number
  readonly headers: Record<string, string>

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

export interface AccessState {
  tokens: Map<string, Token>
  app: App | null
}

const anonymous: Token = {
  kind: 'anonymous',
  account: 'anonymous',
  login: '',
  permissions: {},
  expiresAt: null,
  owner: null,
  repositories: null,
  installation: null,
}

export function personalToken(login: string, fields: Partial<Token> = {}): Token {
  return { ...anonymous, kind: 'personal', account: `user ${login}`, login, ...fields }
}

/** `now` in milliseconds of the server's clock. Throws a Refusal. */
export function authenticate(state: AccessState, authorization: string | undefined, now: number): Token {
  if (authorization === undefined) return anonymous
  const [scheme = '', credentials = ''] = authorization.split(' ')
  const value =
    scheme.toLowerCase() === 'basic'
      ? Buffer.from(credentials, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : credentials
  if (value.split('.').length === 3) return checkJwt(state.app, value, now)
  const token = state.tokens.get(value)
  if (!token || (token.expiresAt !== null && token.expiresAt <= now)) throw new Refusal(401, 'Bad credentials')
  if (token.installation?.suspended) throw new Refusal(403, 'This installation has been suspended')
  return token
}

export function mayRead(token: Token, permission: Permission): boolean {
  return token.permissions[permission] !== 'none' && token.permissions.metadata !== 'none'
}

export function maySee(token: Token, repository: Repository): boolean {
  if (repository.hidden || token.permissions.metadata === 'none') return false
  if (token.kind === 'anonymous' || token.kind === 'jwt') return !repository.private
  if (token.owner !== null && token.owner.toLowerCase() !== repository.owner.toLowerCase()) return !repository.private
  return token.repositories === null || token.repositories.includes(repository.id) || !repository.private
}

/** What an installation, or a token that is limited to some repositories, was given: public ones of others are not in it. */
export function givenRepositories(world: World, token: Token): Repository[] {
  return world.repositories.filter(
    (repository) =>
      maySee(token, repository) &&
      (token.owner === null || token.owner.toLowerCase() === repository.owner.toLowerCase()) &&
      (token.repositories === null || token.repositories.includes(repository.id)),
  )
}

export function deniedMessage(token: Token): string {
  return `Resource not accessible by ${token.kind === 'installation' ? 'integration' : 'personal access token'}`
}

/** An installation token for one hour of the server's clock. */
export function issueInstallationToken(
  state: AccessState,
  installation: Installation,
  now: number,
  wish: { permissions?: Permissions; repositoryIds?: number[] },
): { token: string; expiresAt: string } {
  if (installation.suspended) throw new Refusal(403, 'This installation has been suspended')
  const token = `ghs_${randomBytes(18).toString('hex')}`
  const expiresAt = now + 3_600_000
  state.tokens.set(token, {
    kind: 'installation',
    account: `installation ${installation.id}`,
    login: `${state.app?.slug ?? 'app'}[bot]`,
    permissions: narrowed(installation.permissions, wish.permissions),
    expiresAt,
    owner: installation.account,
    repositories: wish.repositoryIds ?? installation.repositories,
    installation,
  })
  return { token, expiresAt: iso(expiresAt) }
}

const allPermissions: Permission[] = ['metadata', 'contents', 'pull_requests', 'issues', 'deployments', 'actions']

/** A wish that names permissions leaves the others out. */
function narrowed(granted: Permissions, wish: Permissions | undefined): Permissions {
  if (!wish || Object.keys(wish).length === 0) return { ...granted }
  const kept: Permissions = {}
  for (const permission of allPermissions) {
    if (permission === 'metadata') continue
    kept[permission] = granted[permission] !== 'none' && permission in wish ? 'read' : 'none'
  }
  return kept
}

export function grantedPermissions(permissions: Permissions): Record<string, string> {
  return Object.fromEntries(allPermissions.filter((name) => permissions[name] !== 'none').map((name) => [name, 'read']))
}

/** The two messages about time are those that @octokit/auth-app reads to correct for a skewed clock. */
function checkJwt(app: App | null, jwt: string, now: number): Token {
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const claims = readClaims(payload)
  const seconds = Math.floor(now / 1000)
  if (!app || !claims || ![String(app.id), app.clientId].includes(String(claims.iss))) {
    throw new Refusal(401, 'A JSON web token could not be decoded')
  }
  if (app.publicKey !== null) {
    const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`)
    if (!verify.verify(app.publicKey, signature, 'base64url')) throw new Refusal(401, 'A JSON web token could not be decoded')
  }
  if (typeof claims.iat !== 'number' || claims.iat > seconds + 1) {
    throw new Refusal(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
  }
  if (typeof claims.exp !== 'number' || claims.exp <= seconds) {
    const rest = 'must be a numeric value representing the future time at which the assertion expires'
    throw new Refusal(401, `'Expiration time' claim ('exp') ${rest}`)
  }
  if (claims.exp > seconds + 660) throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
  return { ...anonymous, kind: 'jwt', account: `app ${app.id}`, login: `${app.slug}[bot]` }
}

function readClaims(payload: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString())
  } catch {
    return null
  }
}
