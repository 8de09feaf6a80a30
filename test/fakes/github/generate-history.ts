/** The history of one generated repository: pull requests that open and land in order, pushes, deployments, releases, runs. */

import { addDelivery, addReleaseOf, addRunOf, type Deliveries, startDeliveries } from './generate-deliveries.ts'
import type { WorldSize } from './generate-world.ts'
import type { Random } from './random.ts'
import { type Commit, iso, nextId, oidOf, type Person, type Pull, type Repository, type World } from './world.ts'

const minute = 60_000
const hour = 60 * minute

const names = ['ada', 'grace', 'linus', 'margaret', 'dennis', 'barbara', 'ken', 'radia', 'tim', 'frances', 'niklaus', 'joan']
export const people: Person[] = names.map((login) => ({
  name: `${login[0]?.toUpperCase()}${login.slice(1)}`,
  email: `${login}@example.com`,
  login,
}))
const bots: Person[] = ['dependabot[bot]', 'renovate[bot]'].map((login) => {
  return { name: login, email: `49699333+${login}@users.noreply.github.com`, login }
})
const webFlow: Person = { name: 'GitHub', email: 'noreply@github.com', login: 'web-flow' }

const verbs = ['Add', 'Fix', 'Remove', 'Simplify', 'Speed up', 'Document', 'Test', 'Rename', 'Validate', 'Log']
const objects = [
  'the cart',
  'retries',
  'the login form',
  'a cache',
  'the invoice export',
  'time zones',
  'the health check',
  'paging',
  'alerts',
  'feature flags',
]
const pullLabels = ['bug', 'enhancement', 'documentation', 'hotfix', 'refactoring']

type Step =
  | { at: number; kind: 'open' | 'land'; pull: Pull; method: 'merge' | 'squash' | 'rebase' }
  | { at: number; kind: 'push' | 'deploy' | 'release' | 'run' }

export function generateHistory(world: World, repository: Repository, size: WorldSize, random: Random): void {
  const from = Date.parse(size.from)
  const to = Date.parse(size.to)
  const root = commitOf(repository, [], from - hour, 'Initial commit', people[0] as Person)
  land(repository, [root])
  const steps = pullSteps(world, repository, size, random, from, to)
  const scatter = (count: number, kind: 'push' | 'deploy' | 'release' | 'run') => {
    for (let index = 0; index < count; index++) steps.push({ at: from + Math.floor(random.next() * (to - from)), kind })
  }
  scatter(Math.floor(size.pullsPerRepository / 25), 'push')
  scatter(size.deploymentsPerRepository, 'deploy')
  scatter(Math.floor(size.pullsPerRepository / 15), 'release')
  scatter(size.runsPerRepository ?? 0, 'run')
  steps.sort((a, b) => a.at - b.at)
  const deliveries: Deliveries = startDeliveries(world, repository, from)
  for (const step of steps) {
    if (step.kind === 'open') writeCommits(repository, step.pull, step.at, random)
    else if (step.kind === 'land') landPull(repository, step.pull, step.at, step.method)
    else if (step.kind === 'push')
      land(repository, [commitOf(repository, [tip(repository)], step.at, 'Correct the configuration', random.pick(people))])
    else if (step.kind === 'deploy') addDelivery(deliveries, step.at, random)
    else if (step.kind === 'release') addReleaseOf(deliveries, step.at, random)
    else addRunOf(deliveries, step.at, random)
  }
}

function pullSteps(world: World, repository: Repository, size: WorldSize, random: Random, from: number, to: number): Step[] {
  const steps: Step[] = []
  const count = size.pullsPerRepository
  for (let index = 0; index < count; index++) {
    const opened = from + Math.floor(((index + random.next()) * (to - from)) / count)
    const pull = draftOf(world, repository, index + 1, opened, random)
    const method = random.pick(['merge', 'squash', 'squash', 'rebase'] as const)
    repository.pulls.push(pull)
    steps.push({ at: opened, kind: 'open', pull, method })
    const ended = opened + Math.floor(random.logNormal(18, 1.3) * hour)
    if (random.chance(0.15)) markReady(pull, opened + Math.floor((Math.min(ended, to) - opened) / 4))
    const fate = random.next()
    if (ended >= to || fate > 0.97) continue
    if (fate > 0.9) close(pull, ended)
    else steps.push({ at: ended, kind: 'land', pull, method })
    review(world, pull, opened, ended, random)
  }
  return steps
}

/** It was opened as a draft. */
function markReady(pull: Pull, at: number): void {
  pull.timeline.push({ type: 'ReadyForReviewEvent', createdAt: iso(at), actor: pull.author })
  pull.updatedAt = iso(at)
}

/** As it is just after it was opened. */
function draftOf(world: World, repository: Repository, number: number, opened: number, random: Random): Pull {
  const author = random.chance(0.12) ? random.pick(bots) : random.pick(people)
  const isRevert = number > 5 && random.chance(0.02)
  const reverted = isRevert ? repository.pulls[number - random.between(2, 5)] : undefined
  const title = reverted ? `Revert "${reverted.title}"` : titleOf(author, random)
  const at = iso(opened)
  return {
    id: nextId(world),
    number,
    title,
    body: reverted ? `Reverts ${repository.owner}/${repository.name}#${reverted.number}` : null,
    draft: false,
    createdAt: at,
    updatedAt: at,
    mergedAt: null,
    closedAt: null,
    mergedBy: null,
    mergeCommit: null,
    head: `${author.login?.replace('[bot]', '')}/change-${number}`,
    headOid: '',
    base: repository.defaultBranch,
    author: author.login,
    additions: random.between(1, 400),
    deletions: random.between(0, 120),
    changedFiles: random.between(1, 12),
    labels: bots.includes(author) ? ['dependencies'] : random.chance(0.5) ? [random.pick(pullLabels)] : [],
    commits: [],
    reviews: [],
    timeline: [],
    fork: false,
  }
}

function titleOf(author: Person, random: Random): string {
  if (bots.includes(author)) return `Bump left-pad from 1.${random.between(0, 9)}.0 to 1.${random.between(10, 19)}.0`
  return `${random.pick(verbs)} ${random.pick(objects)}`
}

/** From the tip of the default branch, the last one shortly before the pull request opens: what was written earlier was rebased on the tip. */
function writeCommits(repository: Repository, pull: Pull, opened: number, random: Random): void {
  const author = [...people, ...bots].find((person) => person.login === pull.author) ?? (people[0] as Person)
  const count = bots.includes(author) ? 1 : random.between(1, 5)
  let parent = tip(repository)
  const base = repository.commits.at(-1)?.committedDate ?? ''
  let at = opened - Math.floor(random.logNormal(3, 1) * hour) * (count > 1 ? 1 : 0)
  for (let index = 0; index < count; index++) {
    const message = index === 0 ? pull.title : `${random.pick(verbs)} ${random.pick(objects)}`
    const commit = commitOf(repository, [parent], index === count - 1 ? opened - minute : at, message, author, pull.number)
    if (commit.committedDate < base) commit.committedDate = base
    pull.commits.push(commit)
    parent = commit.oid
    at += Math.floor(((opened - minute - at) * (index + 1)) / count)
  }
  pull.headOid = parent
}

function landPull(repository: Repository, pull: Pull, at: number, method: 'merge' | 'squash' | 'rebase'): void {
  const merger = people[pull.number % people.length] as Person
  const author = pull.commits[0]?.author ?? merger
  const parent = tip(repository)
  if (method === 'rebase') {
    let last = parent
    const landed = pull.commits.map((commit) => {
      const copy: Commit = { ...commit, oid: oidOf(`${commit.oid} ${last}`), parents: [last], committedDate: iso(at) }
      last = copy.oid
      return copy
    })
    land(repository, landed)
  } else if (method === 'squash') {
    land(repository, [commitOf(repository, [parent], at, `${pull.title} (#${pull.number})`, author, undefined, webFlow)])
  } else {
    const message = `Merge pull request #${pull.number} from ${repository.owner}/${pull.head}\n\n${pull.title}`
    land(repository, [...pull.commits, commitOf(repository, [parent, pull.headOid], at, message, merger, undefined, webFlow)])
  }
  pull.mergeCommit = tip(repository)
  pull.mergedAt = iso(at)
  pull.mergedBy = merger.login
  pull.timeline.push({ type: 'MergedEvent', createdAt: iso(at), actor: merger.login })
  close(pull, at)
}

function close(pull: Pull, at: number): void {
  pull.closedAt = iso(at)
  pull.updatedAt = iso(at)
  pull.timeline.push({ type: 'ClosedEvent', createdAt: iso(at), actor: pull.mergedBy ?? pull.author })
}

function review(world: World, pull: Pull, opened: number, ended: number, random: Random): void {
  const count = random.between(0, 2)
  for (let index = 0; index < count; index++) {
    const submittedAt = iso(opened + Math.floor(random.next() * (ended - opened)))
    const state = index === count - 1 ? 'APPROVED' : random.pick(['COMMENTED', 'CHANGES_REQUESTED'] as const)
    const reviewer = random.chance(0.1) ? 'copilot-pull-request-reviewer[bot]' : random.pick(people).login
    pull.reviews.push({ id: nextId(world), state, submittedAt, author: reviewer })
  }
  pull.reviews.sort((a, b) => (a.submittedAt < b.submittedAt ? -1 : 1))
}

export function tip(repository: Repository): string {
  return repository.branches[repository.defaultBranch] as string
}

function land(repository: Repository, commits: Commit[]): void {
  for (const commit of commits) repository.commits.push(commit)
  repository.branches[repository.defaultBranch] = (commits.at(-1) as Commit).oid
}

function commitOf(
  repository: Repository,
  parents: string[],
  at: number,
  message: string,
  author: Person,
  pull?: number,
  committer?: Person,
): Commit {
  const date = iso(at)
  const oid = oidOf(`${repository.id} ${parents.join(' ')} ${date} ${message} ${pull ?? ''}`)
  const commit: Commit = { oid, parents, authoredDate: date, committedDate: date, message, author }
  if (committer) commit.committer = committer
  return commit
}
