/** Draws a pull request before it happens: what it is about, who writes it, and when each of its stages ends. */
import type { Instant } from '../../facts.ts'
import type { Calendar } from './calendar.ts'
import { type DemoService, demoPeople } from './organisation.ts'
import type { Random } from './random.ts'
import { fixTitle, slug, updateTitle, workTitle } from './titles.ts'

export interface Draft {
  title: string
  author: string
  branch: string
  labels: string[]
  openedAt: Instant
  readyAt?: Instant
  firstReviewAt?: Instant
  approvedAt?: Instant
  mergedAt: Instant
  /** Author times of its commits, oldest first. */
  commits: Instant[]
  /** What the commit message says below the title. */
  body?: string
  /** Id of the change it takes back. */
  reverts?: string
}

const sizes = ['size/S', 'size/S', 'size/M', 'size/L', 'size/XL']

export function minutesAfter(at: Instant, minutes: number): Instant {
  return at + Math.round(minutes * 60) * 1000
}

function writerOf(service: DemoService, random: Random): string {
  const visitor = random.chance(0.06)
  const team = visitor ? random.pick(Object.keys(demoPeople)) : service.team
  return random.pick(demoPeople[team] as string[])
}

/** A pull request that somebody begins at `startedAt`; `pace` stretches what others do with it. */
export function plannedPullRequest(service: DemoService, calendar: Calendar, random: Random, startedAt: Instant, pace: number): Draft {
  const fix = random.chance(0.22)
  const title = fix ? fixTitle(service.things, random) : workTitle(service.things, random)
  const trunk = service.rhythm === 'trunk'
  const later = (at: Instant, median: number, spread: number) => calendar.afterWork(at, random.around(median, spread))

  const openedAt = later(startedAt, trunk ? 55 : 320, 0.9)
  const extra = Math.min(random.count(trunk ? 0.2 : 0.55), 6)
  const commits = [startedAt]
  for (let index = 0; index < extra; index++) commits.push(Math.floor(random.between(startedAt, openedAt) / 1000) * 1000)

  const draft = !trunk && random.chance(0.18)
  const readyAt = draft ? later(openedAt, 200, 0.8) : undefined
  const ready = readyAt ?? openedAt
  const reviewed = !random.chance(trunk ? 0.3 : 0.08)
  const firstReviewAt = reviewed ? later(ready, 150 * pace, 1.1) : undefined
  let approvedAt = firstReviewAt
  if (firstReviewAt !== undefined && random.chance(0.45)) {
    approvedAt = later(firstReviewAt, 140 * pace, 1)
    if (random.chance(0.5)) commits.push(Math.floor(random.between(firstReviewAt, approvedAt) / 1000) * 1000)
  }
  const mergedAt = later(approvedAt ?? ready, trunk ? 8 : 40, 1)
  const labels = [fix ? 'bug' : random.pick(['feature', 'feature', 'chore']), sizes[Math.min(extra, sizes.length - 1)] as string]
  commits.sort((a, b) => a - b)
  const branch = `${fix ? 'fix' : 'feature'}/${slug(title)}`
  return { title, author: writerOf(service, random), branch, labels, openedAt, readyAt, firstReviewAt, approvedAt, mergedAt, commits }
}

/** A dependency update that a bot opens at night; it merges by itself or after a glance. */
export function dependencyUpdate(calendar: Calendar, random: Random, openedAt: Instant): Draft {
  const { title, library } = updateTitle(random)
  const alone = random.chance(0.55)
  const approvedAt = alone ? undefined : calendar.afterWork(openedAt, random.around(300, 0.9))
  const mergedAt =
    approvedAt === undefined ? minutesAfter(openedAt, random.between(8, 40)) : minutesAfter(approvedAt, random.between(1, 20))
  const branch = `renovate/${library}`
  const author = 'renovate[bot]'
  return { title, author, branch, labels: ['dependencies'], openedAt, firstReviewAt: approvedAt, approvedAt, mergedAt, commits: [openedAt] }
}

/** A pull request that cannot wait: written, glanced at and merged between two instants. */
export function urgentPullRequest(
  service: DemoService,
  random: Random,
  from: Instant,
  mergedAt: Instant,
  about: { title: string; branch: string; labels: string[]; body?: string; reverts?: string },
): Draft {
  const span = (share: number) => from + Math.floor(((mergedAt - from) * share) / 1000) * 1000
  const reviewed = random.chance(0.7)
  const firstReviewAt = reviewed ? span(0.8) : undefined
  return {
    ...about,
    author: writerOf(service, random),
    openedAt: span(0.55),
    firstReviewAt,
    approvedAt: reviewed ? span(0.9) : undefined,
    mergedAt,
    commits: [span(about.reverts === undefined ? 0.3 : 0.5)],
  }
}
