/** Just the fields that are read of GitHub's answers and deliveries. */
import { z } from 'zod'

/** Times are kept as GitHub writes them: RFC 3339, in UTC. */
const Time = z.string().regex(/^\d{4}-\d\d-\d\dT/)
const Oid = z.string().regex(/^[0-9a-f]{40,64}$/)
const Actor = z.object({ __typename: z.string(), login: z.string() }).nullable()

function connection<T extends z.ZodType>(node: T) {
  return z.object({
    totalCount: z.int().optional(),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }).optional(),
    nodes: z.array(node.nullable()).transform((nodes) => nodes.filter((one): one is NonNullable<typeof one> => one !== null)),
  })
}

const PullCommit = z.object({
  commit: z.object({
    oid: Oid,
    authoredDate: Time,
    committedDate: Time,
    message: z.string(),
    author: z.object({ name: z.string().nullable(), email: z.string().nullable() }).nullable(),
    /** Not asked for with a pull request: it would cost six times as much. */
    parents: z.object({ nodes: z.array(z.object({ oid: Oid }).nullable()) }).optional(),
  }),
})
export type PullCommit = z.output<typeof PullCommit>

export const PullRequest = z.object({
  id: z.string(),
  number: z.int(),
  title: z.string(),
  body: z.string().nullable(),
  url: z.string(),
  createdAt: Time,
  updatedAt: Time,
  mergedAt: Time.nullable(),
  mergeCommit: z.object({ oid: Oid, message: z.string(), parents: z.object({ totalCount: z.int() }) }).nullable(),
  headRefName: z.string(),
  baseRefName: z.string(),
  author: Actor,
  additions: z.int(),
  deletions: z.int(),
  changedFiles: z.int(),
  labels: connection(z.object({ name: z.string() })).nullable(),
  commits: connection(PullCommit),
  reviews: connection(z.object({ state: z.string(), submittedAt: Time.nullable(), author: Actor })).nullable(),
  timelineItems: connection(z.object({ createdAt: Time.optional() })),
})
export type PullRequest = z.output<typeof PullRequest>

export const PullCommits = connection(PullCommit)

export const Deployment = z.object({
  id: z.string(),
  databaseId: z.int().nullable(),
  environment: z.string().nullable(),
  createdAt: Time,
  updatedAt: Time,
  commitOid: z.string(),
  ref: z.object({ name: z.string(), prefix: z.string() }).nullable(),
  statuses: connection(z.object({ state: z.string(), createdAt: Time, logUrl: z.string().nullable() })).nullable(),
})
export type Deployment = z.output<typeof Deployment>

export const Release = z.object({
  id: z.string(),
  name: z.string().nullable(),
  tagName: z.string(),
  isPrerelease: z.boolean(),
  isDraft: z.boolean(),
  createdAt: Time,
  publishedAt: Time.nullable(),
  updatedAt: Time,
  url: z.string(),
  tagCommit: z.object({ oid: Oid }).nullable(),
})
export type Release = z.output<typeof Release>

export const Issue = z.object({
  id: z.string(),
  number: z.int(),
  title: z.string(),
  body: z.string().nullable(),
  url: z.string(),
  state: z.enum(['OPEN', 'CLOSED']),
  createdAt: Time,
  updatedAt: Time,
  closedAt: Time.nullable(),
  labels: connection(z.object({ name: z.string() })).nullable(),
})
export type Issue = z.output<typeof Issue>

const Head = z.object({ name: z.string(), target: z.object({ oid: Oid }).nullable() }).nullable()

/** One page of each list that was asked for; null where the token may not read it. */
export const RepositoryPage = z.object({
  id: z.string(),
  databaseId: z.int(),
  nameWithOwner: z.string(),
  pushedAt: Time.nullable(),
  defaultBranchRef: Head.optional(),
  pullRequests: connection(PullRequest).nullable().optional(),
  deployments: connection(Deployment).nullable().optional(),
  issues: connection(Issue).nullable().optional(),
  releases: connection(Release).nullable().optional(),
})
export type RepositoryPage = z.output<typeof RepositoryPage>

/** What tells whether anything is new. */
export const Probe = z.object({
  id: z.string(),
  databaseId: z.int(),
  nameWithOwner: z.string(),
  pushedAt: Time.nullable(),
  defaultBranchRef: Head.optional(),
  pullRequests: connection(z.object({ updatedAt: Time }))
    .nullable()
    .optional(),
  deployments: connection(z.object({ id: z.string() }))
    .nullable()
    .optional(),
  issues: connection(z.object({ updatedAt: Time }))
    .nullable()
    .optional(),
  releases: connection(z.object({ id: z.string(), updatedAt: Time }))
    .nullable()
    .optional(),
})
export type Probe = z.output<typeof Probe>

/** As REST lists repositories. */
export const ListedRepository = z.object({
  id: z.int(),
  node_id: z.string(),
  full_name: z.string(),
  archived: z.boolean(),
  fork: z.boolean(),
  default_branch: z.string().nullable().optional(),
  pushed_at: z.string().nullable().optional(),
})
export type ListedRepository = z.output<typeof ListedRepository>

export const WorkflowRun = z.object({
  id: z.int(),
  run_attempt: z.int().default(1),
  name: z.string().nullable().optional(),
  path: z.string().optional(),
  display_title: z.string().optional(),
  head_branch: z.string().nullable(),
  head_sha: Oid,
  event: z.string(),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  created_at: Time,
  updated_at: Time,
  run_started_at: Time.optional(),
  html_url: z.string(),
})
export type WorkflowRun = z.output<typeof WorkflowRun>

export const WorkflowRuns = z.object({ total_count: z.int(), workflow_runs: z.array(WorkflowRun) })
export type WorkflowRuns = z.output<typeof WorkflowRuns>

export const WorkflowJob = z.object({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  started_at: Time.nullable(),
  completed_at: Time.nullable(),
  html_url: z.string().nullable(),
})
export type WorkflowJob = z.output<typeof WorkflowJob>

export const WorkflowJobs = z.object({ total_count: z.int(), jobs: z.array(WorkflowJob) })
export type WorkflowJobs = z.output<typeof WorkflowJobs>
