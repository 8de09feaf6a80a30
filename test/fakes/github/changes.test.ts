/** Changes of the world: what they leave behind, and the webhooks that tell of them. */
import { beforeEach, expect, it } from 'vitest'
import { addDeployment, addStatus, addTag, addWorkflow, completeRun, publishRelease, rerun, startRun } from './change-deliveries.ts'
import {
  closeIssue,
  editIssue,
  labelIssue,
  openIssue,
  removeRepository,
  renameRepository,
  reopenIssue,
  unlabelIssue,
} from './change-issues.ts'
import { closePull, mergePull, newCommit, openPull, pushCommit, pushToPull, reopenPull, reviewPull } from './change-pulls.ts'
import { commitGraph } from './commit-graph.ts'
import { deliver, type WebhookEvent } from './webhook-event.ts'
import { addRepository, createWorld, type Repository, type World } from './world.ts'

let world: World
let repository: Repository

beforeEach(() => {
  world = createWorld()
  repository = addRepository(world, { owner: 'acme', name: 'shop' })
  pushCommit(world, repository, '2026-01-01T10:00:00Z', { message: 'Start' })
})

function names(events: WebhookEvent[]): string[] {
  return events.map(({ name, payload }) => [name, payload.action].filter(Boolean).join(' '))
}

it.each([
  { method: 'merge', landed: 3, parents: 2 },
  { method: 'squash', landed: 1, parents: 1 },
  { method: 'rebase', landed: 2, parents: 1 },
] as const)('lands a pull request by $method', ({ method, landed, parents }) => {
  const start = repository.branches.main as string
  const one = newCommit(world, '2026-02-01T08:00:00Z', { parents: [start] })
  const two = newCommit(world, '2026-02-01T09:00:00Z', { parents: [one.oid] })
  const { item: pull, events: opened } = openPull(world, repository, '2026-02-01T10:00:00Z', { title: 'Cart', commits: [one, two] })
  const { events } = mergePull(world, repository, pull, '2026-02-02T10:00:00Z', { method, by: 'ada' })
  expect(names([...opened, ...events])).toEqual(['pull_request opened', 'pull_request closed', 'push'])
  const [closed, push] = events
  const tip = repository.branches.main as string
  expect(closed?.payload.pull_request).toMatchObject({ merged: true, merge_commit_sha: tip, merged_by: { login: 'ada' } })
  expect(push?.payload).toMatchObject({ ref: 'refs/heads/main', before: start, after: tip })
  expect(push?.payload.commits).toHaveLength(landed)
  const graph = commitGraph(repository)
  expect(graph.commits.get(tip)?.parents).toHaveLength(parents)
  expect(graph.history(tip).at(-1)?.oid).toBe(start)
  expect(repository.pushedAt).toBe('2026-02-02T10:00:00Z')
})

it('closes, reopens and reviews a pull request', () => {
  const { item: pull } = openPull(world, repository, '2026-02-01T10:00:00Z', { title: 'Cart' })
  const later = newCommit(world, '2026-02-01T11:00:00Z', { parents: [pull.headOid] })
  const pushed = pushToPull(world, repository, pull, '2026-02-01T11:00:00Z', [later]).events
  expect(pushed[0]?.payload).toMatchObject({ action: 'synchronize', after: later.oid, pull_request: { commits: 2 } })
  const events = [
    ...closePull(world, repository, pull, '2026-02-02T10:00:00Z').events,
    ...reopenPull(world, repository, pull, '2026-02-03T10:00:00Z').events,
    ...reviewPull(world, repository, pull, '2026-02-04T10:00:00Z', { author: 'ada', state: 'CHANGES_REQUESTED' }).events,
  ]
  expect(names(events)).toEqual(['pull_request closed', 'pull_request reopened', 'pull_request_review submitted'])
  expect(events[0]?.payload.pull_request).toMatchObject({ merged: false, closed_at: '2026-02-02T10:00:00Z' })
  expect(events[2]?.payload.review).toMatchObject({ state: 'changes_requested' })
  expect(pull).toMatchObject({ closedAt: null, updatedAt: '2026-02-04T10:00:00Z' })
})

it('opens, labels, edits, closes and reopens an issue', () => {
  const { item: issue, events } = openIssue(world, repository, '2026-02-01T10:00:00Z', { title: 'Down' })
  events.push(...labelIssue(world, repository, issue, '2026-02-01T10:01:00Z', 'incident').events)
  events.push(...editIssue(world, repository, issue, '2026-02-01T10:02:00Z', { body: 'Caused by #1' }).events)
  events.push(...closeIssue(world, repository, issue, '2026-02-01T11:00:00Z').events)
  events.push(...reopenIssue(world, repository, issue, '2026-02-01T12:00:00Z').events)
  events.push(...unlabelIssue(world, repository, issue, '2026-02-01T13:00:00Z', 'incident').events)
  expect(names(events)).toEqual([
    'issues opened',
    'issues labeled',
    'issues edited',
    'issues closed',
    'issues reopened',
    'issues unlabeled',
  ])
  expect(events[1]?.payload).toMatchObject({ label: { name: 'incident' }, issue: { labels: [{ name: 'incident' }] } })
  expect(events[2]?.payload.changes).toEqual({ body: { from: null } })
  expect(events[3]?.payload.issue).toMatchObject({ state: 'closed', state_reason: 'completed', closed_at: '2026-02-01T11:00:00Z' })
  expect(issue).toMatchObject({ labels: [], closedAt: null, stateReason: 'reopened', updatedAt: '2026-02-01T13:00:00Z' })
})

it('deploys, and makes the success before inactive', () => {
  const { item: old } = addDeployment(world, repository, '2026-02-01T10:00:00Z', { environment: 'production' })
  addStatus(world, repository, old, '2026-02-01T10:05:00Z', 'success')
  const workflow = addWorkflow(world, repository, '2026-01-01T00:00:00Z', { path: '.github/workflows/deploy.yml' })
  const { item: run, events } = startRun(world, repository, workflow, '2026-02-02T10:00:00Z')
  events.push(...completeRun(world, repository, run, '2026-02-02T10:04:00Z', 'failure', [{ name: 'deploy' }]).events)
  events.push(...rerun(world, repository, run, '2026-02-02T10:10:00Z', 'ada').events)
  const { item: next, events: created } = addDeployment(world, repository, '2026-02-02T10:11:00Z', { environment: 'production' })
  events.push(...created, ...addStatus(world, repository, next, '2026-02-02T10:12:00Z', 'success', {}, run).events)
  events.push(...completeRun(world, repository, run, '2026-02-02T10:13:00Z', 'success', [{ name: 'deploy' }]).events)
  expect(names(events)).toEqual([
    'workflow_run requested',
    'workflow_run completed',
    'workflow_run requested',
    'deployment created',
    'deployment_status created',
    'workflow_run completed',
  ])
  expect(events[1]?.payload.workflow_run).toMatchObject({ run_attempt: 1, conclusion: 'failure', path: '.github/workflows/deploy.yml' })
  expect(events[2]?.payload.workflow_run).toMatchObject({ run_attempt: 2, conclusion: null, triggering_actor: { login: 'ada' } })
  expect(events[4]?.payload).toMatchObject({ deployment_status: { state: 'success' }, workflow_run: { id: run.id } })
  expect(old.statuses.map((status) => status.state)).toEqual(['success', 'inactive'])
  expect(run.attempts.map((attempt) => attempt.conclusion)).toEqual(['failure', 'success'])
})

it('releases and tags', () => {
  const { item, events } = publishRelease(world, repository, '2026-02-03T10:00:00Z', { tag: 'v1' })
  expect(names(events)).toEqual(['release published', 'push'])
  expect(events[1]?.payload).toMatchObject({ ref: 'refs/tags/v1', created: true, commits: [] })
  expect(item).toMatchObject({ createdAt: '2026-01-01T10:00:00Z', publishedAt: '2026-02-03T10:00:00Z' })
  const { item: tag } = addTag(world, repository, '2026-02-04T10:00:00Z', { name: 'v2', annotated: true })
  expect(tag).toMatchObject({ oid: repository.branches.main, annotated: { date: '2026-02-04T10:00:00Z' } })
})

it('renames and removes a repository', () => {
  const { events } = renameRepository(world, repository, '2026-03-01T00:00:00Z', 'store')
  events.push(...removeRepository(world, repository).events)
  expect(names(events)).toEqual(['repository renamed', 'repository deleted'])
  expect(world.repositories).toEqual([])
})

it('keeps the id of an event over its deliveries, and its payload as it was', () => {
  const { item: issue, events } = openIssue(world, repository, '2026-02-01T10:00:00Z', { title: 'Down' })
  const event = events[0] as WebhookEvent
  const first = deliver(event, { secret: 'a', installationId: 7001 })
  closeIssue(world, repository, issue, '2026-02-01T11:00:00Z')
  const second = deliver(event, { secret: 'a', installationId: 7001 })
  expect(second).toEqual(first)
  expect(JSON.parse(first.body)).toMatchObject({ action: 'opened', issue: { state: 'open' }, installation: { id: 7001 } })
  expect(first.headers['X-GitHub-Delivery']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
})
