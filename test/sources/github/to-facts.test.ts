import { describe, expect, test } from 'vitest'
import type { Change, Commit, Deployment, Fact, Incident } from '../../../server/facts.ts'
import * as facts from '../../../server/facts.ts'
import type { IncidentRule } from '../../../server/sources/github/options.ts'
import type { EnvironmentsRule, ReleasesRule, Ruling, WorkflowRule } from '../../../server/sources/github/rules.ts'
import {
  causeOf,
  commitFact,
  deploymentFact,
  deploymentId,
  deploymentPrefixes,
  incidentFact,
  outcomeOf,
  pullFacts,
  releaseFact,
  releaseId,
  runFact,
} from '../../../server/sources/github/to-facts.ts'
import {
  at,
  commitNode,
  deploymentNode,
  filing,
  iso,
  issueNode,
  jobOf,
  mergedBy,
  optionsOf,
  person,
  pullNode,
  releaseNode,
  rulings,
  runOf,
  sha,
} from '../../support/github-things.ts'

/** Facts are taken as they are, so that each must be one that the rest of the program takes. */
function sound<T extends Fact | null>(fact: T): T {
  if (fact === null) return fact
  const { kind, ...rest } = fact
  if (kind === 'deployment') facts.Deployment.parse(iso8601(rest))
  if (kind === 'change') facts.Change.parse(iso8601(rest))
  if (kind === 'incident') facts.Incident.parse(iso8601(rest))
  if (kind === 'commit') facts.Commit.parse(iso8601(rest))
  return fact
}

/** Instants as the schemas read them. */
function iso8601(fact: object): object {
  return Object.fromEntries(
    Object.entries(fact).map(([key, value]) => [key, /At$/.test(key) && value !== undefined ? new Date(value).toISOString() : value]),
  )
}

describe('a deployment of the Deployments API', () => {
  test.each<[string, string, object]>([
    ['without a status is under way since it was made', '', { status: 'running', startedAt: at('10:00') }],
    ['is under way while it waits', 'QUEUED 10:01, PENDING 10:02', { status: 'running', startedAt: at('10:00') }],
    ['starts when it is first in progress', 'QUEUED 10:01, IN_PROGRESS 10:02', { status: 'running', startedAt: at('10:02') }],
    [
      'is live from its first success on',
      'IN_PROGRESS 10:02, SUCCESS 10:10, SUCCESS 10:40',
      { status: 'succeeded', startedAt: at('10:02'), finishedAt: at('10:10') },
    ],
    [
      'stays live where a later one replaces it',
      'SUCCESS 10:10, INACTIVE 18:00',
      { status: 'succeeded', startedAt: at('10:00'), finishedAt: at('10:10') },
    ],
    [
      'stays live where a failure is reported afterwards',
      'SUCCESS 10:10, FAILURE 10:30',
      { status: 'succeeded', startedAt: at('10:00'), finishedAt: at('10:10') },
    ],
    [
      'that failed and then succeeded is live from its success on',
      'FAILURE 10:10, IN_PROGRESS 10:20, SUCCESS 10:30',
      { status: 'succeeded', startedAt: at('10:20'), finishedAt: at('10:30') },
    ],
    [
      'fails at its first failure',
      'IN_PROGRESS 10:02, FAILURE 10:10, ERROR 10:20',
      { status: 'failed', startedAt: at('10:02'), finishedAt: at('10:10') },
    ],
    ['fails by an error', 'ERROR 10:10', { status: 'failed', startedAt: at('10:00'), finishedAt: at('10:10') }],
    [
      'that failed stays so where a later one replaces it',
      'FAILURE 10:10, INACTIVE 18:00',
      { status: 'failed', startedAt: at('10:00'), finishedAt: at('10:10') },
    ],
    [
      'that never ended and is replaced was given up',
      'QUEUED 10:01, INACTIVE 18:00',
      { status: 'cancelled', startedAt: at('10:00'), finishedAt: at('18:00') },
    ],
    ['that goes on after it was inactive is under way', 'INACTIVE 10:05, IN_PROGRESS 10:06', { status: 'running', startedAt: at('10:06') }],
    [
      'does not start after it ended',
      'SUCCESS 10:10, IN_PROGRESS 10:11',
      { status: 'succeeded', startedAt: at('10:10'), finishedAt: at('10:10') },
    ],
    [
      'that was replaced within the second in which it began was given up',
      'INACTIVE 10:05, IN_PROGRESS 10:05',
      { status: 'cancelled', startedAt: at('10:05'), finishedAt: at('10:05') },
    ],
    ['has states in any case', 'success 10:10', { status: 'succeeded', startedAt: at('10:00'), finishedAt: at('10:10') }],
  ])('%s', (_, said, outcome) => {
    const statuses = said
      .split(', ')
      .filter(Boolean)
      .map((status) => status.split(' ') as [string, string])
    for (const listed of [statuses, statuses.toReversed()])
      expect(outcomeOf(deploymentNode(listed))).toEqual({ ...outcome, url: undefined })
  })

  test('its address is the log of the status that ended it', () => {
    const url = (...statuses: Parameters<typeof deploymentNode>[0] & object) => outcomeOf(deploymentNode(statuses)).url
    expect(url(['IN_PROGRESS', '10:01', 'https://ci.example/1'], ['SUCCESS', '10:10', 'https://ci.example/2'])).toBe('https://ci.example/2')
    expect(url(['IN_PROGRESS', '10:01', 'https://ci.example/1'])).toBe('https://ci.example/1')
    for (const bad of [
      '',
      'ftp://ci.example',
      'javascript:alert(1)',
      'https://',
      'https://x/\0',
      'https://x/\ud800',
      `https://x/${'y'.repeat(2000)}`,
    ])
      expect(url(['SUCCESS', '10:10', bad])).toBeUndefined()
  })

  const own = (fields: object = {}) => rulings(fields as never).environments as Ruling<EnvironmentsRule>

  test('becomes a fact of its repository', () => {
    const node = deploymentNode([
      ['IN_PROGRESS', '10:02'],
      ['SUCCESS', '10:10', 'https://ci.example/2'],
      ['INACTIVE', '18:00'],
    ])
    expect(sound(deploymentFact(node, own(), filing))).toEqual({
      kind: 'deployment',
      source: 'hub',
      id: 'acme/shop/deployments/7',
      url: 'https://ci.example/2',
      updatedAt: at('10:10'),
      service: 'acme/shop',
      repository: 'acme/shop',
      environment: 'production',
      commit: sha('a'),
      status: 'succeeded',
      startedAt: at('10:02'),
      finishedAt: at('10:10'),
      reported: 'event',
    })
  })

  const blank = { version: undefined, commit: undefined }

  test.each<[string, object, object]>([
    ['of a tag has it as its version', { ref: { name: 'v1.2.3', prefix: 'refs/tags/' } }, { version: 'v1.2.3' }],
    ['of a branch has no version', { ref: { name: 'v1.2.3', prefix: 'refs/heads/' } }, { version: undefined }],
    ['whose ref is gone has no version', { ref: null }, { version: undefined }],
    ['without statuses, which the token may not read, is under way', { statuses: null }, { status: 'running' }],
    ['without a commit id names none', { commitOid: 'main' }, { commit: undefined }],
    ['without an environment is of production, as GitHub has it', { environment: null }, { environment: 'production' }],
    ['that is under way changed when its last status came', { updatedAt: iso('20:00') }, { updatedAt: at('10:00') }],
    ['without a log has the list of deployments as its address', {}, { url: 'https://github.com/acme/shop/deployments' }],
    ['keeps no NUL and no half of a character', { environment: 'pro\0d\ud83d' }, { environment: 'pro\ufffdd\ufffd' }],
  ])('%s', (_, more, expected) => {
    const fact: object | null = sound(deploymentFact(deploymentNode([], more as never), own(), filing))
    expect({ ...blank, ...fact }).toMatchObject(expected)
  })

  test('without a number is left out', () => {
    expect(deploymentFact(deploymentNode([], { databaseId: null }), own(), filing)).toBeNull()
  })

  test('has the tier of the first rule that maps its environment, and none where no rule does', () => {
    const ruling = own({ deployments: { environments: { staging: 'stag|pre-prod', production: 'prod' } } })
    const tier = (environment: string) => (deploymentFact(deploymentNode([], { environment }), ruling, filing) as Deployment | null)?.tier
    expect(['prod-eu', 'pre-prod', 'staging', 'github-pages'].map(tier)).toEqual(['production', 'staging', 'staging', null])
    expect((deploymentFact(deploymentNode(), own(), filing) as Deployment).tier).toBeUndefined()
  })

  test('of a tier that a rule before tells is left out, and one of no tier is kept', () => {
    const ruling = own({ deployments: [{ releases: true }, { environments: { production: 'prod', staging: 'stag' } }] })
    const fact = (environment: string) => deploymentFact(deploymentNode([], { environment }), ruling, filing)
    expect(fact('production')).toBeNull()
    expect(fact('staging')).toMatchObject({ tier: 'staging' })
    expect(fact('review-12')).toMatchObject({ environment: 'review-12', tier: null })
    const named = own({ deployments: [{ releases: true }, { environments: true }] })
    const byName = ['production', 'staging', 'github-pages'].map((environment) =>
      deploymentFact(deploymentNode([], { environment }), named, filing),
    )
    expect(byName).toMatchObject([null, { environment: 'staging' }, { environment: 'github-pages' }])
  })
})

describe('a release', () => {
  const own = (releases: unknown = true) => rulings({ deployments: { releases } }).releases as Ruling<ReleasesRule>

  test('is a deployment of its tag at the time of its publication', () => {
    expect(sound(releaseFact(releaseNode(), own(), filing))).toEqual({
      kind: 'deployment',
      source: 'hub',
      id: 'acme/shop/releases/v1.0.0',
      url: 'https://github.com/acme/shop/releases/tag/v1.0.0',
      updatedAt: at('10:05'),
      service: 'acme/shop',
      repository: 'acme/shop',
      environment: 'production',
      tier: 'production',
      commit: sha('a'),
      version: 'v1.0.0',
      status: 'succeeded',
      finishedAt: at('10:00'),
      reported: 'event',
    })
  })

  test.each<[string, object, unknown, boolean]>([
    ['a draft does not count', { isDraft: true, publishedAt: null }, true, false],
    ['a draft does not count with pre-releases either', { isDraft: true, publishedAt: null }, 'with pre-releases', false],
    ['a draft that was published before does not count', { isDraft: true }, true, false],
    ['a pre-release does not count', { isPrerelease: true }, true, false],
    ['a pre-release counts where they are asked for', { isPrerelease: true }, 'with pre-releases', true],
    ['one whose tag is gone counts', { tagCommit: null }, true, true],
  ])('%s', (_, more, releases, counts) => {
    expect(sound(releaseFact(releaseNode(more as never), own(releases), filing)) !== null).toBe(counts)
  })

  test('an id and a version are cut to what is kept', () => {
    const tagName = 'v'.repeat(900)
    const fact = sound(releaseFact(releaseNode({ tagName }), own(), filing)) as Deployment
    expect([fact.id.length, fact.version?.length]).toEqual([500, 500])
    expect(releaseId('acme/shop', tagName)).toBe(fact.id)
  })
})

describe('a run of a workflow', () => {
  const own = (rule: object = {}) => rulings({ deployments: { workflow: 'deploy.yml', ...rule } }).workflows[0] as Ruling<WorkflowRule>
  const fact = (run = {}, rule = {}, branch: string | null = 'main') =>
    sound(runFact(runOf(run), null, own(rule), branch, filing)) as Deployment | null

  test('is a deployment of its attempt', () => {
    expect(fact()).toEqual({
      kind: 'deployment',
      source: 'hub',
      id: 'acme/shop/actions/runs/900/attempts/1',
      url: 'https://github.com/acme/shop/actions/runs/900',
      updatedAt: at('10:20'),
      service: 'acme/shop',
      repository: 'acme/shop',
      environment: 'production',
      tier: 'production',
      commit: sha('a'),
      status: 'succeeded',
      startedAt: at('10:01'),
      finishedAt: at('10:20'),
      reported: 'event',
    })
  })

  test('each attempt is told apart', () => {
    expect(fact({ run_attempt: 3 })?.id).toBe('acme/shop/actions/runs/900/attempts/3')
    expect(fact({ run_attempt: undefined })?.id).toBe('acme/shop/actions/runs/900/attempts/1')
  })

  test.each([
    ['success', 'succeeded'],
    ['failure', 'failed'],
    ['timed_out', 'failed'],
    ['startup_failure', 'failed'],
    ['cancelled', 'cancelled'],
    ['skipped', 'cancelled'],
    ['neutral', 'cancelled'],
    ['action_required', 'cancelled'],
    ['stale', 'cancelled'],
    [null, 'cancelled'],
    ['constructor-of-later', 'cancelled'],
  ])('that is completed with %s has %s', (conclusion, status) => {
    expect(fact({ conclusion })).toMatchObject({ status, finishedAt: at('10:20') })
  })

  test('that is in progress is under way', () => {
    const running = fact({ status: 'in_progress', conclusion: null })
    expect(running?.status).toBe('running')
    expect(running).not.toHaveProperty('finishedAt')
  })

  test.each(['queued', 'waiting', 'requested', 'pending'])('that is %s has touched nothing yet', (status) => {
    expect(fact({ status, conclusion: null })).toBeNull()
  })

  test.each<[string, object, object, string | null, boolean]>([
    ['for a pull request', { event: 'pull_request' }, {}, 'main', false],
    ['for a pull request with the rights of its target', { event: 'pull_request_target' }, {}, 'main', false],
    ['by a person', { event: 'workflow_dispatch' }, {}, 'main', true],
    ['of any branch', { head_branch: 'next' }, {}, 'main', true],
    ['of the branch that is named', { head_branch: 'live' }, { branch: 'live' }, 'main', true],
    ['of another branch than that which is named', {}, { branch: 'live' }, 'main', false],
    ['of the default branch', {}, { branch: true }, 'main', true],
    ['of another than the default branch', { head_branch: 'next' }, { branch: true }, 'main', false],
    ['of no branch', { head_branch: null }, { branch: 'live' }, 'main', false],
    ['of a fork whose branch has the name of the default one', { event: 'pull_request' }, { branch: true }, 'main', false],
  ])('%s', (_, run, rule, branch, counts) => {
    expect(fact(run, rule, branch) !== null).toBe(counts)
  })

  test('of a tier that the rule names is of that tier', () => {
    expect(fact({}, { environment: 'staging' })).toMatchObject({ environment: 'staging', tier: 'staging' })
  })

  test('does not end before it starts', () => {
    expect(fact({ run_started_at: iso('10:30') })).toMatchObject({ startedAt: at('10:30'), finishedAt: at('10:30') })
  })

  test('of an old server starts when it was made', () => {
    expect(fact({ run_started_at: undefined })?.startedAt).toBe(at('10:00'))
  })

  describe('by one of its jobs', () => {
    const ofJob = (job: object = {}, run: object = {}) =>
      sound(runFact(runOf(run as never), jobOf(job as never), own({ job: 'deploy' }), 'main', filing)) as Deployment | null

    test('has the outcome, the times and the address of the job', () => {
      expect(ofJob({ conclusion: 'failure' }, { conclusion: 'success' })).toMatchObject({
        id: 'acme/shop/actions/runs/900/attempts/1/jobs/deploy',
        url: 'https://github.com/acme/shop/actions/runs/900/job/901',
        status: 'failed',
        startedAt: at('10:05'),
        finishedAt: at('10:15'),
        updatedAt: at('10:20'),
      })
    })

    test('a job of a matrix has an id of its own', () => {
      expect(ofJob({ name: 'deploy (eu, production)' })?.id).toBe('acme/shop/actions/runs/900/attempts/1/jobs/deploy (eu, production)')
    })

    test('counts once it has begun, even where the run goes on', () => {
      const running = { status: 'in_progress', conclusion: null }
      expect(ofJob({ status: 'queued', conclusion: null, started_at: null, completed_at: null }, running)).toBeNull()
      expect(ofJob({ ...running, completed_at: null }, running)).toMatchObject({ status: 'running', startedAt: at('10:05') })
      expect(ofJob({}, running)).toMatchObject({ status: 'succeeded', finishedAt: at('10:15') })
    })

    test('one that was skipped deployed nothing', () => {
      expect(ofJob({ conclusion: 'skipped', started_at: iso('10:06'), completed_at: iso('10:05') })).toMatchObject({
        status: 'cancelled',
        finishedAt: at('10:06'),
      })
    })
  })
})

test('every id begins with a prefix of its repository', () => {
  const { deployments, releases, runs } = deploymentPrefixes('acme/shop')
  expect(deploymentId('acme/shop', 7).startsWith(deployments)).toBe(true)
  expect(releaseId('acme/shop', 'v1').startsWith(releases)).toBe(true)
  const rule = rulings({ deployments: { workflow: 'deploy.yml' } }).workflows[0] as Ruling<WorkflowRule>
  expect((runFact(runOf(), null, rule, 'main', filing) as Deployment).id.startsWith(runs)).toBe(true)
})

describe('a merged pull request', () => {
  const change = (more: object = {}, commits = [commitNode(sha(1))]) => {
    const all = pullFacts(pullNode(more as never), commits, filing)
    for (const fact of all) sound(fact)
    return all[0] as { kind: 'change' } & Change
  }

  test('is a change with its size, branches and commits', () => {
    const labels = { nodes: [{ name: 'hotfix' }, { name: '' }, { name: 'area:cart' }] }
    expect(change({ labels }, [commitNode(sha(1)), commitNode(sha(2))])).toEqual({
      kind: 'change',
      source: 'hub',
      id: 'acme/shop#12',
      url: 'https://github.com/acme/shop/pull/12',
      updatedAt: at('12:05'),
      service: 'acme/shop',
      repository: 'acme/shop',
      title: 'Add a cart',
      author: 'ada',
      openedAt: at('09:00'),
      mergedAt: at('12:00'),
      mergeCommit: sha('f'),
      commits: [sha(1), sha(2)],
      labels: ['hotfix', 'area:cart'],
      headBranch: 'cart',
      baseBranch: 'main',
      mergeMethod: 'merge',
      additions: 10,
      deletions: 2,
      files: 3,
    })
  })

  test('one that is not merged is none', () => {
    expect(pullFacts(pullNode({ mergedAt: null }), [commitNode(sha(1))], filing)).toEqual([])
  })

  test.each<[string, ReturnType<typeof mergedBy> | null, string | undefined, number]>([
    ['a merge commit keeps the commits as they are', mergedBy(2), 'merge', 0],
    ['one with many parents is a merge', mergedBy(3), 'merge', 0],
    ['squashed into one of another message', mergedBy(1, 'Add a cart (#12)'), 'squash', 2],
    ['rebased, its last commit keeps its message', mergedBy(1, 'Change 2'), 'rebase', 2],
    ['unknown where GitHub knows no merge commit', null, undefined, 2],
  ])('%s', (_, mergeCommit, method, commitFacts) => {
    const commits = [commitNode(sha(1)), commitNode(sha(2))]
    const [first, ...others] = pullFacts(pullNode({ mergeCommit }), commits, filing) as [Change, ...Fact[]]
    expect(first.mergeMethod).toBe(method)
    expect(first.mergeCommit).toBe(mergeCommit?.oid)
    expect(first.commits).toEqual([sha(1), sha(2)])
    expect(others.map((fact) => (fact.kind === 'commit' ? fact.sha : fact.kind))).toEqual([sha(1), sha(2)].slice(0, commitFacts))
  })

  const review = (login: string, time: string | null, state = 'COMMENTED', type = 'User') => ({
    state,
    submittedAt: time === null ? null : iso(time),
    author: person(login, type),
  })

  test.each<[string, unknown[], string | undefined, string | undefined]>([
    ['without reviews has none', [], undefined, undefined],
    ['is first reviewed by a person', [review('bob', '10:00')], '10:00', undefined],
    ['is not reviewed by its author', [review('ada', '09:30'), review('bob', '10:00')], '10:00', undefined],
    ['is not reviewed by an App', [review('copilot', '09:30', 'COMMENTED', 'Bot'), review('bob', '10:00')], '10:00', undefined],
    ['is not reviewed by an account that calls itself a bot', [review('acme-review-bot', '09:30', 'APPROVED')], undefined, undefined],
    ['is reviewed by a person with bot within the name', [review('abbott', '09:30')], '09:30', undefined],
    ['is reviewed first by the earliest, however they are listed', [review('eve', '11:00'), review('bob', '10:00')], '10:00', undefined],
    [
      'is approved at the first approval',
      [review('bob', '10:00', 'CHANGES_REQUESTED'), review('bob', '11:00', 'APPROVED'), review('eve', '11:30', 'APPROVED')],
      '10:00',
      '11:00',
    ],
    ['is not approved by a bot', [review('merge-bot', '09:30', 'APPROVED'), review('bob', '10:00')], '10:00', undefined],
    ['is not reviewed by what is not submitted', [review('bob', null, 'PENDING'), review('eve', '10:00', 'PENDING')], undefined, undefined],
    ['is reviewed by one whose dismissed approval no longer counts', [review('bob', '10:00', 'DISMISSED')], '10:00', undefined],
    ['takes no review of a deleted account', [{ state: 'APPROVED', submittedAt: iso('10:00'), author: null }], undefined, undefined],
  ])('%s', (_, reviews, first, approved) => {
    const { firstReviewAt, approvedAt } = change({ reviews: { nodes: reviews } })
    expect(firstReviewAt).toBe(first && at(first))
    expect(approvedAt).toBe(approved && at(approved))
  })

  test('of a deleted account has no author, and reviews', () => {
    const facts = change({ author: null, reviews: { nodes: [review('bob', '10:00')] } })
    expect(facts).not.toHaveProperty('author')
    expect(facts.firstReviewAt).toBe(at('10:00'))
  })

  test('whose reviews may not be read has none', () => {
    expect(change({ reviews: null })).not.toHaveProperty('firstReviewAt')
  })

  test.each([
    ['at once', [], undefined],
    ['when its draft ended', ['10:00'], '10:00'],
    ['when its last draft ended', ['10:00', '11:00'], '11:00'],
    ['at once where a draft ended after the merge', ['12:30'], undefined],
    ['before the merge, whatever came afterwards', ['10:00', '12:30'], '10:00'],
  ])('is ready %s', (_, times, ready) => {
    const nodes = times.map((time) => ({ createdAt: iso(time) }))
    expect(change({ timelineItems: { nodes } }).readyAt).toBe(ready && at(ready))
  })

  test.each([
    ['Reverts acme/shop#12', 'acme/shop#12'],
    ['Reverts acme/other.js#7\n\nIt broke the checkout.', 'acme/other.js#7'],
    ['Reverts #12', 'acme/shop#12'],
    ['The cart is gone.\r\n\r\nreverts acme/shop#12\r\n', 'acme/shop#12'],
    ['This reverts acme/shop#12', undefined],
    ['Reverts the cart', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j reverts %s', (body, reverts) => {
    expect(change({ body }).reverts).toBe(reverts)
  })

  test('NUL and half characters become replacements, and whole ones stay', () => {
    const labels = { nodes: [{ name: 'a\0b' }] }
    const facts = change({ title: 'Cart\0 \ud83d is \ude80 done 🚀', labels, headRefName: 'x\ud800', baseRefName: 'main' })
    expect(facts).toMatchObject({ title: 'Cart\ufffd \ufffd is \ufffd done 🚀', labels: ['a\ufffdb'], headBranch: 'x\ufffd' })
  })

  test('a long title is cut, and not within a character', () => {
    expect(change({ title: 'x'.repeat(5000) }).title).toBe('x'.repeat(1000))
    expect(change({ title: `${'x'.repeat(999)}🚀` }).title).toBe('x'.repeat(999))
  })
})

describe('a commit of a pull request', () => {
  const fact = (more: object = {}) => sound(commitFact(commitNode(sha(1), more as never).commit, filing)) as Commit

  test('has what git says of it', () => {
    expect(fact()).toEqual({
      kind: 'commit',
      source: 'hub',
      repository: 'acme/shop',
      sha: sha(1),
      parents: [sha(0)],
      authoredAt: at('08:00'),
      committedAt: at('08:30'),
      author: 'Ada <ada@acme.example>',
      message: 'Change 1',
    })
  })

  test.each([
    [{ name: 'Ada', email: null }, 'Ada <>'],
    [{ name: null, email: 'ada@acme.example' }, ' <ada@acme.example>'],
    [{ name: null, email: null }, undefined],
    [null, undefined],
  ])('by %j is by %s', (author, expected) => {
    expect(fact({ author }).author).toBe(expected)
  })

  test('keeps the parents that are there', () => {
    expect(fact({ parents: { nodes: [{ oid: sha(2) }, null, { oid: sha(3) }] } }).parents).toEqual([sha(2), sha(3)])
    expect(fact({ parents: { nodes: [] } }).parents).toEqual([])
    expect(fact({ parents: undefined }).parents).toEqual([])
  })
})

describe('an issue', () => {
  const ruleOf = (incidents: object = {}) => optionsOf({ incidents }).incidents as IncidentRule
  const incident = (labels: string[], more: object = {}, rule: object = {}, mergeCommit: string | null = null) =>
    sound(incidentFact(issueNode(labels, more as never), ruleOf(rule), mergeCommit, filing)) as ({ kind: 'incident' } & Incident) | null

  test('with the label is an incident of the repository', () => {
    expect(incident(['bug', 'incident'])).toEqual({
      kind: 'incident',
      source: 'hub',
      id: 'acme/shop#3',
      url: 'https://github.com/acme/shop/issues/3',
      updatedAt: at('11:30'),
      service: 'acme/shop',
      title: 'Checkout is down',
      openedAt: at('11:00'),
    })
  })

  test.each([
    [[], {}, false],
    [['bug'], {}, false],
    [['Incident'], {}, true],
    [['incidents'], {}, false],
    [['outage'], { labels: ['incident', 'Outage'] }, true],
    [['incident'], { labels: ['outage'] }, false],
  ])('with the labels %j under %j: %s', (labels, rule, isIncident) => {
    expect(incident(labels, {}, rule) !== null).toBe(isIncident)
  })

  test.each([
    ['sev1', '1'],
    ['SEV-2', '2'],
    ['severity: high', 'high'],
    ['priority/urgent', 'urgent'],
    ['P0', 'P0'],
    ['critical', 'critical'],
    ['Severity-3', '3'],
    ['priority1', '1'],
    ['several', undefined],
    ['p5', undefined],
    ['bug', undefined],
  ])('with the label %s has the severity %s', (label, severity) => {
    expect(incident(['incident', label])?.severity).toBe(severity)
  })

  test('severity and service are told by rules of its own', () => {
    const rule = { severity: '^impact (low|high)$|^total$', service: '^service:(.+)$' }
    expect(incident(['incident', 'impact high', 'service:checkout'], {}, rule)).toMatchObject({ severity: 'high', service: 'checkout' })
    expect(incident(['incident', 'total', 'service:'], {}, rule)).toMatchObject({ severity: 'total', service: 'acme/shop' })
    expect(incident(['incident', 'service:a', 'service:b'], {}, rule)).toMatchObject({ service: 'a' })
  })

  test('is over when it is closed, and not where it was opened again', () => {
    expect(incident(['incident'], { state: 'CLOSED', closedAt: iso('13:00') })?.resolvedAt).toBe(at('13:00'))
    expect(incident(['incident'], { state: 'OPEN', closedAt: iso('13:00') })).not.toHaveProperty('resolvedAt')
    expect(incident(['incident'], { state: 'CLOSED', closedAt: iso('10:00') })?.resolvedAt).toBe(at('11:00'))
  })

  const hex = 'a1b2c3d4e5'.repeat(4)
  const pull = (owner: string, name: string, number: number) => ({ pull: { owner, name, number } })

  test.each<[string | null, object | null]>([
    [null, null],
    ['', null],
    ['Down since ten.', null],
    ['This was caused by #12', null],
    ['Caused by #12', pull('acme', 'shop', 12)],
    ['caused-by: #12', pull('acme', 'shop', 12)],
    ['**Caused by:** acme/cart#7', pull('acme', 'cart', 7)],
    ['> Caused by https://github.com/acme/cart/pull/7/files', pull('acme', 'cart', 7)],
    ['It is down.\r\n\r\n- Caused by: #12\r\n', pull('acme', 'shop', 12)],
    ['**Caused by:**\n#12', pull('acme', 'shop', 12)],
    ['Caused by https://github.com/acme/shop/deployments/145', { deployment: 'acme/shop/deployments/145' }],
    ['Caused by https://api.github.com/repos/acme/cart/deployments/145', { deployment: 'acme/cart/deployments/145' }],
    [`Caused by ${hex}`, { commit: hex }],
    [`Caused by https://github.com/acme/shop/commit/${hex.toUpperCase()}`, { commit: hex }],
    [`Caused by ${'c'.repeat(64)}`, { commit: 'c'.repeat(64) }],
    [`Caused by ${'c'.repeat(50)}`, null],
    ['Caused by [the release](https://github.com/acme/shop/releases/tag/v1.2.3)', { version: 'v1.2.3' }],
    ['Caused by https://github.com/acme/shop/releases/tag/shop%2Fv1.2', { version: 'shop/v1.2' }],
    ['Caused by https://github.com/acme/shop/releases/tag/100%', { version: '100%' }],
    ['Caused by https://github.com/acme/shop/releases/tag/a%00b', { version: 'a\ufffdb' }],
    ['Caused by v1.2.3', { version: 'v1.2.3' }],
    ['Caused by release `2.0.0-rc.1`', { version: '2.0.0-rc.1' }],
    ['Caused by version 2026.1', { version: '2026.1' }],
    ['Caused by the new version', null],
    ['Caused by #99999999999', null],
    ['Caused by v1.2.3 (#12)', pull('acme', 'shop', 12)],
  ])('%j names %j', (body, cause) => {
    expect(causeOf(issueNode([], { body }), filing)).toEqual(cause)
  })

  test('names its cause, a pull request by its merge commit', () => {
    expect(incident(['incident'], { body: 'Caused by v1.2.3' })).toMatchObject({ version: 'v1.2.3' })
    expect(incident(['incident'], { body: 'Caused by https://github.com/acme/shop/deployments/145' })).toMatchObject({
      deployment: 'acme/shop/deployments/145',
    })
    const merged = incident(['incident'], { body: 'Caused by #12' }, {}, sha('f'))
    expect(merged).toMatchObject({ commit: sha('f') })
    expect(merged).not.toHaveProperty('pull')
    expect(incident(['incident'], { body: 'Caused by #12' })).not.toHaveProperty('commit')
  })

  test('a text without end is read in no time', () => {
    for (const part of ['\n', '> ', 'a', 'a/', '1.', 'caused by ', 'caused by\n', '#']) {
      for (const start of ['', 'Caused by ']) {
        const began = performance.now()
        causeOf(issueNode([], { body: start + part.repeat(65_536 / part.length) }), filing)
        expect(performance.now() - began, JSON.stringify(start + part)).toBeLessThan(500)
      }
    }
  })
})
