/** Says what a refusal of GitHub means and how a person mends it. */
import { SourceError } from '../../errors.ts'

/** What an answer of GitHub that is no success says; never a secret. */
export interface Refusal {
  status: number
  message: string
  headers: Record<string, string | number | undefined>
}

/** What is needed to read a field of a repository, by the name of the field. */
const permissions: Record<string, string> = {
  pullRequests: 'Pull requests: read',
  pullRequest: 'Pull requests: read',
  deployments: 'Deployments: read',
  statuses: 'Deployments: read',
  issues: 'Issues: read',
  issue: 'Issues: read',
  releases: 'Contents: read',
  object: 'Contents: read',
  refs: 'Contents: read',
  ref: 'Contents: read',
  defaultBranchRef: 'Contents: read',
  history: 'Contents: read',
  runs: 'Actions: read',
  jobs: 'Actions: read',
}

const ofAll = new WeakSet<SourceError>()

/** Whether every further request would end in the same way. */
export function concernsAll(error: SourceError): boolean {
  return ofAll.has(error)
}

function toAll(error: SourceError): SourceError {
  ofAll.add(error)
  return error
}

/** The permission that reading a thing takes, in the words of GitHub's settings. */
export function permissionFor(field: string): string {
  return permissions[field] ?? 'Metadata: read'
}

export function missingPermission(what: string, permission: string, cause?: unknown): SourceError {
  return new SourceError(
    `GitHub lets this token not read ${what}; the permission «${permission}» is missing.`,
    `Give the token (or the App) the repository permission «${permission}» for it, then collect again. What is stored stays as it is.`,
    { cause },
  )
}

export function goneRepository(name: string): SourceError {
  return new SourceError(
    `There is no repository ${name} that this token can see: it was deleted, renamed away or made private, or the token does not include it.`,
    'Correct its name under repositories, or include it in what the token may read. What is stored of it stays as it is.',
  )
}

/** The error for a request that failed; `what` says in a few words what was asked for. */
export function explainRefusal(refusal: Refusal, what: string, cause: unknown): SourceError {
  const { status, message, headers } = refusal
  if (status === 401) {
    return toAll(
      new SourceError(
        `GitHub refuses the credentials (401: ${message}).`,
        'The token is wrong, expired or revoked (or the private key is not that of the App): make a new one and put it into its environment variable.',
        { cause },
      ),
    )
  }
  if (/suspended/i.test(message)) {
    return toAll(
      new SourceError(
        'The installation of the GitHub App is suspended.',
        'An owner of the organisation can lift that under Settings, GitHub Apps; until then nothing new is collected, and what is stored stays as it is.',
        { cause },
      ),
    )
  }
  if (headers['x-github-sso'] !== undefined) {
    return new SourceError(
      `The organisation asks for single sign-on before it lets this token read ${what}.`,
      'Authorize the token for the organisation (Settings, Tokens, Configure SSO), or use a GitHub App.',
      { cause },
    )
  }
  if (String(headers['x-ratelimit-limit']) === '0') return limitOfZero(cause)
  if (status === 403) {
    const accepted = String(headers['x-accepted-github-permissions'] ?? '')
    const permission = /^([a-z_]+)=(\w+)/.exec(accepted)
    if (permission) return missingPermission(what, `${titleOf(permission[1] ?? '')}: ${permission[2]}`, cause)
    return new SourceError(`GitHub forbids reading ${what} (403: ${message}).`, 'Check what the token may read, then collect again.', {
      cause,
    })
  }
  if (status === 404) {
    return new SourceError(
      `GitHub knows nothing at ${what}, or does not show it to this token (404).`,
      'Check the name, and that the token includes it. What is stored stays as it is.',
      { cause },
    )
  }
  if (status === 429) {
    return new SourceError(
      `GitHub asks to slow down (429) and did not relent.`,
      'The next run goes on from here. Raise reserve, or use a GitHub App.',
      {
        cause,
      },
    )
  }
  return new SourceError(
    `GitHub answers with ${status} when asked for ${what}.`,
    'It is likely at fault itself: the next run goes on from here.',
    {
      cause,
    },
  )
}

export function limitOfZero(cause?: unknown): SourceError {
  return toAll(
    new SourceError(
      'The rate limit of this token is zero: GitHub answers none of its requests.',
      'Use another token or a GitHub App, or (Enterprise Server) ask its administrator to lift the limit.',
      { cause },
    ),
  )
}

export function unreachable(host: string, reason: string, cause: unknown): SourceError {
  return new SourceError(
    `GitHub at ${host} cannot be reached: ${reason}.`,
    'Check baseUrl, the network and a proxy between; the next run goes on from here.',
    { cause },
  )
}

export function notUnderstood(what: string, cause?: unknown): SourceError {
  return new SourceError(
    `The answer of GitHub to a question for ${what} is not what its API describes.`,
    'A proxy may have answered in its place, or the answer was cut: collect again; if it stays, report it with the version of the server.',
    { cause },
  )
}

/** `pull_requests` -> `Pull requests`. */
function titleOf(permission: string): string {
  const words = permission.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
