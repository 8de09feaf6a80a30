import { describe, expect, test } from 'vitest'
import { SourceError } from '../../../server/errors.ts'
import {
  explainRefusal,
  goneRepository,
  limitOfZero,
  missingPermission,
  notUnderstood,
  permissionFor,
  type Refusal,
  unreachable,
} from '../../../server/sources/github/failure.ts'

const cause = new Error('as Octokit throws it')

function refusal(status: number, message = '', headers: Refusal['headers'] = {}): SourceError {
  return explainRefusal({ status, message, headers }, 'deployments of acme/shop', cause)
}

describe('a refusal of GitHub says what to do', () => {
  test.each<[string, SourceError, string, string]>([
    [
      'credentials that are wrong',
      refusal(401, 'Bad credentials'),
      'GitHub refuses the credentials (401: Bad credentials).',
      'make a new one',
    ],
    [
      'an App that is suspended',
      refusal(403, 'This installation has been suspended'),
      'The installation of the GitHub App is suspended.',
      'can lift that',
    ],
    [
      'single sign-on',
      refusal(403, 'Resource protected by organization SAML enforcement.', {
        'x-github-sso': 'required; url=https://github.com/orgs/acme/sso',
      }),
      'The organisation asks for single sign-on before it lets this token read deployments of acme/shop.',
      'Configure SSO',
    ],
    [
      'a permission that is missing',
      refusal(403, 'Resource not accessible by personal access token', {
        'x-accepted-github-permissions': 'pull_requests=read; contents=read',
      }),
      'GitHub lets this token not read deployments of acme/shop; the permission «Pull requests: read» is missing.',
      'the repository permission «Pull requests: read»',
    ],
    [
      'what is forbidden without a reason',
      refusal(403, 'Forbidden'),
      'GitHub forbids reading deployments of acme/shop (403: Forbidden).',
      'Check what the token may read',
    ],
    [
      'what is not there',
      refusal(404, 'Not Found'),
      'GitHub knows nothing at deployments of acme/shop, or does not show it to this token (404).',
      'Check the name',
    ],
    [
      'too many requests',
      refusal(429, 'You have exceeded a secondary rate limit'),
      'GitHub asks to slow down (429) and did not relent.',
      'Raise reserve',
    ],
    [
      'a limit of zero',
      refusal(403, 'API rate limit exceeded', { 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0' }),
      'The rate limit of this token is zero: GitHub answers none of its requests.',
      'Use another token or a GitHub App',
    ],
    [
      'a fault of its own',
      refusal(500),
      'GitHub answers with 500 when asked for deployments of acme/shop.',
      'the next run goes on from here',
    ],
    [
      'a repository that is gone',
      goneRepository('acme/shop'),
      'There is no repository acme/shop that this token can see',
      'Correct its name',
    ],
    [
      'no answer',
      unreachable('github.example.org', 'no answer in time', cause),
      'GitHub at github.example.org cannot be reached: no answer in time.',
      'Check baseUrl',
    ],
    [
      'an answer that is none',
      notUnderstood('acme/shop', cause),
      'The answer of GitHub to a question for acme/shop is not what its API describes.',
      'collect again',
    ],
  ])('%s', (_, error, message, mend) => {
    expect(error).toBeInstanceOf(SourceError)
    expect(error.code).toBe('source_failed')
    expect(error.message).toContain(message)
    expect(error.mend).toContain(mend)
    expect(error.message.endsWith(error.mend)).toBe(true)
  })

  test('the cause is kept for the log', () => {
    for (const status of [401, 403, 404, 429, 500]) expect(refusal(status).cause).toBe(cause)
    expect(limitOfZero(cause).cause).toBe(cause)
    expect(missingPermission('issues', 'Issues: read', cause).cause).toBe(cause)
  })

  test.each(['deployments', 'repository'])('what is stored stays where %s cannot be read', (what) => {
    expect(missingPermission(what, 'Deployments: read').message).toContain('What is stored stays as it is.')
    expect(goneRepository(what).message).toContain('What is stored of it stays as it is.')
  })
})

test.each([
  ['pullRequests', 'Pull requests: read'],
  ['deployments', 'Deployments: read'],
  ['statuses', 'Deployments: read'],
  ['issues', 'Issues: read'],
  ['releases', 'Contents: read'],
  ['defaultBranchRef', 'Contents: read'],
  ['runs', 'Actions: read'],
  ['nameWithOwner', 'Metadata: read'],
])('reading %s takes the permission %s', (field, permission) => {
  expect(permissionFor(field)).toBe(permission)
})
