/** Issues of a generated repository: incidents, most of them closed, some reopened, and as many that are none. */
import { people } from './generate-history.ts'
import type { WorldSize } from './generate-world.ts'
import type { Random } from './random.ts'
import { type Issue, iso, nextId, type Repository, type StateReason, type World } from './world.ts'

const hour = 3_600_000
const severities = ['severity: low', 'severity: medium', 'severity: high', 'severity: critical']
const symptoms = ['Checkout answers 500', 'Search is slow', 'Mails are not sent', 'Logins fail', 'Prices are wrong', 'The site is down']

export function generateIncidents(world: World, repository: Repository, size: WorldSize, random: Random): void {
  const from = Date.parse(size.from)
  const to = Date.parse(size.to)
  const opened = Array.from({ length: size.incidentsPerRepository }, () => from + Math.floor(random.next() * (to - from)))
  opened.sort((a, b) => a - b)
  for (const at of opened) {
    repository.issues.push(incident(world, repository, at, to, random))
    repository.issues.push(issueOf(world, repository, at + hour, 'A wish', ['enhancement'], random.pick(people).login))
  }
}

function incident(world: World, repository: Repository, at: number, to: number, random: Random): Issue {
  const labels = ['incident', random.pick(severities)]
  const issue = issueOf(world, repository, at, random.pick(symptoms), labels, random.pick(people).login)
  issue.body = causeOf(repository, iso(at), random)
  const step = (instant: number, type: 'ClosedEvent' | 'ReopenedEvent', stateReason: StateReason) => {
    issue.timeline.push({ type, createdAt: iso(instant), actor: issue.author, stateReason })
    issue.updatedAt = iso(instant)
    issue.closedAt = type === 'ClosedEvent' ? iso(instant) : null
    issue.stateReason = stateReason
  }
  const closed = at + Math.floor(random.logNormal(2, 1.2) * hour)
  if (closed >= to || random.chance(0.04)) return issue
  step(closed, 'ClosedEvent', random.chance(0.05) ? 'not_planned' : 'completed')
  const reopened = closed + random.between(1, 48) * hour
  if (!random.chance(0.08) || reopened >= to) return issue
  step(reopened, 'ReopenedEvent', 'reopened')
  const again = reopened + Math.floor(random.logNormal(1, 1) * hour)
  if (again < to) step(again, 'ClosedEvent', 'completed')
  return issue
}

/** Half of them name the pull request or the commit that caused them. */
function causeOf(repository: Repository, before: string, random: Random): string | null {
  if (random.chance(0.5)) return null
  const merged = repository.pulls.filter((pull) => pull.mergedAt !== null && pull.mergedAt < before)
  const cause = merged.at(-1 - random.between(0, Math.min(2, merged.length - 1)))
  if (!cause) return null
  const forms = [`#${cause.number}`, `${repository.owner}/${repository.name}#${cause.number}`, String(cause.mergeCommit)]
  return `Users see errors.\n\nCaused by ${random.pick(forms)}`
}

function issueOf(world: World, repository: Repository, at: number, title: string, labels: string[], author: string | null): Issue {
  const createdAt = iso(at)
  return {
    id: nextId(world),
    number: repository.pulls.length + repository.issues.length + 1,
    title,
    body: null,
    labels,
    author,
    createdAt,
    updatedAt: createdAt,
    closedAt: null,
    stateReason: null,
    timeline: labels.map((label) => ({ type: 'LabeledEvent', createdAt, actor: author, label })),
  }
}
