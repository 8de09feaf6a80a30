/** Lives the life of one service day by day: merges, deployments, and what goes wrong with them. */
import { createHash } from 'node:crypto'
import type { Fact, Incident, Instant } from '../../facts.ts'
import type { Calendar, Day } from './calendar.ts'
import type { DemoService, Rhythm } from './organisation.ts'
import { type Draft, dependencyUpdate, minutesAfter, plannedPullRequest, urgentPullRequest } from './pull-request.ts'
import { type Random, randomOf } from './random.ts'
import { slug, workTitle } from './titles.ts'
import { type Remedy, Trouble } from './trouble.ts'

export const webAddress = 'https://example.com/halden'

/** A fact in its final form; `at` is when it first shows. */
export interface Item {
  at: Instant
  fact: Fact
}

export interface Merge {
  sha: string
  draft: Draft
  number: number | null
}

export interface Live {
  id: string
  sha: string
  finishedAt: Instant
  /** What it brought, as far as it was merged in order. */
  merges: Merge[]
}

export interface Setting {
  seed: string
  /** The source's id in the configuration. */
  source: string
  calendar: Calendar
  /** The week of the first day of use, counted from the first Monday. */
  presentWeek: number
  /** The working day before the first day of use, on which something breaks and stays broken. */
  breakDay: string
  breaks: boolean
}

export class ServiceLife {
  readonly items: Item[] = []
  readonly incidents: Incident[] = []
  readonly history: Live[] = []
  /** Planned deployments wait while a fix is under way. */
  blocked = false
  tip = ''
  readonly service: DemoService
  readonly setting: Setting
  readonly random: Random
  private readonly trouble: Trouble
  private queue: { at: Instant; run: () => void }[] = []
  private merges: Merge[] = []
  private pending = false
  private readonly versions = new Map<string, string>()
  private commits = 0
  private numbers = 0
  private deployments = 0
  private readonly releaseDay: number

  constructor(service: DemoService, setting: Setting) {
    this.service = service
    this.setting = setting
    this.random = randomOf(`${setting.seed}/${service.id}`)
    this.releaseDay = 2 + this.random.below(3)
    this.trouble = new Trouble(this)
  }

  live(): void {
    const { calendar, presentWeek } = this.setting
    const { bornWeeksAgo, silentWeeksAgo } = this.service
    const born = bornWeeksAgo === null ? 0 : presentWeek - bornWeeksAgo
    const silent = silentWeeksAgo === null ? Number.POSITIVE_INFINITY : presentWeek - silentWeeksAgo
    for (const day of calendar.days) {
      if (day.week < born) continue
      if (day.week >= silent) break
      if (this.tip === '') this.begin(day)
      this.plan(day)
      while (this.queue[0] !== undefined && this.queue[0].at < day.end) this.queue.shift()?.run()
    }
  }

  at(at: Instant, run: () => void): void {
    if (!Number.isFinite(at)) return
    let index = this.queue.length
    while (index > 0 && (this.queue[index - 1] as { at: Instant }).at > at) index -= 1
    this.queue.splice(index, 0, { at, run })
  }

  /** A pull request (a commit, where the service has none) that merges at its time, and is deployed as the service does or as `then` says. */
  propose(draft: Draft, then?: (merge: Merge) => void): void {
    const number = this.service.merge === 'direct' ? null : ++this.numbers
    const base = this.tip
    this.at(draft.mergedAt, () => {
      const merge = this.merge(draft, number, base)
      if (then !== undefined) then(merge)
      else this.release(draft.mergedAt)
    })
  }

  /** Puts a commit live in production at an instant, or tries to. */
  deploy(sha: string, at: Instant, remedy: Remedy | null = null): void {
    const { random } = this
    const finishedAt = minutesAfter(at, random.between(2.5, 14))
    const luck = random.next()
    if (remedy === null && luck < 0.05) {
      const cancelled = luck < 0.015
      const id = this.record('production', sha, at, minutesAfter(at, random.between(1, 9)), cancelled ? 'cancelled' : 'failed')
      if (luck > 0.0475) this.trouble.abort(id, at)
      const retry = minutesAfter(at, random.between(25, 70))
      this.at(retry, () => {
        if (!this.blocked) this.deploy(this.tip, retry)
      })
      return
    }
    const id = this.record('production', sha, at, finishedAt, 'succeeded', remedy)
    const upTo = this.merges.findIndex((merge) => merge.sha === sha) + 1
    const live: Live = { id, sha, finishedAt, merges: this.merges.splice(0, upTo) }
    this.history.push(live)
    if (remedy === null && this.history.length > 1) this.trouble.maybe(live)
  }

  private begin(day: Day): void {
    const opening = minutesAfter(day.start, 9 * 60 + this.random.between(20, 180))
    for (let index = 3; index > 0; index--) {
      const at = minutesAfter(opening, -index * 26 * 60)
      this.tip = this.commit(
        index === 3 ? 'Initial commit' : workTitle(this.service.things, this.random),
        at,
        this.tip === '' ? [] : [this.tip],
        'w.schulz',
        at,
      )
    }
    this.at(opening, () => this.deploy(this.tip, opening, 'first'))
  }

  private plan(day: Day): void {
    const { service, random, setting } = this
    const rhythm = this.rhythm(day)
    const improving = service.improvedWeeksAgo !== null && rhythm === 'train'
    for (let left = random.count((service.perWeek / 5) * day.load); left > 0; left--) {
      const hour = day.working ? random.between(9, 17.3) : random.between(10, 20)
      const startedAt = minutesAfter(day.start, hour * 60)
      if (!day.working) {
        const title = workTitle(service.things, random)
        const about = { title, branch: `feature/${slug(title)}`, labels: ['feature', 'size/S'] }
        this.propose(urgentPullRequest(service, random, startedAt, minutesAfter(startedAt, random.between(40, 160)), about))
        continue
      }
      this.propose(plannedPullRequest(service, setting.calendar, random, startedAt, improving ? 3.6 : service.pace))
    }
    if (service.merge !== 'direct' && day.weekday <= 2 && random.chance(0.26)) {
      this.propose(dependencyUpdate(setting.calendar, random, minutesAfter(day.start, random.between(120, 300))))
    }
    const morning = minutesAfter(day.start, 10 * 60 + random.between(0, 100))
    const due = rhythm === 'monthly' ? day.weekday === 2 && Number(day.day.slice(8)) <= 7 : day.weekday === this.releaseDay
    if ((rhythm === 'train' || rhythm === 'monthly') && due && day.working && !day.frozen) this.at(morning, () => this.ship(morning))
    const quiet = minutesAfter(day.start, 13 * 60 + random.between(0, 120))
    if (day.working && random.chance(0.008)) this.at(quiet, () => this.again(quiet, false))
    if (day.working && random.chance(0.004)) this.at(quiet, () => this.again(quiet, true))
    if (service.id === 'search' && day.weekday === 3 && Number(day.day.slice(8)) <= 7) {
      this.at(quiet, () => this.record('perf-lab', this.tip, quiet, minutesAfter(quiet, 20), 'succeeded'))
    }
    if (setting.breaks && day.day === setting.breakDay) this.trouble.breakToday(day)
  }

  private rhythm(day: Day): Rhythm {
    const { improvedWeeksAgo, rhythm } = this.service
    return improvedWeeksAgo !== null && day.week < this.setting.presentWeek - improvedWeeksAgo ? 'train' : rhythm
  }

  private merge(draft: Draft, number: number | null, base: string): Merge {
    const { service, random, setting } = this
    const { mergedAt } = draft
    if (number === null) {
      this.tip = this.commit(
        draft.title + (draft.body === undefined ? '' : `\n\n${draft.body}`),
        mergedAt,
        [this.tip],
        draft.author,
        draft.commits[0],
      )
      const merge = { sha: this.tip, draft, number }
      this.merges.push(merge)
      return merge
    }
    const shas: string[] = []
    let parent = base
    for (const authoredAt of draft.commits) {
      const subject = shas.length === 0 ? draft.title : workTitle(service.things, random)
      parent = this.commit(subject, mergedAt, [parent], draft.author, authoredAt, authoredAt)
      shas.push(parent)
    }
    const body = draft.body === undefined ? '' : `\n\n${draft.body}`
    this.tip =
      service.merge === 'merge'
        ? this.commit(
            `Merge pull request #${number} from halden/${draft.branch}\n\n${draft.title}${body}`,
            mergedAt,
            [this.tip, parent],
            draft.author,
          )
        : this.commit(`${draft.title} (#${number})${body}`, mergedAt, [this.tip], draft.author)
    const { commits: _, body: __, branch, ...stages } = draft
    this.items.push({
      at: mergedAt,
      fact: {
        kind: 'change',
        source: setting.source,
        id: `${service.id}#${number}`,
        url: `${webAddress}/${service.id}/pull/${number}`,
        repository: service.id,
        ...stages,
        mergeCommit: this.tip,
        commits: shas,
        headBranch: branch,
        baseBranch: 'main',
        updatedAt: mergedAt,
      },
    })
    const merge = { sha: this.tip, draft, number }
    this.merges.push(merge)
    return merge
  }

  /** Plans the deployment that follows a merge, where the service deploys after merges. */
  release(at: Instant): void {
    const { service, random, setting } = this
    const day = setting.calendar.dayOf(at)
    const rhythm = day === undefined ? service.rhythm : this.rhythm(day)
    if (rhythm === 'train' || rhythm === 'monthly' || this.pending || this.blocked) return
    const trunk = rhythm === 'trunk'
    const ready = minutesAfter(at, trunk ? random.between(9, 25) : random.around(55, 0.7))
    const weekend = day !== undefined && !day.working && !day.frozen && random.chance(0.6)
    const when = weekend ? ready : setting.calendar.deployWindow(ready, trunk)
    this.pending = true
    this.at(when, () => {
      this.pending = false
      this.ship(when)
    })
  }

  private ship(at: Instant): void {
    const sha = this.tip
    if (this.blocked || sha === this.history.at(-1)?.sha) return
    if (!this.service.staging) {
      this.deploy(sha, at)
      return
    }
    const failed = this.random.chance(0.06)
    this.record('staging', sha, at, minutesAfter(at, this.random.between(3, 9)), failed ? 'failed' : 'succeeded')
    if (failed) {
      const again = minutesAfter(at, this.random.between(25, 60))
      this.at(again, () => this.ship(again))
      return
    }
    const promoted = this.setting.calendar.deployWindow(minutesAfter(at, this.random.between(20, 90)), false)
    this.at(promoted, () => {
      if (!this.blocked) this.deploy(sha, promoted)
    })
  }

  /** Deploys what is live once more: a restart, or a change of configuration. */
  private again(at: Instant, config: boolean): void {
    const live = this.history.at(-1)
    if (live !== undefined) this.record('production', live.sha, at, minutesAfter(at, 4), 'succeeded', null, config)
  }

  private record(
    environment: string,
    sha: string,
    startedAt: Instant,
    finishedAt: Instant,
    status: 'succeeded' | 'failed' | 'cancelled',
    remedy: Remedy | null = null,
    config = false,
  ): string {
    this.deployments += 1
    const id = `${this.service.id}-${this.deployments}`
    const unnamed = this.service.id === 'content' && this.random.chance(0.06)
    this.items.push({
      at: startedAt,
      fact: {
        kind: 'deployment',
        source: this.setting.source,
        id,
        url: `${webAddress}/${this.service.id}/deployments/${this.deployments}`,
        service: this.service.id,
        repository: this.service.id,
        environment,
        ...(unnamed ? {} : { commit: sha }),
        version: this.versionOf(sha),
        status,
        startedAt,
        finishedAt,
        ...(remedy === 'hotfix' ? { labels: ['hotfix'] } : {}),
        ...(config ? { config } : {}),
        reported: 'event',
      },
    })
    return id
  }

  /** A version belongs to its commit: rolling back brings the old one back. */
  private versionOf(sha: string): string {
    const version = this.versions.get(sha) ?? `1.${this.versions.size + 1}.0`
    this.versions.set(sha, version)
    return version
  }

  private commit(message: string, at: Instant, parents: string[], author: string, authoredAt = at, committedAt = at): string {
    this.commits += 1
    const sha = createHash('sha1').update(`${this.setting.seed}/${this.service.id}/${this.commits}`).digest('hex')
    const { source } = this.setting
    this.items.push({
      at,
      fact: { kind: 'commit', source, id: sha, repository: this.service.id, sha, parents, authoredAt, committedAt, author, message },
    })
    return sha
  }
}
