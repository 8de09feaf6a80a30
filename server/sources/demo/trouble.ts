/** What goes wrong with a deployment of the demo, how it is noticed and how it is put right. */
import type { Incident, Instant } from '../../facts.ts'
import type { Day } from './calendar.ts'
import { minutesAfter, plannedPullRequest, urgentPullRequest } from './pull-request.ts'
import { randomOf } from './random.ts'
import type { Live, Merge, ServiceLife } from './service-life.ts'
import { fixTitle, incidentTitle, slug } from './titles.ts'

export type Remedy = 'first' | 'rollback' | 'revert' | 'hotfix' | 'fix'

const day = 24 * 60

export class Trouble {
  private readonly life: ServiceLife
  private breaking = false

  constructor(life: ServiceLife) {
    this.life = life
  }

  /** A bad week comes over a whole team, and may last two. */
  private factor(at: Instant): number {
    const { service, setting } = this.life
    const week = Math.floor((at - setting.calendar.weekStart(0)) / (7 * day * 60_000))
    const bad = (number: number) => randomOf(`${setting.seed}/${service.team}/week ${number}`).next()
    return bad(week) < 0.06 || bad(week - 1) < 0.025 ? 4 : 1
  }

  maybe(live: Live): void {
    const { random, service } = this.life
    const remedyLuck = random.next()
    const noticed = minutesAfter(live.finishedAt, Math.min(random.around(38, 1.1), 20 * 60))
    const bad = random.chance(Math.min(service.failRate * this.factor(live.finishedAt), 0.6))
    if (this.breaking) {
      this.breaking = false
      const at = minutesAfter(live.finishedAt, 25)
      this.life.at(at, () => this.stayOpen(live, at))
      return
    }
    if (!bad || this.life.blocked) return
    this.life.at(noticed, () => {
      if (remedyLuck < 0.44) this.rollBack(live, noticed)
      else if (remedyLuck < 0.66 && live.merges.length > 0) this.revert(live, noticed)
      else if (remedyLuck < 0.84) this.fix(live, noticed, 'hotfix')
      else this.fix(live, noticed, 'fix')
    })
  }

  /** A failed attempt that took the service down with it. */
  abort(deployment: string, at: Instant): void {
    const incident = this.open(minutesAfter(at, 3), { deployment, cause: 'deployment' })
    this.close(incident, minutesAfter(at, this.life.random.between(15, 80)))
  }

  /** Something merges that morning, breaks production and is not mended for two days. */
  breakToday(today: Day): void {
    const { life } = this
    const from = minutesAfter(today.start, 9 * 60 + 10)
    const draft = urgentPullRequest(life.service, life.random, from, minutesAfter(from, 75), {
      title: 'Send provider callbacks through the shared client',
      branch: 'feature/shared-client-callbacks',
      labels: ['feature', 'size/M'],
    })
    life.propose(draft, (merge) => {
      this.breaking = true
      life.at(minutesAfter(draft.mergedAt, 20), () => life.deploy(merge.sha, minutesAfter(draft.mergedAt, 20)))
    })
  }

  private stayOpen(live: Live, at: Instant): void {
    const { life } = this
    life.blocked = true
    const incident = this.open(at, { deployment: live.id, title: 'payments-api: some provider callbacks are lost', severity: 'SEV2' })
    incident.acknowledgedAt = minutesAfter(at, 6)
    const mended = minutesAfter(at, 4 * day)
    life.at(mended, () => this.remedy('hotfix', mended, incident, 120))
  }

  private rollBack(culprit: Live, at: Instant): void {
    const { life } = this
    const { random } = life
    const index = life.history.indexOf(culprit)
    const target = life.history[index - 1]
    if (target === undefined || target.sha === culprit.sha) return
    const incident = random.chance(0.6) ? this.open(at, this.named(culprit)) : null
    const begin = minutesAfter(at, random.between(4, 30))
    life.blocked = true
    life.at(begin, () => {
      life.deploy(target.sha, begin, 'rollback')
      if (incident !== null) this.close(incident, minutesAfter(begin, random.between(10, 25)))
    })
    const started = minutesAfter(begin, random.between(20, 90))
    const draft = plannedPullRequest(life.service, life.setting.calendar, random, started, 0.3)
    const title = fixTitle(life.service.things, random)
    life.propose({ ...draft, title, branch: `fix/${slug(title)}`, labels: ['bug', 'size/S'] }, () => {
      life.blocked = false
      life.release(draft.mergedAt)
    })
  }

  private revert(culprit: Live, at: Instant): void {
    const { life } = this
    const { random } = life
    const guilty = culprit.merges.at(-1) as Merge
    const incident = random.chance(0.55) ? this.open(at, this.named(culprit)) : null
    const { title } = guilty.draft
    const mergedAt = minutesAfter(at, random.between(18, 120))
    const id = guilty.number === null ? undefined : `${life.service.id}#${guilty.number}`
    const draft = urgentPullRequest(life.service, random, at, mergedAt, {
      title: `Revert "${title}"`,
      branch: `revert-${guilty.number ?? 0}-${slug(title)}`,
      labels: ['bug', 'size/S'],
      body: `This reverts commit ${guilty.sha}.`,
      ...(id === undefined ? {} : { reverts: id }),
    })
    life.propose(draft, (merge) => {
      this.deployRemedy('revert', merge, mergedAt, incident)
      if (!random.chance(0.5)) return
      const again = plannedPullRequest(life.service, life.setting.calendar, random, minutesAfter(mergedAt, random.between(300, 2000)), 0.6)
      const body = `This reverts commit ${merge.sha}.`
      life.propose({ ...again, title: `Reapply "${title}"`, branch: `reapply/${slug(title)}`, body })
    })
  }

  private fix(culprit: Live, at: Instant, remedy: 'hotfix' | 'fix'): void {
    const { life } = this
    const known = remedy === 'fix' || life.random.chance(0.6)
    const incident = known ? this.open(at, this.named(culprit)) : null
    this.remedy(remedy, at, incident, remedy === 'hotfix' ? life.random.around(95, 0.5) : life.random.around(260, 0.6))
  }

  private remedy(remedy: 'hotfix' | 'fix', at: Instant, incident: Incident | null, minutes: number): void {
    const { life } = this
    life.blocked = true
    const title = fixTitle(life.service.things, life.random)
    const mergedAt = remedy === 'hotfix' ? minutesAfter(at, minutes) : life.setting.calendar.afterWork(at, minutes)
    const branch = `${remedy}/${slug(title)}`
    const labels = remedy === 'hotfix' ? ['hotfix', 'bug'] : ['bug', 'size/S']
    const draft = urgentPullRequest(life.service, life.random, at, mergedAt, { title, branch, labels })
    life.propose(draft, (merge) => this.deployRemedy(remedy, merge, mergedAt, incident))
  }

  private deployRemedy(remedy: Remedy, merge: Merge, mergedAt: Instant, incident: Incident | null): void {
    const { life } = this
    const begin = minutesAfter(mergedAt, life.random.between(6, 25))
    life.at(begin, () => {
      life.blocked = false
      life.deploy(merge.sha, begin, remedy)
      if (incident !== null) this.close(incident, minutesAfter(begin, life.random.between(12, 40)))
    })
  }

  private named(culprit: Live): Partial<Incident> {
    return this.life.random.chance(0.4) ? { deployment: culprit.id, cause: 'deployment' } : {}
  }

  private open(at: Instant, about: Partial<Incident>): Incident {
    const { service, random } = this.life
    const severity = random.pick(['SEV1', 'SEV2', 'SEV2', 'SEV3', 'SEV3', 'SEV3'])
    const title = incidentTitle(service.id, service.things, random)
    const incident: Incident = { source: '', id: '', service: service.id, title, severity, openedAt: at, ...about }
    this.life.incidents.push(incident)
    return incident
  }

  private close(incident: Incident, mitigatedAt: Instant): void {
    const { random } = this.life
    const span = mitigatedAt - incident.openedAt
    incident.acknowledgedAt ??= incident.openedAt + Math.floor((span * random.between(0.05, 0.3)) / 1000) * 1000
    incident.mitigatedAt = mitigatedAt
    incident.resolvedAt = minutesAfter(mitigatedAt, random.around(70, 0.9))
  }
}
