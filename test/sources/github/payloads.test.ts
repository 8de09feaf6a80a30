/** Answers and deliveries that were recorded at GitHub; the folder with them is no part of the project. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { Fact } from '../../../server/facts.ts'
import { Deployment, PullCommits, PullRequest, WorkflowJob, WorkflowRun } from '../../../server/sources/github/payloads.ts'
import { githubReceiver } from '../../../server/sources/github/receive.ts'
import type { EnvironmentsRule, Ruling, WorkflowRule } from '../../../server/sources/github/rules.ts'
import { commitFact, deploymentFact, type Filing, pullFacts, runFact } from '../../../server/sources/github/to-facts.ts'
import { optionsOf, rulings, signed, webhookSecret } from '../../support/github-things.ts'

const folder = fileURLToPath(new URL('../../../../shared/payloads/github', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.info(`No recorded payloads beside the repository at ../shared/payloads/github: their tests are left out.`)

const read = new Set<string>()

// biome-ignore lint/suspicious/noExplicitAny: any JSON
function payload(file: string): any {
  read.add(file)
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
}

/** Of a list that was recorded with the address of each. */
// biome-ignore lint/suspicious/noExplicitAny: any JSON
function bodies(file: string): any[] {
  return payload(file).map(({ body }: { body: unknown }) => body)
}

const filingOf = (repository: string): Filing => ({ sourceId: 'hub', repository, web: 'https://github.com' })
const ants = filingOf('panjf2000/ants')
const time = (text: string) => Date.parse(text)

describe.runIf(isThere)('recorded payloads', () => {
  afterAll(() => {
    const recorded = readdirSync(folder).filter((file) => file.endsWith('.json'))
    expect([...read].sort(), 'every file is read').toEqual(recorded.sort())
  })

  describe('deployments', () => {
    interface Flattened {
      Id: string
      DatabaseId: number
      Environment: string
      CommitOid: string
      CreatedAt: string
      UpdatedAt: string
      Ref: { Name: string; Prefix: string }
      Statuses?: { nodes: { state: string; updatedAt: string }[] }
      LatestStatus: { State: string; updatedAt: string }
    }

    /**
     * The recording has names in capitals, of statuses only the time of their change (they never change), and for older ones just the
     * latest status.
     */
    function nodeOf(flat: Flattened): Deployment {
      const statuses = flat.Statuses?.nodes ?? [{ state: flat.LatestStatus.State, updatedAt: flat.LatestStatus.updatedAt }]
      return Deployment.parse({
        id: flat.Id,
        databaseId: flat.DatabaseId,
        environment: flat.Environment,
        createdAt: flat.CreatedAt,
        updatedAt: flat.UpdatedAt,
        commitOid: flat.CommitOid,
        ref: { name: flat.Ref.Name, prefix: flat.Ref.Prefix },
        statuses: { nodes: statuses.map(({ state, updatedAt }) => ({ state, createdAt: updatedAt, logUrl: null })) },
      })
    }

    const own = rulings({ deployments: { environments: { production: '^github-pages$' } } }).environments as Ruling<EnvironmentsRule>
    const facts = () =>
      bodies('graphql_deployments_devlake_flattened.json').map((flat) => deploymentFact(nodeOf(flat), own, filingOf('facebook/OpenBIC')))

    test('one that is live', () => {
      expect(facts()[0]).toEqual({
        kind: 'deployment',
        source: 'hub',
        id: 'facebook/OpenBIC/deployments/3881429895',
        url: 'https://github.com/facebook/OpenBIC/deployments',
        updatedAt: time('2026-02-20T00:30:59Z'),
        service: 'facebook/OpenBIC',
        repository: 'facebook/OpenBIC',
        environment: 'github-pages',
        tier: 'production',
        commit: '0916a0afdfa825779c892a8951bde706a054d352',
        status: 'succeeded',
        startedAt: time('2026-02-20T00:30:40Z'),
        finishedAt: time('2026-02-20T00:30:59Z'),
        reported: 'event',
      })
    })

    test('one that was replaced went live when it first succeeded', () => {
      expect(facts()[1]).toMatchObject({
        id: 'facebook/OpenBIC/deployments/3839563910',
        commit: '74962aec9820f7e3a6f1e60f54b4ce8c747e1e1f',
        status: 'succeeded',
        startedAt: time('2026-02-14T00:32:20Z'),
        finishedAt: time('2026-02-14T00:32:36Z'),
        updatedAt: time('2026-02-14T00:32:36Z'),
      })
    })

    test('those of which just the last status is known', () => {
      expect(facts().slice(2)).toMatchObject([
        { id: 'facebook/OpenBIC/deployments/1670973641', status: 'cancelled', finishedAt: time('2024-08-02T00:18:13Z') },
        { id: 'facebook/OpenBIC/deployments/1693412381', status: 'cancelled', finishedAt: time('2024-08-03T00:17:54Z') },
        { id: 'facebook/OpenBIC/deployments/1696032217', status: 'cancelled', finishedAt: time('2024-08-06T00:18:22Z') },
        { id: 'facebook/OpenBIC/deployments/1701084484', status: 'cancelled', finishedAt: time('2024-08-08T00:18:13Z') },
        {
          id: 'facebook/OpenBIC/deployments/1707033729',
          status: 'succeeded',
          startedAt: time('2024-08-08T00:17:56Z'),
          finishedAt: time('2024-08-08T00:18:12Z'),
          updatedAt: time('2024-08-08T00:18:12Z'),
        },
      ])
    })
  })

  describe('pull requests', () => {
    /** REST lists neither sizes nor how it was merged: a merge commit stands for the latter. */
    // biome-ignore lint/suspicious/noExplicitAny: any JSON
    function nodeOf(rest: any): PullRequest {
      return PullRequest.parse({
        id: rest.node_id,
        number: rest.number,
        title: rest.title,
        body: rest.body,
        url: rest.html_url,
        createdAt: rest.created_at,
        updatedAt: rest.updated_at,
        mergedAt: rest.merged_at,
        mergeCommit:
          rest.merged_at === null
            ? null
            : { oid: rest.merge_commit_sha, message: `Merge pull request #${rest.number}`, parents: { totalCount: 2 } },
        headRefName: rest.head.ref,
        baseRefName: rest.base.ref,
        author: { __typename: rest.user.type, login: rest.user.login },
        additions: 0,
        deletions: 0,
        changedFiles: 0,
        labels: { nodes: rest.labels },
        commits: { nodes: [] },
        reviews: { nodes: [] },
        timelineItems: { nodes: [] },
      })
    }

    const facts = (index: number): Fact[] => pullFacts(nodeOf(bodies('rest_pull_requests.json')[index]), [], ants)

    test('one that was merged', () => {
      expect(facts(0)).toEqual([
        {
          kind: 'change',
          source: 'hub',
          id: 'panjf2000/ants#4',
          url: 'https://github.com/panjf2000/ants/pull/4',
          updatedAt: time('2018-08-29T04:11:46Z'),
          service: 'panjf2000/ants',
          repository: 'panjf2000/ants',
          title: 'pre-allocate the capacity of the worker list'.repeat(18),
          author: 'barryz',
          openedAt: time('2018-07-25T08:19:30Z'),
          mergedAt: time('2018-07-26T02:32:41Z'),
          mergeCommit: '3ddd58c390b0f928a5782c235f90ad0c9c21312c',
          commits: [],
          labels: ['enhancement'],
          headBranch: 'pre_allocate',
          baseBranch: 'master',
          mergeMethod: 'merge',
          additions: 0,
          deletions: 0,
          files: 0,
        },
      ])
    })

    test('one of a title that is longer than what is kept', () => {
      expect(facts(1)).toMatchObject([
        { id: 'panjf2000/ants#4', title: 'pre-allocate the capacity of the worker list'.repeat(27).slice(0, 1000) },
      ])
    })

    test('one that was closed is no change, though it names a merge commit', () => {
      expect(bodies('rest_pull_requests.json')[2].merge_commit_sha).toBe('74ba726f34abe487b7defac6bb9bebf24d342377')
      expect(facts(2)).toEqual([])
    })
  })

  test('commits of pull requests', () => {
    const facts = bodies('rest_pull_request_commits.json').map(({ sha, commit, parents }) => {
      const node = {
        oid: sha,
        authoredDate: commit.author.date,
        committedDate: commit.committer.date,
        message: commit.message,
        author: commit.author,
        parents: { nodes: parents.map((parent: { sha: string }) => ({ oid: parent.sha })) },
      }
      return PullCommits.parse({ nodes: [{ commit: node }] }).nodes.map((one) => commitFact(one.commit, ants))[0]
    })
    const panic = {
      kind: 'commit',
      source: 'hub',
      repository: 'panjf2000/ants',
      sha: '5bbc9e170bbee27c37bcc30da3da75b4531d1edb',
      parents: ['812dd4e01075be3cf97429a43abaf6837908cdcd'],
      authoredAt: time('2019-01-21T10:57:23Z'),
      committedAt: time('2019-01-22T05:09:19Z'),
      author: 'Cholerae Hu <user@example.com>',
      message: 'feature: add PanicHandler\n\nSigned-off-by: Cholerae Hu <user@example.com>',
    }
    expect(facts).toEqual([
      panic,
      panic,
      {
        ...panic,
        sha: '2fa305b66b7b4bd8116ef9c7635396ae6a3a9c68',
        parents: ['6c322c6373bf93124a8ac976e1ea57d919d6b83f', '7f82498abcec1ec09cce5634f6cbf4fcc3fff81c'],
        authoredAt: time('2018-08-04T02:49:26Z'),
        committedAt: time('2018-08-04T02:49:26Z'),
        author: 'Andy Pan <user@example.com>',
        message: "Merge branch 'develop'",
      },
      {
        ...panic,
        sha: 'ec5d1f3b8107265cb53536975504c7cda4f6d68f',
        parents: ['4ae3fb8dc413492862469027bb58cb45b77338f1'],
        authoredAt: time('2019-04-04T11:52:12Z'),
        committedAt: time('2019-04-04T11:52:12Z'),
        author: 'Sarath Sadasivan Pillai <user@example.com>',
        message: 'goreport: lint warning on code comment structure\n\nAdded a newline between group comment and exported variable line 😄',
      },
    ])
  })

  describe('runs of workflows', () => {
    const own = (rule: object = {}) => rulings({ deployments: { workflow: 'any', ...rule } }).workflows[0] as Ruling<WorkflowRule>

    test('each is a deployment of its commit', () => {
      const facts = bodies('rest_workflow_runs.json').map((run) =>
        runFact(WorkflowRun.parse(run), null, own({ branch: true }), 'master', ants),
      )
      expect(facts[0]).toEqual({
        kind: 'deployment',
        source: 'hub',
        id: 'panjf2000/ants/actions/runs/2983238245/attempts/1',
        url: 'https://github.com/panjf2000/ants/actions/runs/2983238245',
        updatedAt: time('2022-09-03T05:16:16Z'),
        service: 'panjf2000/ants',
        repository: 'panjf2000/ants',
        environment: 'production',
        tier: 'production',
        commit: '06e6934c35c336b1a2bd3005fb21dc3914a45747',
        status: 'succeeded',
        startedAt: time('2022-09-03T05:15:09Z'),
        finishedAt: time('2022-09-03T05:16:16Z'),
        reported: 'event',
      })
      const of = (id: number, start: string, end: string) => ({
        id: `panjf2000/ants/actions/runs/${id}/attempts/1`,
        status: 'succeeded',
        startedAt: time(start),
        finishedAt: time(end),
      })
      expect(facts.slice(1)).toMatchObject([
        of(2938072864, '2022-08-27T05:13:50Z', '2022-08-27T05:15:06Z'),
        of(2893573709, '2022-08-20T05:04:53Z', '2022-08-20T05:06:10Z'),
        of(2850801364, '2022-08-13T05:02:51Z', '2022-08-13T05:03:45Z'),
        of(2807709308, '2022-08-06T05:02:43Z', '2022-08-06T05:03:58Z'),
        of(2764660507, '2022-07-30T05:06:06Z', '2022-07-30T05:07:04Z'),
      ])
    })

    test('jobs that were cancelled deployed nothing', () => {
      // The run of these jobs is not among those recorded: another stands for it.
      const run = WorkflowRun.parse({ ...bodies('rest_workflow_runs.json')[0], id: 577324554, updated_at: '2021-02-18T07:01:19Z' })
      const facts = bodies('rest_workflow_jobs.json').map((job) =>
        runFact(run, WorkflowJob.parse(job), own({ job: job.name }), 'master', ants),
      )
      const of = (name: string, id: number, start: string, end: string) => ({
        id: `panjf2000/ants/actions/runs/577324554/attempts/1/jobs/${name}`,
        url: `https://github.com/panjf2000/ants/runs/${id}?check_suite_focus=true`,
        status: 'cancelled',
        startedAt: time(start),
        finishedAt: time(end),
      })
      expect(facts).toMatchObject([
        of('deployubuntu', 1924918171, '2021-02-18T06:59:13Z', '2021-02-18T07:01:18Z'),
        of('deploymacos', 1924918191, '2021-02-18T06:59:21Z', '2021-02-18T07:01:18Z'),
        of('deploywindows', 1924918205, '2021-02-18T06:59:15Z', '2021-02-18T07:01:09Z'),
        of('deployubuntu', 1924918228, '2021-02-18T06:59:13Z', '2021-02-18T07:01:18Z'),
      ])
    })

    test('those within deliveries are of the same shape', () => {
      const shop = filingOf('octo-org/octo-repo')
      // They were queued when they were sent; as they are once they began.
      const fact = (file: string) => {
        const run = WorkflowRun.parse(payload(file).workflow_run)
        expect(runFact(run, null, own(), 'main', shop)).toBeNull()
        return runFact({ ...run, status: 'in_progress' }, null, own(), 'main', shop)
      }
      expect(fact('webhook_workflow_run_completed.json')).toMatchObject({
        id: 'octo-org/octo-repo/actions/runs/1589141559/attempts/1',
        status: 'running',
        startedAt: time('2021-12-16T19:37:22Z'),
      })
      expect(fact('webhook_workflow_run_requested.json')).toMatchObject({
        id: 'octo-org/octo-repo/actions/runs/289782451/attempts/1',
        status: 'running',
        startedAt: time('2020-10-05T16:33:49Z'),
      })
      expect(WorkflowJob.parse(payload('webhook_workflow_job_completed.json').workflow_job)).toMatchObject({
        name: 'linters',
        conclusion: 'failure',
      })
    })
  })

  describe('deliveries', () => {
    const options = optionsOf({ webhookSecret })

    function take(event: string, body: unknown) {
      const delivery = signed(event, body)
      const { keep } = githubReceiver.accept(options, delivery)
      return { keep, ...githubReceiver.read(options, delivery) }
    }

    test.each<[string, string, string[] | null]>([
      ['webhook_deployment_created.json', 'deployment', ['186853002 deployment MDEwOkRlcGxveW1lbnQxNDU5ODg3NDY=']],
      ['webhook_deployment_status_0_success.json', 'deployment_status', ['186853002 deployment MDEwOkRlcGxveW1lbnQxNDU5ODg3NDY=']],
      ['webhook_deployment_status_1_in_progress.json', 'deployment_status', ['186853002 deployment MDEwOkRlcGxveW1lbnQxNDU5ODg3NDY=']],
      ['webhook_deployment_status_2_success.json', 'deployment_status', ['186853002 deployment MDEwOkRlcGxveW1lbnQxNDU5ODg3NDY=']],
      ['webhook_issues_labeled.json', 'issues', ['186853002 issue MDU6SXNzdWU0NDQ1MDAwNDE=']],
      ['webhook_issues_opened.json', 'issues', ['186853002 issue MDU6SXNzdWU0NDQ1MDAwNDE=']],
      ['webhook_pull_request_closed.json', 'pull_request', []],
      ['webhook_push.json', 'push', ['186853002 push']],
      ['webhook_push_tag.json', 'push', ['186853002 push']],
      ['webhook_release_published.json', 'release', ['186853002 release MDc6UmVsZWFzZTE3MzcyNzkw']],
      ['webhook_workflow_job_completed.json', 'workflow_job', null],
      ['webhook_workflow_run_completed.json', 'workflow_run', ['283462325 run 1589141559']],
      ['webhook_workflow_run_requested.json', 'workflow_run', ['300029405 run 289782451']],
    ])('%s', (file, event, changed) => {
      expect(take(event, payload(file))).toEqual({ keep: changed !== null, facts: [], changed: changed ?? [] })
    })

    test('a pull request that was merged', () => {
      // None was recorded: the one that was closed is given what a merge would have set.
      const body = payload('webhook_pull_request_closed.json')
      Object.assign(body.pull_request, {
        merged: true,
        merged_at: '2019-05-15T15:21:18Z',
        merge_commit_sha: 'c4295bd74fb0f4fda03689c3df3f2803b658fd85',
      })
      expect(take('pull_request', body).changed).toEqual(['186853002 pull MDExOlB1bGxSZXF1ZXN0Mjc5MTQ3NDM3'])
    })
  })
})
