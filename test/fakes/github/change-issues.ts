/** Changes of issues, labels and of the repository itself, each with the webhooks that it sends. */
import { nextNumber } from './change-pulls.ts'
import { type Change, type WebhookEvent, webhookEvent } from './webhook-event.ts'
import { fullPullJson, issueJson, labelJson } from './work-json.ts'
import { fullName, type Issue, iso, nextId, type Pull, type Repository, type StateReason, type World } from './world.ts'

export type IssueFields = Partial<Issue> & { title: string }

export function openIssue(world: World, repository: Repository, at: string, fields: IssueFields): Change<Issue> {
  const issue: Issue = {
    id: nextId(world),
    number: nextNumber(repository),
    body: null,
    labels: [],
    author: 'octocat',
    createdAt: iso(at),
    updatedAt: iso(at),
    closedAt: null,
    stateReason: null,
    timeline: [],
    ...fields,
  }
  for (const label of issue.labels) issue.timeline.push({ type: 'LabeledEvent', createdAt: iso(at), actor: issue.author, label })
  repository.issues.push(issue)
  return { item: issue, events: [issueEvent(world, repository, issue, 'opened', issue.author)] }
}

export function closeIssue(
  world: World,
  repository: Repository,
  issue: Issue,
  at: string,
  by = issue.author,
  reason: StateReason = 'completed',
): Change<Issue> {
  issue.closedAt = iso(at)
  issue.updatedAt = iso(at)
  issue.stateReason = reason
  issue.timeline.push({ type: 'ClosedEvent', createdAt: iso(at), actor: by, stateReason: reason })
  return { item: issue, events: [issueEvent(world, repository, issue, 'closed', by)] }
}

export function reopenIssue(world: World, repository: Repository, issue: Issue, at: string, by = issue.author): Change<Issue> {
  issue.closedAt = null
  issue.updatedAt = iso(at)
  issue.stateReason = 'reopened'
  issue.timeline.push({ type: 'ReopenedEvent', createdAt: iso(at), actor: by, stateReason: 'reopened' })
  return { item: issue, events: [issueEvent(world, repository, issue, 'reopened', by)] }
}

export function editIssue(
  world: World,
  repository: Repository,
  issue: Issue,
  at: string,
  fields: { title?: string; body?: string | null },
): Change<Issue> {
  const changes = Object.fromEntries(Object.keys(fields).map((field) => [field, { from: issue[field as 'title' | 'body'] }]))
  Object.assign(issue, fields, { updatedAt: iso(at) })
  return { item: issue, events: [issueEvent(world, repository, issue, 'edited', issue.author, { changes })] }
}

/** Of an issue, or of a pull request. */
export function labelIssue<Item extends Issue | Pull>(
  world: World,
  repository: Repository,
  item: Item,
  at: string,
  label: string,
): Change<Item> {
  if (!item.labels.includes(label)) item.labels.push(label)
  item.updatedAt = iso(at)
  item.timeline.push({ type: 'LabeledEvent', createdAt: iso(at), actor: item.author, label })
  return { item, events: [labelEvent(world, repository, item, 'labeled', label)] }
}

export function unlabelIssue<Item extends Issue | Pull>(
  world: World,
  repository: Repository,
  item: Item,
  at: string,
  label: string,
): Change<Item> {
  item.labels = item.labels.filter((name) => name !== label)
  item.updatedAt = iso(at)
  item.timeline.push({ type: 'UnlabeledEvent', createdAt: iso(at), actor: item.author, label })
  return { item, events: [labelEvent(world, repository, item, 'unlabeled', label)] }
}

/** The former name keeps leading to the repository, by a redirect in REST and silently in GraphQL. */
export function renameRepository(world: World, repository: Repository, at: string, name: string): Change<Repository> {
  const from = repository.name
  repository.formerNames.push(fullName(repository))
  repository.name = name
  repository.updatedAt = iso(at)
  const payload = { action: 'renamed', changes: { repository: { name: { from } } } }
  return { item: repository, events: [webhookEvent(world, repository, 'repository', payload, repository.owner)] }
}

export function removeRepository(world: World, repository: Repository): Change<Repository> {
  world.repositories = world.repositories.filter((candidate) => candidate !== repository)
  return { item: repository, events: [webhookEvent(world, repository, 'repository', { action: 'deleted' }, repository.owner)] }
}

function issueEvent(
  world: World,
  repository: Repository,
  issue: Issue,
  action: string,
  sender: string | null,
  more: Record<string, unknown> = {},
): WebhookEvent {
  return webhookEvent(world, repository, 'issues', { action, issue: issueJson(world, repository, issue), ...more }, sender)
}

function labelEvent(world: World, repository: Repository, item: Issue | Pull, action: string, name: string): WebhookEvent {
  const label = labelJson(world, repository, name)
  if (!('commits' in item)) return issueEvent(world, repository, item, action, item.author, { label })
  const payload = { action, number: item.number, pull_request: fullPullJson(world, repository, item), label }
  return webhookEvent(world, repository, 'pull_request', payload, item.author)
}
