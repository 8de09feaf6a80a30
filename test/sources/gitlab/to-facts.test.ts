import { describe, expect, test } from 'vitest'
import { incidentFact } from '../../../server/sources/gitlab/incident-facts.ts'
import type { JobsRule } from '../../../server/sources/gitlab/options.ts'
import { Commit, Deployment, Issue, Job, MergeRequest, Note } from '../../../server/sources/gitlab/payloads.ts'
import { deploymentFact, jobFact, mergeFacts } from '../../../server/sources/gitlab/to-facts.ts'
import { at, commit, deployment, filingOf, iso, issue, merge, note, optionsOf, sha, sound } from '../../support/gitlab-things.ts'

type Fields = Record<string, unknown>

describe('a deployment', () => {
  const fact = (more: Fields = {}, filing = filingOf()) => {
    const made = deploymentFact(Deployment.parse(deployment(15, more)), filing)
    return made === null ? null : sound(made)
  }

  test('is what its job did, when, and where', () => {
    expect(fact({}, filingOf({}, { tiers: { production: 'production' } }))).toEqual({
      kind: 'deployment',
      source: 'lab',
      id: 'acme/shop/deployments/15',
      url: 'https://gitlab.com/acme/shop/-/jobs/15',
      updatedAt: at('10:20'),
      service: 'acme/shop',
      repository: 'acme/shop',
      environment: 'production',
      tier: 'production',
      commit: sha('a'),
      status: 'succeeded',
      startedAt: at('10:05'),
      finishedAt: at('10:15'),
      reported: 'event',
    })
  })

  test('made through the API has no job: it began when it was made and ended when it was changed', () => {
    expect(fact({ deployable: null })).toMatchObject({
      url: 'https://gitlab.com/acme/shop/-/environments/7',
      startedAt: at('10:00'),
      finishedAt: at('10:20'),
    })
  })

  test('counts by its own state, whatever became of its job', () => {
    const job = { status: 'failed', started_at: iso('10:05'), finished_at: iso('10:15') }
    expect(fact({ deployable: job })).toMatchObject({ status: 'succeeded' })
    expect(fact({ status: 'failed' })).toMatchObject({ status: 'failed', finishedAt: at('10:15') })
    expect(fact({ status: 'canceled' })).toMatchObject({ status: 'cancelled' })
  })

  test('under way has no end', () => {
    const running = fact({ status: 'running', deployable: { started_at: iso('10:05'), finished_at: null } })
    expect(running).toMatchObject({ status: 'running', startedAt: at('10:05') })
    expect(running).not.toHaveProperty('finishedAt')
  })

  test.each(['created', 'blocked', 'skipped', 'something new'])('that is %s has touched nothing', (status) => {
    expect(fact({ status })).toBeNull()
  })

  test('without an environment is none', () => {
    expect(fact({ environment: null })).toBeNull()
  })

  test('never ends before it begins', () => {
    const job = { started_at: iso('10:30'), finished_at: iso('10:15') }
    expect(fact({ deployable: job })).toMatchObject({ startedAt: at('10:15'), finishedAt: at('10:15') })
  })

  test('of a tag has its name as version', () => {
    expect(fact({ ref: 'v1.2.0', deployable: { tag: true, finished_at: iso('10:15') } })).toMatchObject({ version: 'v1.2.0' })
  })

  test('has the tier that GitLab has for its environment, unless the option says another', () => {
    const blue = { environment: { id: 9, name: 'blue' } }
    expect(fact(blue, filingOf({}, { tiers: { blue: 'production' } }))).toMatchObject({ tier: 'production' })
    expect(fact(blue, filingOf({}, { tiers: { blue: 'other' } }))).toMatchObject({ tier: null })
    expect(fact(blue)).not.toHaveProperty('tier')
    const rules = { environments: { staging: '^blue$' } }
    expect(fact(blue, filingOf(rules, { tiers: { blue: 'production' } }))).toMatchObject({ tier: 'staging' })
    expect(fact({}, filingOf(rules, { tiers: { production: 'production' } }))).toMatchObject({ tier: null })
    expect(fact(blue, filingOf({ environments: true }, { tiers: { blue: 'production' } }))).not.toHaveProperty('tier')
  })

  test('is of the service that a rule says', () => {
    const rules = { service: [{ label: 'environment', pattern: '^(.+)-production$' }, 'name'] }
    expect(fact({ environment: { id: 1, name: 'till-production' } }, filingOf(rules))).toMatchObject({ service: 'till' })
    expect(fact({}, filingOf(rules))).toMatchObject({ service: 'shop' })
    expect(fact({}, filingOf({ service: 'group' }))).toMatchObject({ service: 'acme' })
    expect(fact({}, filingOf({ service: 'unheard' }))).toMatchObject({ service: 'acme/shop' })
  })
})

describe('a job', () => {
  const rule = optionsOf({ deployments: { jobs: '^deploy' } }).deployments as JobsRule
  const job = (more: Fields = {}) => {
    const whole = {
      id: 3,
      name: 'deploy-prod',
      stage: 'deploy',
      status: 'success',
      ref: 'main',
      tag: false,
      created_at: iso('10:00'),
      started_at: iso('10:05'),
      finished_at: iso('10:15'),
      web_url: 'https://gitlab.com/acme/shop/-/jobs/3',
      commit: { id: sha('a') },
      pipeline: { id: 1, ref: 'main', source: 'push' },
      ...more,
    }
    const fact = jobFact(Job.parse(whole), rule, filingOf())
    return fact === null ? null : sound(fact)
  }

  test('that the rule names is a deployment', () => {
    expect(job()).toEqual({
      kind: 'deployment',
      source: 'lab',
      id: 'acme/shop/jobs/3',
      url: 'https://gitlab.com/acme/shop/-/jobs/3',
      updatedAt: at('10:15'),
      service: 'acme/shop',
      repository: 'acme/shop',
      environment: 'production',
      tier: 'production',
      commit: sha('a'),
      status: 'succeeded',
      startedAt: at('10:05'),
      finishedAt: at('10:15'),
      reported: 'event',
    })
  })

  test.each<[string, Fields]>([
    ['of another name', { name: 'test' }],
    ['of another branch', { ref: 'topic' }],
    ['of a tag of that name', { tag: true }],
    ['of a merge request', { pipeline: { id: 1, ref: 'refs/merge-requests/2/head', source: 'merge_request_event' } }],
    ['that was skipped', { status: 'skipped' }],
    ['that waits for a person', { status: 'manual' }],
    ['that was cancelled before it began', { status: 'canceled', started_at: null }],
  ])('%s is none', (_, more) => {
    expect(job(more)).toBeNull()
  })
})

describe('a merge request', () => {
  const facts = (more: Fields = {}, commits = [commit('b')], notes: object[] = [], filing = filingOf()) =>
    mergeFacts(
      MergeRequest.parse(merge(12, more)),
      commits.map((one) => Commit.parse(one)),
      notes.map((one) => Note.parse(one)),
      filing,
    ).map(sound)

  test('merged by a merge commit is one change with its commits', () => {
    expect(facts({ labels: ['bug', ''] })).toEqual([
      {
        kind: 'change',
        source: 'lab',
        id: 'acme/shop!12',
        url: 'https://gitlab.com/acme/shop/-/merge_requests/12',
        updatedAt: at('09:30'),
        service: 'acme/shop',
        repository: 'acme/shop',
        title: 'Change 12',
        author: 'ada',
        openedAt: at('08:00'),
        mergedAt: at('09:30'),
        mergeCommit: sha('c'),
        commits: [sha('b')],
        labels: ['bug'],
        headBranch: 'change-12',
        baseBranch: 'main',
        mergeMethod: 'merge',
      },
    ])
  })

  test('squashed tells the commits that the branch does not hold', () => {
    const [change, own] = facts({ merge_commit_sha: null, squash_commit_sha: sha('d') }, [commit('b', { parent_ids: [sha('e')] })])
    expect(change).toMatchObject({ mergeCommit: sha('d'), commits: [sha('b'), sha('d')], mergeMethod: 'squash' })
    expect(own).toEqual({
      kind: 'commit',
      source: 'lab',
      repository: 'acme/shop',
      sha: sha('b'),
      parents: [sha('e')],
      authoredAt: at('07:00'),
      committedAt: at('07:30'),
      author: 'Ada <ada@acme.example>',
      message: 'Commit b\n',
    })
  })

  test('squashed and merged holds both commits', () => {
    expect(facts({ squash_commit_sha: sha('d') })[0]).toMatchObject({ mergeCommit: sha('c'), commits: [sha('b'), sha('d')] })
  })

  test('fast-forwarded ends at its own head', () => {
    expect(facts({ merge_commit_sha: null })).toMatchObject([{ mergeCommit: sha('b'), mergeMethod: 'rebase' }])
  })

  test('was reviewed by the first other person, and approved by one', () => {
    const notes = [
      note('marked this merge request as **ready**', '08:10', 'ada', { system: true }),
      note('I looked once more', '08:12', 'ada'),
      note('coverage is 80 %', '08:15', 'ci-bot'),
      note('assigned to @kim', '08:16', 'kim', { system: true }),
      note('looks odd', '08:30'),
      note('approved this merge request', '09:00', 'lee', { system: true }),
      note('approved this merge request', '10:00', 'kim', { system: true }),
    ]
    const times = { readyAt: at('08:10'), firstReviewAt: at('08:30'), approvedAt: at('09:00') }
    expect(facts({}, [], notes)[0]).toMatchObject(times)
    expect(facts({}, [], notes.reverse())[0]).toMatchObject(times)
  })

  test('approved without a word was reviewed then', () => {
    const notes = [note('approved this merge request', '09:00', 'lee', { system: true })]
    expect(facts({}, [], notes)[0]).toMatchObject({ firstReviewAt: at('09:00'), approvedAt: at('09:00') })
  })

  test.each([
    ['This reverts merge request !7', 'acme/shop!7'],
    ['Broke it.\n\nThis reverts merge request acme/shop!7', 'acme/shop!7'],
    ['This reverts merge request acme/store!7', 'acme/shop!7'],
    ['This reverts merge request acme/other!7', 'acme/other!7'],
    ['This reverts commit abc', undefined],
  ])('that says %j reverts %j', (description, reverts) => {
    const [change] = facts({ description }, [], [], filingOf({}, { name: 'acme/store' }))
    expect(change).toMatchObject(reverts === undefined ? { kind: 'change' } : { reverts })
    if (reverts === undefined) expect(change).not.toHaveProperty('reverts')
  })

  test('that is not merged is no change', () => {
    expect(facts({ merged_at: null })).toEqual([])
  })
})

describe('an incident', () => {
  const fact = (more: Fields = {}, fields: Fields = {}, notes: object[] = []) => {
    const made = incidentFact(
      Issue.parse(issue(4, more)),
      notes.map((one) => Note.parse(one)),
      filingOf(fields),
    )
    return made === null ? null : sound(made)
  }

  test('is an issue of that type', () => {
    expect(fact({ severity: 'HIGH', state: 'closed', closed_at: iso('12:00'), updated_at: iso('12:00') })).toEqual({
      kind: 'incident',
      source: 'lab',
      id: 'acme/shop#4',
      url: 'https://gitlab.com/acme/shop/-/issues/incident/4',
      updatedAt: at('12:00'),
      service: 'acme/shop',
      title: 'Down 4',
      severity: 'high',
      openedAt: at('11:00'),
      resolvedAt: at('12:00'),
    })
    expect(fact({ issue_type: 'issue' })).toBeNull()
    expect(fact({}, { incidents: false })).toBeNull()
  })

  test('or one with the label that the option names', () => {
    const fields = { incidents: { label: 'Outage' } }
    expect(fact({ issue_type: 'issue', labels: ['outage'] }, fields)).toMatchObject({ id: 'acme/shop#4' })
    expect(fact({ labels: ['bug'] }, fields)).toBeNull()
  })

  test('opened again is not over', () => {
    expect(fact({ state: 'opened', closed_at: iso('12:00') })).not.toHaveProperty('resolvedAt')
  })

  test('has the service and the severity of scoped labels', () => {
    const labels = ['severity::2', 'service::till', 'team: x']
    expect(fact({ labels }, { service: ['service', 'project'] })).toMatchObject({ severity: '2', service: 'till' })
    const byText = { service: [{ label: 'labels', pattern: '(?m)^team: (.+)$' }] }
    expect(fact({ labels }, byText)).toMatchObject({ service: 'x' })
  })

  test('was acknowledged when its status said so first', () => {
    const notes = [
      note('changed the incident status to **Acknowledged** by changing it', '11:20', 'kim', { system: true }),
      note('changed the incident status to **Acknowledged**', '11:10', 'kim', { system: true }),
      note('changed the incident status to **Acknowledged**', '11:05', 'kim'),
    ]
    expect(fact({}, {}, notes)).toMatchObject({ acknowledgedAt: at('11:10') })
  })
})
