/** What the fake of GitHub knows: plain data that a test builds by hand, generates, or changes while the server runs. */
import { createHash } from 'node:crypto'

/** `[bot]` at the end of a login makes a Bot; other kinds than User are named in `World.accounts`. */
export interface Account {
  id: number
  login: string
  type: 'User' | 'Bot' | 'Organization' | 'Mannequin'
}

export interface Person {
  name: string
  email: string
  /** The account that owns the email address; null for an address that nobody claims. */
  login: string | null
}

/** Instants are ISO 8601 in UTC without milliseconds, as GitHub writes them: text order is time order. */
export interface Commit {
  oid: string
  parents: string[]
  authoredDate: string
  committedDate: string
  message: string
  author: Person
  committer?: Person
}

export interface Tag {
  name: string
  /** The tagged commit. */
  oid: string
  annotated?: { oid: string; date: string; name: string; email: string; message: string }
}

export interface Review {
  id: number
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING'
  submittedAt: string
  author: string | null
}

export interface TimelineEvent {
  type: 'ReadyForReviewEvent' | 'ConvertToDraftEvent' | 'ClosedEvent' | 'ReopenedEvent' | 'MergedEvent' | 'LabeledEvent' | 'UnlabeledEvent'
  createdAt: string
  actor: string | null
  label?: string
  stateReason?: StateReason
}

export type StateReason = 'completed' | 'not_planned' | 'reopened' | 'duplicate' | null

export interface Pull {
  id: number
  number: number
  title: string
  body: string | null
  draft: boolean
  createdAt: string
  updatedAt: string
  mergedAt: string | null
  closedAt: string | null
  mergedBy: string | null
  mergeCommit: string | null
  head: string
  headOid: string
  base: string
  author: string | null
  additions: number
  deletions: number
  changedFiles: number
  /** Their names, where they matter. */
  files?: string[]
  labels: string[]
  commits: Commit[]
  reviews: Review[]
  timeline: TimelineEvent[]
  fork: boolean
}

export interface Issue {
  id: number
  number: number
  title: string
  body: string | null
  labels: string[]
  author: string | null
  createdAt: string
  updatedAt: string
  closedAt: string | null
  stateReason: StateReason
  timeline: TimelineEvent[]
}

export type DeploymentState = 'success' | 'failure' | 'error' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'waiting'

export interface DeploymentStatus {
  id: number
  state: DeploymentState
  createdAt: string
  updatedAt: string
  description: string
  logUrl: string
  environmentUrl: string
  creator: string
}

export interface Deployment {
  id: number
  environment: string
  originalEnvironment: string
  task: string
  description: string | null
  payload: Record<string, unknown> | string
  oid: string
  ref: string
  creator: string
  createdAt: string
  updatedAt: string
  /** Oldest first. */
  statuses: DeploymentStatus[]
  production: boolean
  transient: boolean
}

export interface Release {
  id: number
  name: string | null
  tag: string
  target: string
  draft: boolean
  prerelease: boolean
  createdAt: string
  publishedAt: string | null
  author: string
  body: string | null
}

export interface Workflow {
  id: number
  name: string
  path: string
  createdAt: string
}

export type RunStatus = 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending'
export type Conclusion =
  | 'success'
  | 'failure'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'neutral'
  | 'action_required'
  | 'stale'
  | 'startup_failure'
  | null

export interface Job {
  id: number
  name: string
  status: RunStatus
  conclusion: Conclusion
  createdAt: string
  startedAt: string
  completedAt: string | null
}

export interface RunAttempt {
  status: RunStatus
  conclusion: Conclusion
  startedAt: string
  updatedAt: string
  actor: string
  jobs: Job[]
}

export interface WorkflowRun {
  id: number
  workflowId: number
  title: string
  event: string
  branch: string
  oid: string
  number: number
  createdAt: string
  actor: string
  /** The first attempt first; the last one is what lists of runs show. */
  attempts: RunAttempt[]
}

export interface Repository {
  id: number
  nodeId: string
  owner: string
  name: string
  /** Former `owner/name`s: REST redirects from them, GraphQL resolves them. */
  formerNames: string[]
  private: boolean
  archived: boolean
  fork: boolean
  /** True: nobody's token sees it any longer. */
  hidden: boolean
  defaultBranch: string
  createdAt: string
  updatedAt: string
  pushedAt: string
  /** A real bare repository, served over smart http; its refs and commits take the place of `branches`, `tags` and `commits`. */
  gitDir: string | null
  branches: Record<string, string>
  tags: Tag[]
  commits: Commit[]
  pulls: Pull[]
  issues: Issue[]
  deployments: Deployment[]
  releases: Release[]
  workflows: Workflow[]
  runs: WorkflowRun[]
}

export interface World {
  /** Where pages and git repositories are, without a final slash; `startGithub` sets it to the server's own address. */
  url: string
  accounts: Record<string, Account>
  repositories: Repository[]
  nextId: number
}

export function createWorld(accounts: Account[] = []): World {
  const byLogin = Object.fromEntries(accounts.map((account) => [account.login, account]))
  return { url: 'https://github.example', accounts: byLogin, repositories: [], nextId: 1000 }
}

export function nextId(world: World): number {
  world.nextId += 1
  return world.nextId
}

export function addRepository(world: World, fields: Partial<Repository> & { name: string }): Repository {
  const id = fields.id ?? nextId(world)
  const createdAt = fields.createdAt ?? '2024-01-01T00:00:00Z'
  const repository: Repository = {
    id,
    nodeId: `R_${Buffer.from(String(id)).toString('base64url')}`,
    owner: 'acme',
    formerNames: [],
    private: true,
    archived: false,
    fork: false,
    hidden: false,
    defaultBranch: 'main',
    createdAt,
    updatedAt: fields.pushedAt ?? createdAt,
    pushedAt: createdAt,
    gitDir: null,
    branches: {},
    tags: [],
    commits: [],
    pulls: [],
    issues: [],
    deployments: [],
    releases: [],
    workflows: [],
    runs: [],
    ...fields,
  }
  world.repositories.push(repository)
  return repository
}

export function fullName(repository: Repository): string {
  return `${repository.owner}/${repository.name}`
}

/** Names are compared without case, like GitHub does. `renamed` tells that the name is a former one. */
export function findRepository(world: World, owner: string, name: string): { repository: Repository; renamed: boolean } | null {
  const wanted = `${owner}/${name}`.toLowerCase()
  for (const repository of world.repositories) if (fullName(repository).toLowerCase() === wanted) return { repository, renamed: false }
  for (const repository of world.repositories)
    if (repository.formerNames.some((former) => former.toLowerCase() === wanted)) return { repository, renamed: true }
  return null
}

export function accountOf(world: World, login: string): Account {
  const known = world.accounts[login]
  if (known) return known
  const isOwner = world.repositories.some((repository) => repository.owner === login)
  const type = login.endsWith('[bot]') ? 'Bot' : isOwner ? 'Organization' : 'User'
  const account: Account = { id: createHash('sha1').update(login).digest().readUInt32BE() >>> 4, login, type }
  world.accounts[login] = account
  return account
}

/** The instant in GitHub's way of writing. */
export function iso(at: Date | number | string): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** An object name that depends on nothing but the text. */
export function oidOf(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
