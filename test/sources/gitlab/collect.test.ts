/** What is collected of a GitLab, whatever it and the way to it do. */
import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeProject, fakeProject, type GitlabFake, startGitlab } from '../../fakes/gitlab/start-gitlab.ts'
import { createGitFixture } from '../../support/git-fixture.ts'
import { at, commit, deployment, iso, issue, type Looking, lookingAt, merge, note, sha } from '../../support/gitlab-things.ts'

let fake: GitlabFake
let shop: FakeProject
const ends: (() => void)[] = []

beforeEach(async () => {
  shop = fakeProject('acme/payments/shop', {
    head: sha('c'),
    commits: [commit('c', { parent_ids: [sha('b')] }), commit('b', { parent_ids: [] })],
    deployments: [deployment(1)],
    merges: [merge(1, { _notes: [note('fine', '09:00')] })],
    issues: [issue(1), issue(2, { issue_type: 'issue' })],
  })
  fake = await startGitlab([shop])
})
afterEach(async () => {
  for (const end of ends.splice(0)) end()
  await fake.stop()
})

function looking(fields: Record<string, unknown> = {}, now?: Date): Looking {
  const made = lookingAt(fake, fields, now)
  ends.push(made.end)
  return made
}

const idsOf = ({ facts }: Looking, kind: string) => [...facts.keys()].filter((key) => key.startsWith(`${kind} `)).sort()

/** As `HH:MM` so many minutes after eight. */
const minute = (minutes: number) => `${String(8 + Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

describe('a collection', () => {
  test('brings everything of a group and its subgroups', async () => {
    fake.projects.push(fakeProject('acme/old', { archived: true, deployments: [deployment(9)] }), fakeProject('other/thing'))
    const run = looking()
    await run.collect()
    expect([...run.facts.keys()].sort()).toEqual([
      'change acme/payments/shop!1',
      `commit ${sha('b')}`,
      `commit ${sha('c')}`,
      'deployment acme/payments/shop/deployments/1',
      'head acme/payments/shop',
      'incident acme/payments/shop#1',
    ])
    expect(run.facts.get('change acme/payments/shop!1')).toMatchObject({ firstReviewAt: at('09:00'), commits: [sha('b')] })
    expect(run.facts.get('deployment acme/payments/shop/deployments/1')).toMatchObject({ tier: 'production' })
    expect(run.batches[0]).toMatchObject({ coveredFrom: Date.parse('2025-01-05T23:00:00Z') })
    expect(run.notes).toEqual([])
  })

  test('of which nothing is new asks little and yields nothing', async () => {
    const run = looking()
    await run.collect()
    fake.asked.length = 0
    const before = run.batches.length
    await run.collect()
    expect(run.batches.length).toBe(before)
    expect(fake.asked.map((path) => path.replace(/\?.*/, ''))).toEqual([
      '/groups/acme/projects',
      `/projects/${shop.id}/deployments`,
      `/projects/${shop.id}/merge_requests`,
      `/projects/${shop.id}/issues`,
      `/projects/${shop.id}/repository/branches/main`,
    ])
  })

  test('finds what changed since, also of things that were read before', async () => {
    shop.deployments = [deployment(1, { status: 'running', deployable: { started_at: iso('10:05'), finished_at: null } })]
    const run = looking()
    await run.collect()
    expect(run.facts.get('deployment acme/payments/shop/deployments/1')).toMatchObject({ status: 'running' })
    shop.deployments = [deployment(1, { updated_at: iso('10:40') }), deployment(2, { updated_at: iso('10:30') })]
    shop.issues[0] = issue(1, { state: 'closed', closed_at: iso('12:00'), updated_at: iso('12:00') })
    await run.collect()
    expect(run.facts.get('deployment acme/payments/shop/deployments/1')).toMatchObject({ status: 'succeeded' })
    expect(idsOf(run, 'deployment')).toHaveLength(2)
    expect(run.facts.get('incident acme/payments/shop#1')).toMatchObject({ resolvedAt: at('12:00') })
  })

  test('reads every page, and loses nothing that moves between them', async () => {
    fake.pageSize = 3
    shop.deployments = Array.from({ length: 20 }, (_, index) => deployment(index + 1, { updated_at: iso(minute(index)) }))
    // Many at the same time fill more than a page.
    shop.merges = Array.from({ length: 10 }, (_, index) => merge(index + 1))
    let moved = false
    fake.afterAnswer = (path) => {
      if (moved || !path.includes('/deployments')) return
      moved = true
      // As one of the first page changes, all behind it move forward.
      shop.deployments[0] = deployment(1, { updated_at: iso('22:00') })
    }
    const run = looking()
    await run.collect()
    expect(idsOf(run, 'deployment')).toHaveLength(20)
    expect(idsOf(run, 'change')).toHaveLength(10)
  })

  test('that is cut anywhere goes on and ends in the same', async () => {
    fake.pageSize = 25
    shop.deployments = Array.from({ length: 60 }, (_, index) => deployment(index + 1, { updated_at: iso(minute(index)) }))
    shop.merges = Array.from({ length: 75 }, (_, index) =>
      merge(index + 1, {
        updated_at: iso(minute(index)),
        merge_commit_sha: null,
        squash_commit_sha: sha('d'),
        _commits: [...'0123456789bef'].map((letter) => commit(letter)),
      }),
    )
    const whole = looking()
    await whole.collect()
    const cut = looking()
    for (let count = 0; count < 4; count++) await cut.collect(1)
    await cut.collect()
    expect(whole.batches.length).toBeGreaterThan(2)
    expect([...cut.facts].sort()).toEqual([...whole.facts].sort())
    expect(cut.cursor).toBe(whole.cursor)
    expect(Math.max(...whole.batches.map(({ facts }) => [...facts].length))).toBeLessThan(800)
  })

  test('keeps a project under its first path, whatever it is called later', async () => {
    const run = looking()
    await run.collect()
    shop.path = 'acme/store'
    shop.deployments.push(deployment(2, { updated_at: iso('11:00') }))
    await run.collect()
    expect(idsOf(run, 'deployment')).toEqual(['deployment acme/payments/shop/deployments/1', 'deployment acme/payments/shop/deployments/2'])
    const named = looking({ group: undefined, projects: ['acme/store'] })
    await named.collect()
    shop.path = 'acme/elsewhere'
    await named.collect()
    expect(idsOf(named, 'deployment')).toHaveLength(2)
  })

  test('leaves out what is excluded, and says once what is gone', async () => {
    fake.projects.push(fakeProject('acme/sandbox/toy', { deployments: [deployment(5)] }))
    const run = looking({ exclude: ['acme/sandbox'] })
    await run.collect()
    expect(idsOf(run, 'deployment')).toHaveLength(1)
    shop.archived = true
    await run.collect()
    await run.collect()
    expect(run.notes).toEqual([
      expect.stringMatching(/acme\/payments\/shop is no longer among the projects/),
      ...Array(2).fill(expect.stringMatching(/No project of acme/)),
    ])
    expect(idsOf(run, 'deployment')).toHaveLength(1)
  })

  test('goes back as far as is asked', async () => {
    shop.deployments.push(deployment(2, { created_at: '2024-05-01T00:00:00Z', updated_at: '2024-05-01T00:00:00Z' }))
    shop.merges.push(merge(2, { merged_at: '2024-05-01T00:00:00Z', created_at: '2024-05-01T00:00:00Z' }))
    const run = looking()
    await run.collect()
    expect(idsOf(run, 'deployment')).toHaveLength(1)
    expect(idsOf(run, 'change')).toHaveLength(1)
    Object.assign(run.options, { backfillMonths: 60 })
    await run.collect()
    expect(idsOf(run, 'deployment')).toHaveLength(2)
    expect(idsOf(run, 'change')).toHaveLength(2)
  })

  test('under other rules withdraws what the former ones made', async () => {
    const run = looking()
    await run.collect()
    shop.pipelines = [
      {
        id: 50,
        ref: 'main',
        source: 'push',
        created_at: iso('10:00'),
        updated_at: iso('10:30'),
        _jobs: [
          {
            id: 500,
            name: 'deploy',
            status: 'failed',
            ref: 'main',
            created_at: iso('10:00'),
            started_at: iso('10:01'),
            finished_at: iso('10:02'),
          },
          {
            id: 501,
            name: 'deploy',
            status: 'success',
            ref: 'main',
            created_at: iso('10:05'),
            started_at: iso('10:06'),
            finished_at: iso('10:07'),
          },
          {
            id: 502,
            name: 'test',
            status: 'success',
            ref: 'main',
            created_at: iso('10:00'),
            started_at: iso('10:01'),
            finished_at: iso('10:02'),
          },
        ],
      },
    ]
    Object.assign(run.options, { deployments: { jobs: '^deploy', branch: true, environment: 'production' } })
    await run.collect()
    expect(idsOf(run, 'deployment')).toEqual(['deployment acme/payments/shop/jobs/500', 'deployment acme/payments/shop/jobs/501'])
    expect(run.notes).toEqual([expect.stringMatching(/rules for acme\/payments\/shop are others now/)])
  })

  test('reads deployments anew once their environment has another tier', async () => {
    const run = looking()
    await run.collect()
    shop.environments = [{ name: 'production', tier: 'staging' }]
    shop.deployments.push(deployment(2, { updated_at: iso('11:00') }))
    await run.collect()
    expect([...run.facts.values()].filter(({ kind }) => kind === 'deployment')).toMatchObject([{ tier: 'staging' }, { tier: 'staging' }])
  })

  test('asks nothing of lists that a project has switched off', async () => {
    shop.levels = { issues_access_level: 'disabled', environments_access_level: 'disabled', repository_access_level: 'disabled' }
    const run = looking()
    await run.collect()
    expect(run.facts.size).toBe(0)
    expect(fake.asked).toHaveLength(1)
  })
})

describe('commits through the API', () => {
  test('come as the head moves, and where a deployment is of another branch', async () => {
    const run = looking()
    await run.collect()
    shop.commits.push(commit('d', { parent_ids: [sha('c')] }), commit('9', { parent_ids: [sha('b')] }))
    shop.head = sha('d')
    shop.deployments.push(
      deployment(2, { sha: sha('9'), updated_at: iso('11:00') }),
      deployment(3, { sha: sha('8'), updated_at: iso('11:00') }),
    )
    fake.asked.length = 0
    await run.collect()
    expect(idsOf(run, 'commit')).toEqual([sha('9'), sha('b'), sha('c'), sha('d')].map((id) => `commit ${id}`))
    expect(run.facts.get('head acme/payments/shop')).toMatchObject({ sha: sha('d'), branch: 'main' })
    const ranges = fake.asked.flatMap((path) => /ref_name=([^&]+)/.exec(path)?.[1] ?? [])
    expect(ranges).toEqual([`${sha('c')}..${sha('d')}`, `${sha('d')}..${sha('9')}`, `${sha('d')}..${sha('8')}`])
  })

  test('are read anew where the branch was rewritten', async () => {
    const run = looking()
    await run.collect()
    shop.commits = [commit('f')]
    shop.head = sha('f')
    await run.collect()
    expect(idsOf(run, 'commit')).toContain(`commit ${sha('f')}`)
  })

  test('bring the files of merge requests where services share the project', async () => {
    shop.merges[0] = merge(1, {
      _diffs: [
        { old_path: 'a.ts', new_path: 'b.ts' },
        { old_path: 'c.ts', new_path: 'c.ts' },
      ],
    })
    const run = looking()
    run.ctx.needsFiles = () => true
    await run.collect()
    expect(run.facts.get('change acme/payments/shop!1')).toMatchObject({ paths: ['a.ts', 'b.ts', 'c.ts'], files: 3 })
  })
})

describe('commits through git', () => {
  test('come with tags that are deployments', async () => {
    const repository = createGitFixture()
    ends.push(repository.remove)
    const first = repository.commit('First')
    repository.tag('v1.0.0')
    execFileSync('git', ['config', 'uploadpack.allowFilter', 'true'], { cwd: repository.dir })
    shop.gitDir = `${repository.dir}/.git`
    shop.head = first
    const run = looking({ git: true, deployments: { tags: 'v.*' } })
    await run.collect()
    expect(idsOf(run, 'commit')).toEqual([`commit ${first}`])
    expect(idsOf(run, 'deployment')).toEqual(['deployment acme/payments/shop/tags/v1.0.0'])
    repository.commit('Second')
    repository.tag('v1.1.0')
    await run.refresh([`${shop.id} push 0`])
    expect(idsOf(run, 'deployment')).toHaveLength(2)
  })

  test('that are refused are told, and the rest is read', async () => {
    shop.gitDir = null
    const run = looking({ git: true })
    await expect(run.collect()).rejects.toThrow(/payments\/shop/)
    expect(idsOf(run, 'deployment')).toHaveLength(1)
    expect(run.batches.length).toBeGreaterThan(0)
  })
})

describe('what GitLab may do', () => {
  test.each<[string, () => void, RegExp]>([
    ['refuse the token', () => (fake.token = 'another'), /refuses the credentials \(401\).*read_api/],
    ['not know the group', () => (fake.projects.length = 0), /no group acme that this token can see/],
    ['be down', () => (fake.fault = () => ({ status: 502 })), /answers with 502/],
    ['cut connections', () => (fake.fault = () => 'reset'), /cannot be reached/],
    ['answer with a page', () => (fake.fault = () => ({ status: 200, body: { login: 'first' } })), /not what its API describes/],
  ])('%s', async (_, change, message) => {
    change()
    const run = looking()
    await expect(run.collect()).rejects.toThrow(message)
    expect(run.facts.size).toBe(0)
  })

  test('ask for patience, and be given it', async () => {
    let refused = 0
    fake.fault = (path) => (path.includes('/deployments') && refused++ === 0 ? { status: 429, headers: { 'retry-after': '0' } } : null)
    const run = looking()
    await run.collect()
    expect(refused).toBeGreaterThan(1)
    expect(idsOf(run, 'deployment')).toHaveLength(1)
  })

  test('forbid one list: the others are read, and it never looks like an empty one', async () => {
    fake.fault = (path) => (path.includes('/issues') ? { status: 403 } : null)
    const run = looking()
    await expect(run.collect()).rejects.toThrow(/forbids reading issues of acme\/payments\/shop \(403\)/)
    expect(idsOf(run, 'deployment')).toHaveLength(1)
    expect(idsOf(run, 'change')).toHaveLength(1)
    fake.fault = () => null
    await run.collect()
    expect(idsOf(run, 'incident')).toHaveLength(1)
  })

  test('lose one of the named projects: the others are read', async () => {
    const run = looking({ group: undefined, projects: ['acme/payments/shop', 'acme/gone'] })
    await expect(run.collect()).rejects.toThrow(/no project acme\/gone that this token can see/)
    expect(idsOf(run, 'deployment')).toHaveLength(1)
  })

  test('be stopped', async () => {
    const stop = new AbortController()
    const run = looking()
    run.ctx.signal = stop.signal
    fake.afterAnswer = () => stop.abort()
    await expect(run.collect()).rejects.toThrow(/abort/i)
  })
})

describe('what a delivery names', () => {
  test('ends in the same facts as a collection', async () => {
    const [all, pushed] = [looking(), looking()]
    const whole = { ...shop, deployments: [], merges: [], issues: [] }
    const full = { deployments: shop.deployments, merges: shop.merges, issues: shop.issues }
    Object.assign(shop, whole)
    await pushed.collect()
    Object.assign(shop, full)
    await pushed.refresh([`${shop.id} deployment 1`, `${shop.id} merge 1`, `${shop.id} issue 1`, `${shop.id} push 0`])
    await all.collect()
    expect([...pushed.facts].sort()).toEqual([...all.facts].sort())
    const before = [...pushed.facts].sort()
    await pushed.collect()
    expect([...pushed.facts].sort()).toEqual(before)
  })

  test('may be gone, of a project that is not collected, or no name at all', async () => {
    const run = looking()
    await run.collect()
    await run.refresh([`${shop.id} deployment 99`, '4711 deployment 1', 'no name', ''])
    expect(idsOf(run, 'deployment')).toHaveLength(1)
  })

  test('that is no incident any more is withdrawn', async () => {
    const run = looking()
    await run.collect()
    shop.issues[0] = issue(1, { issue_type: 'issue', updated_at: iso('12:00') })
    await run.refresh([`${shop.id} issue 1`])
    expect(idsOf(run, 'incident')).toEqual([])
  })
})
